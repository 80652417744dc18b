// A writer holds the typed array, so the type is decided once a batch and column.
#include "io/json_values.h"

#include <arrow/type_traits.h>
#include <arrow/util/key_value_metadata.h>

#include <algorithm>
#include <cmath>
#include <set>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "base/check.h"
#include "base/json_text.h"
#include "io/json_time.h"

namespace hubmill {
namespace {

template <typename ArrayType>
class TextWriter : public JsonValueWriter {
 public:
  TextWriter(const arrow::Array& array, bool raw, bool ascii)
      : JsonValueWriter(array),
        typed_(static_cast<const ArrayType&>(array)),
        raw_(raw),
        options_{.ascii_only = ascii} {}

 private:
  Status AppendValid(int64_t index, std::string* out) const override {
    const std::string_view text = typed_.GetView(index);
    if (raw_) {
      out->append(text);
    } else {
      AppendJsonString(text, out, options_);
    }
    return Status::OK();
  }

  const ArrayType& typed_;
  bool raw_;
  JsonTextOptions options_;
};

template <typename ArrayType>
class IntegerWriter : public JsonValueWriter {
 public:
  explicit IntegerWriter(const arrow::Array& array)
      : JsonValueWriter(array), typed_(static_cast<const ArrayType&>(array)) {}

 private:
  Status AppendValid(int64_t index, std::string* out) const override {
    const auto value = typed_.Value(index);
    if constexpr (std::is_same_v<std::decay_t<decltype(value)>, uint64_t>) {
      out->append(std::to_string(value));
    } else {
      AppendJsonInt(int64_t(value), out);
    }
    return Status::OK();
  }

  const ArrayType& typed_;
};

/// NaN and infinity fail or become null.
template <typename ArrayType>
class NumberWriter : public JsonValueWriter {
 public:
  NumberWriter(const arrow::Array& array, std::string column, JsonRefusal refusal)
      : JsonValueWriter(array),
        typed_(static_cast<const ArrayType&>(array)),
        column_(std::move(column)),
        refusal_(refusal) {}

 private:
  Status AppendValid(int64_t index, std::string* out) const override {
    if (AppendNumber(index, out)) return Status::OK();
    if (refusal_ == JsonRefusal::kWriteNull) {
      out->append("null");
      return Status::OK();
    }
    return DataRefused("NaN or infinity, which JSON does not have: column=", column_,
                       "; remedy: replace these values by null, or write Parquet");
  }

  bool AppendNumber(int64_t index, std::string* out) const {
    if constexpr (std::is_same_v<ArrayType, arrow::FloatArray>) {
      return AppendJsonFloat(typed_.Value(index), out);
    } else if constexpr (std::is_same_v<ArrayType, arrow::HalfFloatArray>) {
      return AppendJsonDouble(HalfToDouble(typed_.Value(index)), out);
    } else {
      return AppendJsonDouble(typed_.Value(index), out);
    }
  }

  const ArrayType& typed_;
  std::string column_;
  JsonRefusal refusal_;
};

class BooleanWriter : public JsonValueWriter {
 public:
  explicit BooleanWriter(const arrow::Array& array)
      : JsonValueWriter(array), typed_(static_cast<const arrow::BooleanArray&>(array)) {}

 private:
  Status AppendValid(int64_t index, std::string* out) const override {
    out->append(typed_.Value(index) ? "true" : "false");
    return Status::OK();
  }

  const arrow::BooleanArray& typed_;
};

template <typename ArrayType>
class DecimalWriter : public JsonValueWriter {
 public:
  explicit DecimalWriter(const arrow::Array& array)
      : JsonValueWriter(array), typed_(static_cast<const ArrayType&>(array)) {}

 private:
  Status AppendValid(int64_t index, std::string* out) const override {
    out->append(typed_.FormatValue(index));
    return Status::OK();
  }

  const ArrayType& typed_;
};

/// Dates, times and timestamps: an integer and its type.
template <typename ArrayType>
class TimeWriter : public JsonValueWriter {
 public:
  explicit TimeWriter(const arrow::Array& array)
      : JsonValueWriter(array), typed_(static_cast<const ArrayType&>(array)) {}

