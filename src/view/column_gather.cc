#include "view/column_gather.h"

#include <arrow/array.h>
#include <arrow/compute/api_vector.h>
#include <arrow/extension_type.h>
#include <arrow/util/decimal.h>
#include <arrow/util/float16.h>

#include <algorithm>
#include <bit>
#include <cmath>

#include "base/hash.h"
#include "stages/columns.h"
#include "text/characters.h"

namespace hubmill {
namespace {

using arrow::Type;

constexpr size_t kEntriesOfAll = size_t{1} << 25;
constexpr size_t kEntriesMost = size_t{1} << 20;
constexpr size_t kEntriesLeast = size_t{1} << 14;

/// Calls `use(row)` for each row that is not null.
template <typename Use>
void ForEachValue(const arrow::Array& values, BatchKeys* out, const Use& use) {
  const int64_t nulls = values.null_count();
  out->nulls += nulls;
  for (int64_t row = 0; row < values.length(); ++row) {
    if (nulls == 0 || values.IsValid(row)) use(row);
  }
}

template <typename ArrayType>
void ReadIntegers(const arrow::Array& values, BatchKeys* out) {
  const auto& array = static_cast<const ArrayType&>(values);
  ForEachValue(values, out, [&](int64_t row) {
    out->keys.push_back(KeyOfInt(static_cast<int64_t>(array.Value(row))));
  });
}

void AddDouble(double value, BatchKeys* out) {
  if (std::isfinite(value)) {
    out->keys.push_back(KeyOfDouble(value));
  } else {
    ++(std::isnan(value) ? out->nans : out->infinite);
  }
}

template <typename ArrayType>
void ReadFloats(const arrow::Array& values, BatchKeys* out) {
  const auto& array = static_cast<const ArrayType&>(values);
  ForEachValue(values, out,
               [&](int64_t row) { AddDouble(static_cast<double>(array.Value(row)), out); });
}

template <typename ArrayType, typename Decimal>
void ReadDecimals(const arrow::Array& values, BatchKeys* out) {
  const auto& array = static_cast<const ArrayType&>(values);
  const int32_t scale = static_cast<const arrow::DecimalType&>(*values.type()).scale();
  ForEachValue(values, out,
               [&](int64_t row) { AddDouble(Decimal(array.GetValue(row)).ToDouble(scale), out); });
}

template <typename ArrayType>
void ReadLengths(const arrow::Array& values, BatchKeys* out) {
  const auto& array = static_cast<const ArrayType&>(values);
  ForEachValue(values, out,
               [&](int64_t row) { out->keys.push_back(KeyOfInt(array.value_length(row))); });
}

Status ReadFloatKeys(const arrow::Array& values, BatchKeys* out) {
  switch (values.type_id()) {
    case Type::HALF_FLOAT: {
      const auto& array = static_cast<const arrow::HalfFloatArray&>(values);
      ForEachValue(values, out, [&](int64_t row) {
        AddDouble(arrow::util::Float16::FromBits(array.Value(row)).ToDouble(), out);
      });
      break;
    }
    case Type::FLOAT:
      ReadFloats<arrow::FloatArray>(values, out);
      break;
    case Type::DOUBLE:
      ReadFloats<arrow::DoubleArray>(values, out);
      break;
    case Type::DECIMAL32:
      ReadDecimals<arrow::Decimal32Array, arrow::Decimal32>(values, out);
      break;
    case Type::DECIMAL64:
      ReadDecimals<arrow::Decimal64Array, arrow::Decimal64>(values, out);
      break;
    case Type::DECIMAL128:
      ReadDecimals<arrow::Decimal128Array, arrow::Decimal128>(values, out);
      break;
    default:
      ReadDecimals<arrow::Decimal256Array, arrow::Decimal256>(values, out);
      break;
  }
  return Status::OK();
}

Status ReadIntegerKeys(const arrow::Array& values, BatchKeys* out) {
  switch (values.type_id()) {
    case Type::INT8:
      ReadIntegers<arrow::Int8Array>(values, out);
      break;
    case Type::INT16:
      ReadIntegers<arrow::Int16Array>(values, out);
      break;
    case Type::INT32:
      ReadIntegers<arrow::Int32Array>(values, out);
      break;
    case Type::UINT8:
      ReadIntegers<arrow::UInt8Array>(values, out);
      break;
    case Type::UINT16:
      ReadIntegers<arrow::UInt16Array>(values, out);
      break;
    case Type::UINT32:
      ReadIntegers<arrow::UInt32Array>(values, out);
      break;
    case Type::UINT64:
      ReadIntegers<arrow::UInt64Array>(values, out);
      break;
    case Type::DATE32:
      ReadIntegers<arrow::Date32Array>(values, out);
      break;
    case Type::DATE64:
      ReadIntegers<arrow::Date64Array>(values, out);
      break;
    case Type::TIMESTAMP:
      ReadIntegers<arrow::TimestampArray>(values, out);
      break;
    case Type::BOOL:
      ReadIntegers<arrow::BooleanArray>(values, out);
      break;
    default:
      ReadIntegers<arrow::Int64Array>(values, out);
      break;
  }
  return Status::OK();
}

Status ReadListKeys(const arrow::Array& values, BatchKeys* out) {
  switch (values.type_id()) {
    case Type::LARGE_LIST:
      ReadLengths<arrow::LargeListArray>(values, out);
      break;
    case Type::FIXED_SIZE_LIST: {
      const int64_t size = static_cast<const arrow::FixedSizeListType&>(*values.type()).list_size();
      ForEachValue(values, out, [&](int64_t) { out->keys.push_back(KeyOfInt(size)); });
      break;
    }
    case Type::MAP:
      ReadLengths<arrow::MapArray>(values, out);
      break;
    default:
      ReadLengths<arrow::ListArray>(values, out);
      break;
  }
  return Status::OK();
}

/// All values without a name, but for -1, as one.
void MarkUnknownClasses(size_t classes, std::vector<uint64_t>* keys) {
  for (uint64_t& key : *keys) {
    const int64_t value = IntOfKey(key);
    if (value < -1 || value >= static_cast<int64_t>(classes)) key = KeyOfInt(kUnknownClass);
  }
}

/// Dictionaries as their values, extension types as what they are stored as.
Result<std::shared_ptr<arrow::Array>> Plain(const arrow::Array& values) {
  if (values.type_id() == Type::EXTENSION) {
    return Plain(*static_cast<const arrow::ExtensionArray&>(values).storage());
  }
  if (values.type_id() != Type::DICTIONARY) return arrow::MakeArray(values.data());
  ARROW_RETURN_NOT_OK(UseComputeKernels());
  const auto& array = static_cast<const arrow::DictionaryArray&>(values);
  ARROW_ASSIGN_OR_RAISE(const auto taken,
                        arrow::compute::Take(*array.dictionary(), *array.indices()));
  return Plain(*taken);
}

/// Different texts of a batch and how often each comes; at most kLabelsMax + 1 of them.
class BatchLabels {
 public:
  struct Entry {
    std::string_view text;
    int64_t count = 0;
  };
  /// False where there are too many.
  bool Add(std::string_view text) {
    size_t at = Xxh3Hash64(text) & (slots_.size() - 1);
    while (slots_[at].count != 0 && slots_[at].text != text) at = (at + 1) & (slots_.size() - 1);
    if (slots_[at].count++ != 0) return true;
    slots_[at].text = text;
    return ++used_ <= kLabelsMax;
  }
  const std::vector<Entry>& slots() const { return slots_; }

