#include "dedup/group_keys.h"

#include <arrow/util/key_value_metadata.h>

#include <string>
#include <string_view>

#include "io/json_minify.h"
#include "io/json_rows.h"

namespace hubmill {
namespace {

constexpr std::string_view kWhole = ".0}";  // How a whole float64 ends.

std::shared_ptr<arrow::Schema> SchemaOfGroup(const arrow::Schema& schema, int column,
                                             bool is_json) {
  const auto field = arrow::field("g", schema.field(column)->type());
  if (!is_json) return arrow::schema({field});
  return arrow::schema({field->WithMetadata(arrow::key_value_metadata({kJsonTextKey}, {"1"}))});
}

}  // namespace

Status CheckGroupColumn(const arrow::Schema& schema, int column) {
  return CheckJsonSchema(*arrow::schema({schema.field(column)}));
}

std::vector<Hash128> GroupKeys(const arrow::RecordBatch& rows, int column, bool is_json) {
  const auto group = arrow::RecordBatch::Make(SchemaOfGroup(*rows.schema(), column, is_json),
                                              rows.num_rows(), {rows.column(column)});
  std::vector<Hash128> keys;
  keys.reserve(size_t(rows.num_rows()));
  std::string text;
  for (int64_t row = 0; row < rows.num_rows(); ++row) {
    text.clear();
    // What JSON cannot hold (NaN) is written as null; what is no canonical JSON stays as it stands.
    if (!AppendRowJson(*group, row, &text).ok()) text = "{}";
    if (auto canonical = MinifyJson(text); canonical.ok()) text = *std::move(canonical);
    if (text.ends_with(kWhole)) text.replace(text.size() - kWhole.size(), kWhole.size(), "}");
    keys.push_back(Xxh3Hash128(text));
  }
  return keys;
}

}  // namespace hubmill
