// Rows of JSON-lines files one by one, for commands that answer a line with a line.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "base/json_value.h"
#include "core/failure.h"

namespace hubmill {

/// Answers a row: appends one JSON object, without a line's end.  False where the row is at fault,
/// which the object then tells.
using AnswerRow = std::function<bool(const JsonValue& row, std::string* out)>;

/// {"error":"expected ...", and `facts`, more members with a comma before each.  Returns false, for
/// an AnswerRow to return.
bool AppendFault(std::string_view expected, const std::string& facts, std::string* out);

/// Prints the answer to each line of `files` (`-`: standard input; globs, folders, .gz and .zst as
/// everywhere).  Blank lines are passed over.  What is no JSON object is at fault.  Where rows were
/// at fault, all are answered, and it ends as refused data that names the first one.
Status AnswerLines(const std::vector<std::string>& files, const AnswerRow& answer);

}  // namespace hubmill