 private:
  Status AppendValid(int64_t index, std::string* out) const override {
    out->push_back('"');
    AppendIsoTime(*typed_.type(), int64_t(typed_.Value(index)), out);
    out->push_back('"');
    return Status::OK();
  }

  const ArrayType& typed_;
};

class NullWriter : public JsonValueWriter {
 public:
  explicit NullWriter(const arrow::Array& array) : JsonValueWriter(array) {}

 private:
  Status AppendValid(int64_t, std::string* out) const override {
    out->append("null");
    return Status::OK();
  }
};

class DictionaryWriter : public JsonValueWriter {
 public:
  DictionaryWriter(const arrow::Field& field, const arrow::Array& array,
                   const JsonRowsOptions& options, JsonRefusal refusal)
      : JsonValueWriter(array),
        typed_(static_cast<const arrow::DictionaryArray&>(array)),
        values_(MakeJsonValueWriter(field, *typed_.dictionary(), options, refusal)) {}

 private:
  Status AppendValid(int64_t index, std::string* out) const override {
    return values_->Append(typed_.GetValueIndex(index), out);
  }

  const arrow::DictionaryArray& typed_;
  std::unique_ptr<JsonValueWriter> values_;
};

template <typename ArrayType>
class ListWriter : public JsonValueWriter {
 public:
  ListWriter(const arrow::Field& field, const arrow::Array& array, const JsonRowsOptions& options,
             JsonRefusal refusal)
      : JsonValueWriter(array),
        typed_(static_cast<const ArrayType&>(array)),
        items_(MakeJsonValueWriter(arrow::Field(field.name(), typed_.values()->type(), true,
                                                typed_.type()->field(0)->metadata()),
                                   *typed_.values(), options, refusal)),
        comma_(options.python_style ? ", " : ",") {}

 private:
  Status AppendValid(int64_t index, std::string* out) const override {
    const int64_t begin = int64_t(typed_.value_offset(index));
    const int64_t end = begin + int64_t(typed_.value_length(index));
    out->push_back('[');
    for (int64_t i = begin; i < end; ++i) {
      if (i > begin) out->append(comma_);
      ARROW_RETURN_NOT_OK(items_->Append(i, out));
    }
    out->push_back(']');
    return Status::OK();
  }

  const ArrayType& typed_;
  std::unique_ptr<JsonValueWriter> items_;
  std::string_view comma_;
};

class StructWriter : public JsonValueWriter {
 public:
  StructWriter(const arrow::Field& field, const arrow::Array& array, const JsonRowsOptions& options,
               JsonRefusal refusal)
      : JsonValueWriter(array),
        comma_(options.python_style ? ", " : ","),
        omit_nulls_(options.omit_nulls) {
    const auto& typed = static_cast<const arrow::StructArray&>(array);
    for (int i = 0; i < typed.num_fields(); ++i) {
      const auto& child = typed.type()->field(i);
      std::string& key = keys_.emplace_back();
      AppendJsonString(child->name(), &key, {.ascii_only = options.ascii});
      key += options.python_style ? ": " : ":";
      children_.push_back(typed.field(i));
      fields_.push_back(MakeJsonValueWriter(*child->WithName(field.name() + "." + child->name()),
                                            *children_.back(), options, refusal));
    }
  }

 private:
  Status AppendValid(int64_t index, std::string* out) const override {
    out->push_back('{');
    bool first = true;
    for (size_t i = 0; i < fields_.size(); ++i) {
      if (omit_nulls_ && fields_[i]->IsNull(index)) continue;
      if (!first) out->append(comma_);
      first = false;
      out->append(keys_[i]);
      ARROW_RETURN_NOT_OK(fields_[i]->Append(index, out));
    }
    out->push_back('}');
    return Status::OK();
  }

