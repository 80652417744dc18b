// The URL of a PostgreSQL database, as users write it.
//
// Grammar: "Connection URIs" in PostgreSQL's manual, section 34.1.1.2.
#pragma once

#include <optional>
#include <string>

#include "core/failure.h"

namespace hubmill {

/// The URL as libpq reads it: `postgresql+DRIVER://` and `postgres+DRIVER://`, as other programs
/// write it, lose their driver.
std::string PlainPgUrl(const std::string& url);

/// Whether the URL itself holds a password.
bool HasPgPassword(const std::string& url);

/// A setting of the URL by libpq's name, such as "connect_timeout"; nullopt where it has none.
std::optional<std::string> PgUrlSetting(const std::string& url, const char* key);

/// Refuses what is no PostgreSQL URL, and one whose password has signs that need %XX: libpq would
/// take a part of it for the host, and messages would name that.  kWrongUsage; shows nothing of it.
Status CheckPgUrl(const std::string& url);

}  // namespace hubmill
