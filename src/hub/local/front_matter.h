// The YAML block at the head of a README.md, as JSON.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string_view>

#include "core/failure.h"

namespace hubmill::local_hub {

/// The block's mapping; null where there is no block.  Refused where it is not valid YAML, not a
/// mapping, or larger than any honest card.
Result<nlohmann::json> ParseFrontMatter(std::string_view readme);

}  // namespace hubmill::local_hub