  std::vector<std::string> keys_;
  arrow::ArrayVector children_;  // Kept: StructArray::field() slices.
  std::vector<std::unique_ptr<JsonValueWriter>> fields_;
  std::string_view comma_;
  bool omit_nulls_;
};

std::string_view MapKey(const arrow::Array& keys, int64_t index) {
  return keys.type_id() == arrow::Type::STRING
             ? static_cast<const arrow::StringArray&>(keys).GetView(index)
             : static_cast<const arrow::LargeStringArray&>(keys).GetView(index);
}

/// A map with text keys as an object.  Of a key that stands in it twice readers keep one value, so
/// that is refused.
class MapWriter : public JsonValueWriter {
 public:
  MapWriter(const arrow::Field& field, const arrow::Array& array, const JsonRowsOptions& options,
            JsonRefusal refusal)
      : JsonValueWriter(array),
        typed_(static_cast<const arrow::MapArray&>(array)),
        keys_(MakeJsonValueWriter(arrow::Field(field.name(), typed_.keys()->type()), *typed_.keys(),
                                  options, refusal)),
        items_(MakeJsonValueWriter(arrow::Field(field.name(), typed_.items()->type()),
                                   *typed_.items(), options, refusal)),
        column_(field.name()),
        refusal_(refusal),
        comma_(options.python_style ? ", " : ","),
        colon_(options.python_style ? ": " : ":") {}

 private:
  bool HasKeyTwice(int64_t begin, int64_t end) const {
    std::vector<std::string_view> keys;
    for (int64_t i = begin; i < end; ++i) keys.push_back(MapKey(*typed_.keys(), i));
    std::sort(keys.begin(), keys.end());
    return std::adjacent_find(keys.begin(), keys.end()) != keys.end();
  }

  Status AppendValid(int64_t index, std::string* out) const override {
    const int64_t begin = typed_.value_offset(index);
    const int64_t end = begin + typed_.value_length(index);
    if (HasKeyTwice(begin, end)) {
      if (refusal_ == JsonRefusal::kFail) {
        return DataRefused(
            "a map holds a key twice, and a JSON object would lose one value: column=", column_,
            "; remedy: write Parquet");
      }
      out->append("null");
      return Status::OK();
    }
    out->push_back('{');
    for (int64_t i = begin; i < end; ++i) {
      if (i > begin) out->append(comma_);
      ARROW_RETURN_NOT_OK(keys_->Append(i, out));
      out->append(colon_);
      ARROW_RETURN_NOT_OK(items_->Append(i, out));
    }
    out->push_back('}');
    return Status::OK();
  }