 private:
  std::vector<Entry> slots_ = std::vector<Entry>(std::bit_ceil(2 * kLabelsMax));
  size_t used_ = 0;
};

}  // namespace

ValueKind KindOfValues(const arrow::DataType& type, bool is_class) {
  const Type::type id = type.id();
  if (id == Type::DICTIONARY) {
    return KindOfValues(*static_cast<const arrow::DictionaryType&>(type).value_type(), is_class);
  }
  if (id == Type::EXTENSION) {
    return KindOfValues(*static_cast<const arrow::ExtensionType&>(type).storage_type(), is_class);
  }
  if (arrow::is_integer(id)) {
    if (is_class) return ValueKind::kClass;
    return id == Type::UINT64 ? ValueKind::kUnsigned : ValueKind::kInt;
  }
  if (arrow::is_floating(id) || arrow::is_decimal(id)) return ValueKind::kFloat;
  if (id == Type::BOOL) return ValueKind::kBool;
  if (IsText(type) || id == Type::NA) return ValueKind::kText;
  if (id == Type::LIST || id == Type::LARGE_LIST || id == Type::FIXED_SIZE_LIST ||
      id == Type::MAP) {
    return ValueKind::kList;
  }
  if (id == Type::TIMESTAMP || id == Type::DATE32 || id == Type::DATE64) return ValueKind::kTime;
  return ValueKind::kOther;
}

size_t DistinctMaxOf(size_t columns) {
  const size_t share = std::bit_floor(kEntriesOfAll / std::max<size_t>(columns, 1));
  return std::clamp(share, kEntriesLeast, kEntriesMost) - 1;  // A table is full at its half.
}

Status ReadKeys(const arrow::Array& given, ValueKind kind, BatchKeys* out) {
  ARROW_ASSIGN_OR_RAISE(const auto plain, Plain(given));
  const arrow::Array& values = *plain;
  out->keys.reserve(out->keys.size() + static_cast<size_t>(values.length()));
  if (values.type_id() == Type::NA) {
    out->nulls += values.length();
    return Status::OK();
  }
  switch (kind) {
    case ValueKind::kUnsigned: {
      const auto& array = static_cast<const arrow::UInt64Array&>(values);
      ForEachValue(values, out, [&](int64_t row) { out->keys.push_back(array.Value(row)); });
      return Status::OK();
    }
    case ValueKind::kFloat:
      return ReadFloatKeys(values, out);
    case ValueKind::kText: {
      const TextView texts(values);
      ForEachValue(values, out,
                   [&](int64_t row) { out->keys.push_back(KeyOfInt(CharacterCount(texts[row]))); });
      return Status::OK();
    }
    case ValueKind::kList:
      return ReadListKeys(values, out);
    case ValueKind::kOther:
      out->nulls += values.null_count();
      return Status::OK();
    default:
      return ReadIntegerKeys(values, out);
  }
}

ColumnGather::ColumnGather(const arrow::Field& field, std::vector<std::string> class_names,
                           size_t distinct_max)
    : name_(field.name()),
      type_(field.type()),
      kind_(KindOfValues(*field.type(), !class_names.empty())),
      class_names_(std::move(class_names)),
      counts_(distinct_max) {}

Status ColumnGather::Add(const arrow::Array& values) {
  BatchKeys batch;
  ARROW_RETURN_NOT_OK(ReadKeys(values, kind_, &batch));
  if (kind_ == ValueKind::kClass) MarkUnknownClasses(class_names_.size(), &batch.keys);
  uint64_t least = UINT64_MAX;
  uint64_t most = 0;
  for (const uint64_t key : batch.keys) {
    least = std::min(least, key);
    most = std::max(most, key);
  }
  if (kind_ == ValueKind::kText && !too_many_labels_) {
    ARROW_ASSIGN_OR_RAISE(const auto texts, Plain(values));
    if (texts->type_id() != Type::NA) AddLabels(*texts);
  }
  const std::lock_guard lock(mutex_);
  rows_ += values.length();
  nulls_ += batch.nulls;
  nans_ += batch.nans;
  infinite_ += batch.infinite;
  min_key_ = std::min(min_key_, least);
  max_key_ = std::max(max_key_, most);
  counts_.AddAll(batch.keys);
  return Status::OK();
}

void ColumnGather::AddLabels(const arrow::Array& values) {
  const TextView texts(values);
  BatchLabels batch;
  for (int64_t row = 0; row < values.length(); ++row) {
    if (values.IsNull(row) || batch.Add(texts[row])) continue;
    too_many_labels_ = true;
    return;
  }
  const std::lock_guard lock(mutex_);
  for (const BatchLabels::Entry& entry : batch.slots()) {
    if (entry.count == 0) continue;
    auto found = labels_.find(entry.text);
    if (found == labels_.end()) {
      label_bytes_ += entry.text.size();
      found = labels_.emplace(entry.text, 0).first;
    }
    found->second += entry.count;
    if (labels_.size() <= kLabelsMax && label_bytes_ <= kLabelBytesMax) continue;
    too_many_labels_ = true;
    labels_.clear();
    return;
  }
}

}  // namespace hubmill
