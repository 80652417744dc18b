// Who may call the embedded Hub: accounts with one token each.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace hubmill::local_hub {

struct Account {
  std::string name;
  std::string token;
  bool can_write = true;
  bool is_admin = false;  // Writes in every namespace; the Hub's owner.
};

enum class Credentials { kNone, kValid, kWrong };

struct Caller {
  Credentials credentials = Credentials::kNone;
  const Account* account = nullptr;  // Set exactly for kValid.
};

class Accounts {
 public:
  /// The first account is the owner.  Where it has no token the Hub is open: everybody is the
  /// owner, whatever token they send.  REQUIRES: at least one account.
  explicit Accounts(std::vector<Account> accounts) : accounts_(std::move(accounts)) {}

  /// Reads an Authorization header: Bearer, or Basic (git) with the token as the password.
  Caller Identify(std::string_view authorization) const;
  const Account& owner() const { return accounts_.front(); }
  bool open() const { return accounts_.front().token.empty(); }

 private:
  std::vector<Account> accounts_;
};

}  // namespace hubmill::local_hub
