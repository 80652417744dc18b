// The condition language of filter: any bytes are parsed, bound to a schema and evaluated.
#include <arrow/compute/exec.h>
#include <arrow/json/from_string.h>
#include <arrow/record_batch.h>

#include <cstddef>
#include <cstdint>

#include "base/check.h"
#include "stages/expression.h"

namespace {

std::shared_ptr<arrow::RecordBatch> MakeRows() {
  const auto type = arrow::struct_(
      {arrow::field("a", arrow::int64()), arrow::field("b", arrow::float64()),
       arrow::field("s", arrow::utf8()), arrow::field("t", arrow::boolean()),
       arrow::field("d", arrow::date32()), arrow::field("l", arrow::list(arrow::utf8())),
       arrow::field("m", arrow::struct_({arrow::field("k", arrow::int32())}))});
  const auto array = arrow::json::ArrayFromJSONString(
      type,
      R"([{"a": 1, "b": 0.5, "s": "x", "t": true, "d": 20000, "l": ["a"], "m": {"k": 1}},
          {"a": null, "b": null, "s": null, "t": null, "d": null, "l": null, "m": null},
          {"a": 9223372036854775807, "b": -1e308, "s": "", "t": false, "d": -1, "l": []}])");
  HUBMILL_CHECK(array.ok(), "the fuzzer's rows");
  const auto rows = arrow::RecordBatch::FromStructArray(*array);
  HUBMILL_CHECK(rows.ok(), "the fuzzer's rows");
  return *rows;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const auto rows = MakeRows();
  const auto parsed = hubmill::ParseExpression({reinterpret_cast<const char*>(data), size});
  if (!parsed.ok()) return 0;
  const auto bound = hubmill::BindExpression(**parsed, *rows->schema());
  if (!bound.ok()) return 0;
  const auto result =
      arrow::compute::ExecuteScalarExpression(*bound, arrow::compute::ExecBatch(*rows));
  if (result.ok()) {
    HUBMILL_CHECK(result->type()->id() == arrow::Type::BOOL, "a condition is true or false");
  }
  return 0;
}
