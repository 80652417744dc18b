#include "hub/local/accounts.h"

#include <optional>

#include "base/base64.h"

namespace hubmill::local_hub {

Caller Accounts::Identify(std::string_view authorization) const {
  if (open()) return {Credentials::kValid, &accounts_.front()};
  if (authorization.empty()) return {};
  std::string token;
  if (authorization.starts_with("Bearer ")) {
    token = authorization.substr(7);
  } else if (authorization.starts_with("Basic ")) {
    const std::optional<std::string> pair = DecodeBase64(authorization.substr(6));
    const size_t colon = pair ? pair->find(':') : std::string::npos;
    if (colon != std::string::npos) token = pair->substr(colon + 1);
  }
  if (token.empty()) return {Credentials::kWrong, nullptr};
  for (const Account& account : accounts_) {
    if (account.token == token) return {Credentials::kValid, &account};
  }
  return {Credentials::kWrong, nullptr};
}

}  // namespace hubmill::local_hub
