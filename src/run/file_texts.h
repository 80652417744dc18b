// Every text in a file of whatever format, for a look at all that a repository holds.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "core/failure.h"

namespace hubmill {

/// What a file is, by its bytes; its name says nothing.
enum class FileForm { kText, kParquet, kArrow, kPicture, kOther };

struct FileTexts {
  FileForm form = FileForm::kOther;
  bool eval_columns = false;  // Parquet and Arrow: those of an evaluation set.
};

/// Calls `look` with the texts: cells, column names and metadata of Parquet and Arrow, lines and
/// the whole of a text, plain or compressed (gzip, zstd).  Of a picture and of what nobody knows
/// (kOther) nothing is looked at.  A failure: the file cannot be read to its end.
Result<FileTexts> ReadFileTexts(const std::string& path,
                                const std::function<void(std::string_view)>& look);

}  // namespace hubmill
