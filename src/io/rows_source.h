// Rows that a recipe itself holds: a table of texts, where a cell may quote a JSON file.
//
// Some data sets have a few rows that nobody keeps in a file: a table that describes another data
// set, with facts that an earlier step left in JSON files beside it.  Programs are written for
// that, one a set; here it is a page of YAML.  Every column is text (the stage `cast` makes other
// types).
#pragma once

#include <string>
#include <variant>
#include <vector>

#include "core/registry.h"

namespace hubmill {

struct RowsOptions {
  Setting rows;
  std::string split = "train";
  static void Describe(OptionTable<RowsOptions>& table);
};

/// A cell that quotes a JSON file, or what `pointer` names in it.
struct JsonCell {
  std::string file;
  std::string pointer;
  bool object = false;  // Only an object with something in it is a good value.
  std::string without;  // A member of it that is left out, if it is there; empty: none.
};

/// Null, a text, or a quotation.
using RowCell = std::variant<std::monostate, std::string, JsonCell>;

struct RowTable {
  std::vector<std::string> columns;  // Those of the first row.
  std::vector<std::vector<RowCell>> rows;
};

inline constexpr int64_t kQuotedFileBytesMax = 64 << 20;

/// Reads the table; what is wrong with it goes to `errors`, all of it.  Opens no file.
RowTable ReadRowTable(const Setting& rows, const OptionContext& context, ErrorList* errors);

/// One morsel with all rows.  A row that quotes a file or value that is missing or broken is a bad
/// row (missing_file, unreadable_file, invalid_json, missing_value, no_object).
Result<std::unique_ptr<Source>> OpenRows(RowTable table, const std::string& split,
                                         const std::string& recipe_file);

SourceEntry RowsSource();

}  // namespace hubmill
