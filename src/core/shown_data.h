// Texts of the data that a failure shows to the person at the terminal, and to nobody else: they
// stand in no message, so that no alert, webhook, event or history of the failure has them.
#pragma once

#include <string>

#include "core/failure.h"

namespace hubmill {

/// `status` with `data`, for example ` labels="Urgent" (3)`.  REQUIRES: !status.ok()
Status WithShownData(const Status& status, std::string data);

/// What WithShownData() gave, whatever context and redaction changed of the message; else empty.
std::string ShownDataOf(const Status& status);

}  // namespace hubmill
