// HTTP's own names, as the embedded Hub's routes use them.
#pragma once

#include "net/http_message.h"

namespace hubmill::local_hub {

using namespace http;  // NOLINT(google-build-using-namespace): Request, Response and what they
                       // hold.

}  // namespace hubmill::local_hub
