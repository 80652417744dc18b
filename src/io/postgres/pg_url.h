// Whether a text is the URL of a PostgreSQL database, found out without asking anybody.
#pragma once

#include <string>

#include "core/failure.h"

namespace hubmill {

/// kWrongUsage where PgConnection::Open() could not even try.  The message does not show the URL.
Status CheckPgUrl(const std::string& url);

}  // namespace hubmill
