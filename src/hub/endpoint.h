// Which Hub, and with which token: looked up where the official client looks, so that a machine
// that is logged in for one is logged in for both.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "core/failure.h"

namespace hubmill {

/// The value of an environment variable, or nothing.  A parameter, so that tests and .env files
/// have their say.
using EnvironmentLookup = std::function<std::optional<std::string>(const std::string& name)>;

/// The process's own environment.
EnvironmentLookup ProcessEnvironment();

inline constexpr char kPublicEndpoint[] = "https://huggingface.co";
inline constexpr size_t kTokenBytesMax = 8192;

/// `option` (--hub), else HF_ENDPOINT, else the public Hub; without a slash at its end.
Result<std::string> FindEndpoint(const std::string& option, const EnvironmentLookup& environment);

/// HF_TOKEN, HUGGING_FACE_HUB_TOKEN, the file HF_TOKEN_PATH, the file $HF_HOME/token (HF_HOME is
/// ~/.cache/huggingface where it is not set), in this order.  Empty where there is none, or where
/// HF_HUB_DISABLE_IMPLICIT_TOKEN is set.
Result<std::string> FindToken(const EnvironmentLookup& environment);

}  // namespace hubmill
