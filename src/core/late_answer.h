// A service that did not answer in time, told apart from one that answers wrongly or is gone.
#pragma once

#include <string>

#include "core/failure.h"

namespace hubmill {

/// A failure of kind kService: nobody answered in time.
Status LateAnswer(std::string message);

/// Whether `status` is LateAnswer(), whatever context it got since.
bool IsLateAnswer(const Status& status);

}  // namespace hubmill
