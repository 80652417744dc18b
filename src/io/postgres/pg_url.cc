#include "io/postgres/pg_url.h"

#include <postgresql/libpq-fe.h>

#include <memory>

#include "io/postgres/pg_connection.h"

namespace hubmill {

Status CheckPgUrl(const std::string& url) {
  constexpr char kRemedy[] =
      "; remedy: postgresql://USER:PASSWORD@HOST:PORT/DATABASE, with %XX for signs such as @ and / "
      "in "
      "the password";
  const std::string plain = PlainPgUrl(url);
  if (!plain.starts_with("postgresql://") && !plain.starts_with("postgres://")) {
    return WrongUsage("not the URL of a PostgreSQL database", kRemedy);
  }
  const std::unique_ptr<PQconninfoOption, void (*)(PQconninfoOption*)> read(
      PQconninfoParse(plain.c_str(), nullptr), &PQconninfoFree);
  return read == nullptr ? WrongUsage("the database's URL cannot be read", kRemedy) : Status::OK();
}

}  // namespace hubmill