  const arrow::MapArray& typed_;
  std::unique_ptr<JsonValueWriter> keys_;
  std::unique_ptr<JsonValueWriter> items_;
  std::string column_;
  JsonRefusal refusal_;
  std::string_view comma_;
  std::string_view colon_;
};

bool IsTextKeyed(const arrow::DataType& type) {
  const auto id = static_cast<const arrow::MapType&>(type).key_type()->id();
  return id == arrow::Type::STRING || id == arrow::Type::LARGE_STRING;
}

bool IsRawJson(const arrow::Field& field) {
  if (field.metadata() == nullptr) return false;
  const auto value = field.metadata()->Get(kJsonTextKey);
  return value.ok() && *value == "1";
}

}  // namespace

bool HasJsonForm(const arrow::DataType& type) {
  switch (type.id()) {
    case arrow::Type::BINARY:
    case arrow::Type::LARGE_BINARY:
    case arrow::Type::BINARY_VIEW:
    case arrow::Type::FIXED_SIZE_BINARY:
    case arrow::Type::SPARSE_UNION:
    case arrow::Type::DENSE_UNION:
    case arrow::Type::RUN_END_ENCODED:
    case arrow::Type::LIST_VIEW:
    case arrow::Type::LARGE_LIST_VIEW:
    case arrow::Type::DURATION:
    case arrow::Type::INTERVAL_MONTHS:
    case arrow::Type::INTERVAL_DAY_TIME:
    case arrow::Type::INTERVAL_MONTH_DAY_NANO:
    case arrow::Type::EXTENSION:
      return false;
    case arrow::Type::DICTIONARY:
      return HasJsonForm(*static_cast<const arrow::DictionaryType&>(type).value_type());
    default:
      break;
  }
  std::set<std::string_view> names;  // A struct may hold one twice; a JSON object may not.
  for (const auto& field : type.fields()) {
    if (!HasJsonForm(*field->type()) || !names.insert(field->name()).second) return false;
  }
  return true;
}

#define HUBMILL_WRITER(ID, ...) \
  case arrow::Type::ID:         \
    return std::make_unique<__VA_ARGS__>

std::unique_ptr<JsonValueWriter> MakeJsonValueWriter(const arrow::Field& field,
                                                     const arrow::Array& array,
                                                     const JsonRowsOptions& options,
                                                     JsonRefusal refusal) {
  if (!HasJsonForm(*array.type())) {
    HUBMILL_CHECK(refusal == JsonRefusal::kWriteNull, "CheckJsonSchema() passed");
    return std::make_unique<NullWriter>(array);
  }
  const bool raw = IsRawJson(field);
  switch (array.type_id()) {
    HUBMILL_WRITER(NA, NullWriter)(array);
    HUBMILL_WRITER(BOOL, BooleanWriter)(array);
    HUBMILL_WRITER(INT8, IntegerWriter<arrow::Int8Array>)(array);
    HUBMILL_WRITER(INT16, IntegerWriter<arrow::Int16Array>)(array);
    HUBMILL_WRITER(INT32, IntegerWriter<arrow::Int32Array>)(array);
    HUBMILL_WRITER(INT64, IntegerWriter<arrow::Int64Array>)(array);
    HUBMILL_WRITER(UINT8, IntegerWriter<arrow::UInt8Array>)(array);
    HUBMILL_WRITER(UINT16, IntegerWriter<arrow::UInt16Array>)(array);
    HUBMILL_WRITER(UINT32, IntegerWriter<arrow::UInt32Array>)(array);
    HUBMILL_WRITER(UINT64, IntegerWriter<arrow::UInt64Array>)(array);
    HUBMILL_WRITER(HALF_FLOAT, NumberWriter<arrow::HalfFloatArray>)(array, field.name(), refusal);
    HUBMILL_WRITER(FLOAT, NumberWriter<arrow::FloatArray>)(array, field.name(), refusal);
    HUBMILL_WRITER(DOUBLE, NumberWriter<arrow::DoubleArray>)(array, field.name(), refusal);
    HUBMILL_WRITER(STRING, TextWriter<arrow::StringArray>)(array, raw, options.ascii);
    HUBMILL_WRITER(LARGE_STRING, TextWriter<arrow::LargeStringArray>)(array, raw, options.ascii);
    HUBMILL_WRITER(STRING_VIEW, TextWriter<arrow::StringViewArray>)(array, raw, options.ascii);
    HUBMILL_WRITER(DECIMAL32, DecimalWriter<arrow::Decimal32Array>)(array);
    HUBMILL_WRITER(DECIMAL64, DecimalWriter<arrow::Decimal64Array>)(array);
    HUBMILL_WRITER(DECIMAL128, DecimalWriter<arrow::Decimal128Array>)(array);
    HUBMILL_WRITER(DECIMAL256, DecimalWriter<arrow::Decimal256Array>)(array);
    HUBMILL_WRITER(DATE32, TimeWriter<arrow::Date32Array>)(array);
    HUBMILL_WRITER(DATE64, TimeWriter<arrow::Date64Array>)(array);
    HUBMILL_WRITER(TIME32, TimeWriter<arrow::Time32Array>)(array);
    HUBMILL_WRITER(TIME64, TimeWriter<arrow::Time64Array>)(array);
    HUBMILL_WRITER(TIMESTAMP, TimeWriter<arrow::TimestampArray>)(array);
    HUBMILL_WRITER(DICTIONARY, DictionaryWriter)(field, array, options, refusal);
    HUBMILL_WRITER(STRUCT, StructWriter)(field, array, options, refusal);
    HUBMILL_WRITER(LIST, ListWriter<arrow::ListArray>)(field, array, options, refusal);
    HUBMILL_WRITER(LARGE_LIST, ListWriter<arrow::LargeListArray>)(field, array, options, refusal);
    HUBMILL_WRITER(FIXED_SIZE_LIST, ListWriter<arrow::FixedSizeListArray>)
    (field, array, options, refusal);
    case arrow::Type::MAP:
      if (IsTextKeyed(*array.type())) {
        return std::make_unique<MapWriter>(field, array, options, refusal);
      }
      return std::make_unique<ListWriter<arrow::ListArray>>(field, array, options, refusal);
    default:
      HUBMILL_CHECK(false, "HasJsonForm() knows every type");
      return nullptr;
  }
}

#undef HUBMILL_WRITER

}  // namespace hubmill
