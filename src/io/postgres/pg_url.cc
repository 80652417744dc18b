#include "io/postgres/pg_url.h"

#include <postgresql/libpq-fe.h>

#include <algorithm>
#include <cstring>

namespace hubmill {

std::string PlainPgUrl(const std::string& url) {
  const size_t colon = url.find("://");
  const size_t plus = url.find('+');
  if (colon == url.npos || plus == url.npos || plus > colon) return url;
  return url.substr(0, plus) + url.substr(colon);
}

std::optional<std::string> PgUrlSetting(const std::string& url, const char* key) {
  PQconninfoOption* options = PQconninfoParse(PlainPgUrl(url).c_str(), nullptr);
  if (options == nullptr) return std::nullopt;
  std::optional<std::string> value;
  for (const PQconninfoOption* option = options; option->keyword != nullptr; ++option) {
    if (std::strcmp(option->keyword, key) == 0 && option->val != nullptr) value = option->val;
  }
  PQconninfoFree(options);
  return value;
}

bool HasPgPassword(const std::string& url) { return PgUrlSetting(url, "password").has_value(); }

Status CheckPgUrl(const std::string& url) {
  const std::string plain = PlainPgUrl(url);
  if (!plain.starts_with("postgresql://") && !plain.starts_with("postgres://")) {
    return WrongUsage(
        "not the URL of a PostgreSQL database"
        "; remedy: postgresql://USER:PASSWORD@HOST:PORT/DATABASE");
  }
  const std::string place = plain.substr(plain.find("://") + 3);
  const std::string before_settings = place.substr(0, place.find('?', place.find('@') + 1));
  const std::string credentials = before_settings.substr(0, before_settings.find('/'));
  const auto ats = std::count(before_settings.begin(), before_settings.end(), '@');
  const std::string port = PgUrlSetting(plain, "port").value_or("");
  const bool readable = ats == std::count(credentials.begin(), credentials.end(), '@') &&
                        ats <= 1 && port.find_first_not_of("0123456789,") == port.npos;
  PQconninfoOption* options = readable ? PQconninfoParse(plain.c_str(), nullptr) : nullptr;
  if (options == nullptr) {
    return WrongUsage(
        "the database's URL cannot be read; remedy: postgresql://USER:PASSWORD@HOST:PORT/DATABASE, "
        "with %XX for signs such as @ and / in the password");
  }
  PQconninfoFree(options);
  return Status::OK();
}

}  // namespace hubmill
