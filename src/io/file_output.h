// A local file as an Arrow stream whose failures name the file, the reason and the remedy.
//
// Arrow's own file stream keeps the errno beside its message ("Error writing bytes to file"), where
// nobody sees it; what a person needs to know is that the disk is full, and which.
#pragma once

#include <arrow/io/type_fwd.h>

#include <memory>
#include <string>
#include <string_view>

#include "core/failure.h"

namespace hubmill {

/// Creates `path`, or empties the file that is there, and the folders above it.  Failures of the
/// stream are those of FileFailure().
Result<std::shared_ptr<arrow::io::OutputStream>> OpenFileOutput(const std::string& path);

/// A whole file at once.
Status WriteFile(const std::string& path, std::string_view bytes);

}  // namespace hubmill
