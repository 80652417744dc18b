// Arbitrary bytes as JSON lines: never a crash, every line accounted for, and no row accepted that
// nlohmann refuses.
#include <arrow/array/array_binary.h>
#include <arrow/record_batch.h>
#include <arrow/type.h>

#include <cstdlib>
#include <nlohmann/json.hpp>
#include <string>

#include "base/check.h"
#include "io/json_decode.h"
#include "io/json_schema.h"
#include "io/line_blocks.h"
#include "io/raw_lines.h"

namespace hubmill {
namespace {

std::string Line(std::string_view text, int64_t row) {
  while (--row > 0) text.remove_prefix(text.find('\n') + 1);
  return std::string(text.substr(0, text.find('\n')));
}

void Decode(std::string_view text, const TypeTree& tree) {
  ColumnPlan plan(tree);
  auto schema = SchemaOf(tree);
  JsonDecodeOptions options{.batch_rows_max = 3, .drop_extra_fields = true};
  auto decoded = DecodeJsonLines(text, plan, schema, options);
  HUBMILL_CHECK(decoded.ok(), "bad rows are no failure");
  HUBMILL_CHECK(AddRawLines({text, nullptr}, "\tline", &*decoded).ok(), "lines are no failure");
  for (const Batch& batch : decoded->batches) {
    const auto& lines =
        static_cast<const arrow::StringArray&>(*batch.rows->column(batch.rows->num_columns() - 1));
    HUBMILL_CHECK(batch.rows->ValidateFull().ok(), "columns are sound");
    for (int64_t i = 0; i < batch.rows->num_rows(); ++i) {
      std::string line = Line(text, batch.origins.At(i).row);
      HUBMILL_CHECK(lines.GetView(i) == line.substr(0, line.size() - line.ends_with('\r')),
                    "a row has its line");
      HUBMILL_CHECK(nlohmann::json::accept(line), "an accepted row is JSON");
    }
  }
}

}  // namespace
}  // namespace hubmill

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using hubmill::TypeTree;
  std::string padded(reinterpret_cast<const char*>(data), size);
  padded.append(size_t(hubmill::kBlockPadding), '\0');
  std::string_view text(padded.data(), size);
  static const TypeTree kFixed = *hubmill::ParseColumns({{"a", "int64"},
                                                         {"b", "string"},
                                                         {"c", "float64"},
                                                         {"d", "list<struct<x: int32, y: bool>>"},
                                                         {"e", "json"},
                                                         {"f", "timestamp"}});
  hubmill::Decode(text, kFixed);
  hubmill::JsonSchemaInference inference({"e"});
  int64_t rows = 0;
  if (inference.Observe(text, "fuzz", 1, &rows).ok()) {
    TypeTree tree = inference.Finish();
    if (!tree.children.empty()) hubmill::Decode(text, tree);
  }
  return 0;
}
