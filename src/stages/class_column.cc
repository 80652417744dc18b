#include "stages/class_column.h"

#include <arrow/array.h>
#include <arrow/util/key_value_metadata.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <numeric>

#include "base/check.h"
#include "stages/columns.h"

namespace hubmill {
namespace {

/// Eight bytes that order as the number does.
std::string SortKeyOf(uint64_t value) {
  std::string key(8, '\0');
  for (int i = 0; i < 8; ++i) key[size_t(i)] = char(value >> (56 - 8 * i));
  return key;
}

constexpr uint64_t kSignBit = uint64_t(1) << 63;

template <typename ArrayType>
void SignedClass(const arrow::Array& array, int64_t row, std::string* key) {
  const auto value = static_cast<const ArrayType&>(array).Value(row);
  *key = SortKeyOf(uint64_t(int64_t(value)) ^ kSignBit);
}

template <typename ArrayType>
void UnsignedClass(const arrow::Array& array, int64_t row, std::string* key) {
  const auto value = static_cast<const ArrayType&>(array).Value(row);
  *key = SortKeyOf(uint64_t(value));
}

/// REQUIRES: Bind() accepted the type, which is not text; the value is not null.
void NumberClass(const arrow::Array& array, int64_t row, std::string* key) {
  switch (array.type_id()) {
    case arrow::Type::BOOL:
      return UnsignedClass<arrow::BooleanArray>(array, row, key);
    case arrow::Type::INT8:
      return SignedClass<arrow::Int8Array>(array, row, key);
    case arrow::Type::INT16:
      return SignedClass<arrow::Int16Array>(array, row, key);
    case arrow::Type::INT32:
      return SignedClass<arrow::Int32Array>(array, row, key);
    case arrow::Type::INT64:
      return SignedClass<arrow::Int64Array>(array, row, key);
    case arrow::Type::UINT8:
      return UnsignedClass<arrow::UInt8Array>(array, row, key);
    case arrow::Type::UINT16:
      return UnsignedClass<arrow::UInt16Array>(array, row, key);
    case arrow::Type::UINT32:
      return UnsignedClass<arrow::UInt32Array>(array, row, key);
    default:
      return UnsignedClass<arrow::UInt64Array>(array, row, key);
  }
}

/// The name of the class with this key, where a list has it.
std::string ListedName(const std::string& sort_key, const std::vector<std::string>& listed) {
  if (listed.empty()) return "";
  uint64_t value = 0;
  for (const char byte : sort_key) value = value << 8 | static_cast<unsigned char>(byte);
  value ^= kSignBit;
  return value < listed.size() ? listed[value] : "";
}

}  // namespace

Status ClassColumn::Bind(const arrow::Schema& schema) {
  ARROW_ASSIGN_OR_RAISE(index_, ColumnIndex(schema, name_));
  const arrow::DataType& type = *schema.field(index_)->type();
  const auto& metadata = schema.field(index_)->metadata();
  const int at = metadata == nullptr ? -1 : metadata->FindKey("hubmill.class_names");
  if (at >= 0 && type.id() == arrow::Type::INT64) {
    listed_ = nlohmann::json::parse(metadata->value(at)).get<std::vector<std::string>>();
  }
  if (IsText(type) || arrow::is_integer(type.id()) || type.id() == arrow::Type::BOOL) {
    return Status::OK();
  }
  return DataRefused("column cannot hold classes: column=", name_, " type=", type.ToString(),
                     "; remedy: name a column of texts, integers or bools");
}

Result<int32_t> ClassColumn::IdOf(const std::string& sort_key, const Origins& origins,
                                  int64_t row) {
  const auto [place, added] = id_of_.try_emplace(sort_key, int32_t(classes_.size()));
  if (!added) return place->second;
  if (classes_.size() >= kClassesMax) {
    return DataRefused("too many classes: column=", name_, " max=", kClassesMax,
                       "; remedy: name a column of classes, or use method hash");
  }
  classes_.emplace_back(sort_key, origins.At(row).row);
  return place->second;
}

Status ClassColumn::Observe(const Batch& input) {
  const auto array = input.rows->column(index_);
  const bool is_text = IsText(*array->type());
  std::string key;
  for (int64_t row = 0; row < array->length(); ++row) {
    if (array->IsNull(row)) {
      return DataRefused("a row has no class: column=", name_, " row=", input.origins.At(row).row,
                         "; remedy: drop such rows before, filter: \"", name_, " is not null\"");
    }
    if (is_text) {
      key = TextView(*array)[row];
    } else {
      NumberClass(*array, row, &key);
    }
    ARROW_ASSIGN_OR_RAISE(const int32_t id, IdOf(key, input.origins, row));
    rows_.push_back(id);
  }
  return Status::OK();
}

std::vector<int32_t> ClassColumn::Finish() {
  HUBMILL_CHECK(first_rows_.empty(), "Finish() is called once");
  std::vector<int32_t> order(classes_.size());
  std::iota(order.begin(), order.end(), 0);
  std::sort(order.begin(), order.end(), [this](int32_t a, int32_t b) {
    return classes_[size_t(a)].first < classes_[size_t(b)].first;
  });
  std::vector<int32_t> rank(order.size());
  for (size_t i = 0; i < order.size(); ++i) {
    rank[size_t(order[i])] = int32_t(i);
    first_rows_.push_back(classes_[size_t(order[i])].second);
    names_.push_back(ListedName(classes_[size_t(order[i])].first, listed_));
  }
  for (int32_t& id : rows_) id = rank[size_t(id)];
  id_of_.clear();
  return std::move(rows_);
}

std::string ClassColumn::NameOf(int32_t id) const {
  const std::string& name = names_[size_t(id)];
  return name.empty() ? Concat("that of row ", FirstRowOf(id)) : Concat('"', name, '"');
}

std::vector<std::vector<int64_t>> RowsByClass(const std::vector<int32_t>& classes, int32_t count) {
  std::vector<std::vector<int64_t>> rows(static_cast<size_t>(count));
  for (size_t row = 0; row < classes.size(); ++row) {
    rows[size_t(classes[row])].push_back(int64_t(row));
  }
  return rows;
}

}  // namespace hubmill
