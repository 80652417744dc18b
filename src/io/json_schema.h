// Infers the columns of JSON lines: null + T is T, int + float is float64 (exact: the decoder
// refuses a whole number that it would round), objects become structs (fields in the order first
// seen), arrays lists; anything else mixed is refused by name.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/failure.h"
#include "io/type_text.h"

namespace hubmill {

/// Takes lines of one file after another.  Rows that are not valid JSON objects are left to the
/// decoder, which reports them.
class JsonSchemaInference {
 public:
  /// `json_columns` are kept as JSON text.
  explicit JsonSchemaInference(std::vector<std::string> json_columns);
  ~JsonSchemaInference();

  /// `text` as for DecodeJsonLines(); `first_row` is the number of its first line.  Adds the lines
  /// to `rows`.  Fails with kDataRefused on mixed types, more than kTypeFieldsMax fields or more
  /// than kTypeDepthMax levels, naming file, row, column and remedy.
  Status Observe(std::string_view text, const std::string& file, int64_t first_row, int64_t* rows);

  /// A struct; without children where no row was seen.  Only nulls: string.  Objects that were all
  /// empty: json.
  TypeTree Finish() const;

 private:
  struct Node;
  class Reader;
  static TypeTree TreeOf(const Node& node);
  std::vector<std::string> json_columns_;
  std::unique_ptr<Node> root_;
  size_t fields_ = 0;
};

}  // namespace hubmill
