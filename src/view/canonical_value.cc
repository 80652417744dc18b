// Values become bytes, a tag first, and these are hashed.  Texts, which are most of the bytes, are
// hashed in place under a seed of their own.
#include "view/canonical_value.h"

#include <arrow/array.h>
#include <arrow/extension_type.h>
#include <arrow/scalar.h>
#include <arrow/util/decimal.h>
#include <arrow/util/float16.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <string_view>

#include "io/json_time.h"
#include "stages/columns.h"

namespace hubmill {
namespace {

using arrow::Type;

constexpr uint64_t kTextSeed = 0x74657874;  // "text"
constexpr int64_t kDaySeconds = 86'400;

template <typename Value>
void AppendRaw(Value value, std::string* out) {
  out->append(reinterpret_cast<const char*>(&value), sizeof(value));
}

void AppendTagged(char tag, std::string_view bytes, std::string* out) {
  *out += tag;
  AppendRaw(static_cast<uint64_t>(bytes.size()), out);
  out->append(bytes);
}

void AppendInt(int64_t value, std::string* out) {
  *out += 'i';
  AppendRaw(value, out);
}

void AppendUnsigned(uint64_t value, std::string* out) {
  if (value <= static_cast<uint64_t>(INT64_MAX)) return AppendInt(static_cast<int64_t>(value), out);
  *out += 'u';
  AppendRaw(value, out);
}

/// Whole numbers as integers, so that 1.0 is 1.
void AppendDouble(double value, ValueForm form, std::string* out) {
  if (form.as_float32) value = static_cast<double>(static_cast<float>(value));
  constexpr double kTwo63 = 9223372036854775808.0;
  if (value == std::trunc(value)) {
    if (value >= -kTwo63 && value < kTwo63) return AppendInt(static_cast<int64_t>(value), out);
    if (value >= kTwo63 && value < 2 * kTwo63) {
      return AppendUnsigned(static_cast<uint64_t>(value), out);
    }
  }
  *out += 'd';
  AppendRaw(std::isnan(value) ? std::nan("") : value, out);
}

/// Digits without the zeros that a scale adds; those of a small whole number as an integer.
void AppendDecimal(std::string digits, std::string* out) {
  if (digits.find('.') != digits.npos && digits.find('E') == digits.npos) {
    while (digits.ends_with('0')) digits.pop_back();
    if (digits.ends_with('.')) digits.pop_back();
  }
  if (digits == "-0") digits = "0";
  const bool whole = digits.find_first_not_of("-0123456789") == digits.npos;
  if (whole && digits.size() <= 18) return AppendInt(std::stoll(digits), out);
  AppendTagged('N', digits, out);
}

void AppendTime(int64_t seconds, int64_t nanos, std::string* out) {
  *out += 't';
  AppendRaw(seconds, out);
  AppendRaw(nanos, out);
}

void AppendInstant(int64_t value, arrow::TimeUnit::type unit, std::string* out) {
  const int64_t units = UnitsOfSecond(unit);
  const SplitSeconds split(value, units);
  AppendTime(split.seconds, split.rest * (1'000'000'000 / units), out);
}

class Canonical {
 public:
  Canonical(ValueForm form, std::string* out) : form_(form), out_(out) {}

  void Append(const arrow::Array& values, int64_t row) {
    if (values.IsNull(row)) {
      *out_ += 'n';
      return;
    }
    if (!AppendNumber(values, row) && !AppendBytes(values, row) && !AppendTimes(values, row)) {
      AppendNested(values, row);
    }
  }

 private:
  template <typename ArrayType>
  static auto ValueAt(const arrow::Array& values, int64_t row) {
    return static_cast<const ArrayType&>(values).Value(row);
  }

  bool AppendNumber(const arrow::Array& values, int64_t row) {
    switch (values.type_id()) {
      case Type::BOOL:
        *out_ += ValueAt<arrow::BooleanArray>(values, row) ? "b1" : "b0";
        return true;
      case Type::INT8:
        return AppendInt(ValueAt<arrow::Int8Array>(values, row), out_), true;
      case Type::INT16:
        return AppendInt(ValueAt<arrow::Int16Array>(values, row), out_), true;
      case Type::INT32:
        return AppendInt(ValueAt<arrow::Int32Array>(values, row), out_), true;
      case Type::INT64:
        return AppendInt(ValueAt<arrow::Int64Array>(values, row), out_), true;
      case Type::UINT8:
        return AppendInt(ValueAt<arrow::UInt8Array>(values, row), out_), true;
      case Type::UINT16:
        return AppendInt(ValueAt<arrow::UInt16Array>(values, row), out_), true;
      case Type::UINT32:
        return AppendInt(ValueAt<arrow::UInt32Array>(values, row), out_), true;
      case Type::UINT64:
        return AppendUnsigned(ValueAt<arrow::UInt64Array>(values, row), out_), true;
      case Type::HALF_FLOAT:
        return AppendReal(
            arrow::util::Float16::FromBits(ValueAt<arrow::HalfFloatArray>(values, row)).ToDouble());
      case Type::FLOAT:
        return AppendReal(static_cast<double>(ValueAt<arrow::FloatArray>(values, row)));
      case Type::DOUBLE:
        return AppendReal(ValueAt<arrow::DoubleArray>(values, row));
      default:
        return AppendDecimals(values, row);
    }
  }

  bool AppendReal(double value) {
    AppendDouble(value, form_, out_);
    return true;
  }

  template <typename ArrayType, typename Decimal>
  bool AppendDecimalOf(const arrow::Array& values, int64_t row) {
    const auto& array = static_cast<const ArrayType&>(values);
    if (!form_.decimal_as_float64) {
      AppendDecimal(array.FormatValue(row), out_);
      return true;
    }
    const int32_t scale = static_cast<const arrow::DecimalType&>(*values.type()).scale();
    return AppendReal(Decimal(array.GetValue(row)).ToDouble(scale));
  }

  bool AppendDecimals(const arrow::Array& values, int64_t row) {
    switch (values.type_id()) {
      case Type::DECIMAL32:
        return AppendDecimalOf<arrow::Decimal32Array, arrow::Decimal32>(values, row);
      case Type::DECIMAL64:
        return AppendDecimalOf<arrow::Decimal64Array, arrow::Decimal64>(values, row);
      case Type::DECIMAL128:
        return AppendDecimalOf<arrow::Decimal128Array, arrow::Decimal128>(values, row);
      case Type::DECIMAL256:
        return AppendDecimalOf<arrow::Decimal256Array, arrow::Decimal256>(values, row);
      default:
        return false;
    }
  }

  template <typename ArrayType>
  bool AppendView(char tag, const arrow::Array& values, int64_t row) {
    AppendTagged(tag, static_cast<const ArrayType&>(values).GetView(row), out_);
    return true;
  }

  bool AppendBytes(const arrow::Array& values, int64_t row) {
    switch (values.type_id()) {
      case Type::STRING:
        return AppendView<arrow::StringArray>('s', values, row);
      case Type::LARGE_STRING:
        return AppendView<arrow::LargeStringArray>('s', values, row);
      case Type::STRING_VIEW:
        return AppendView<arrow::StringViewArray>('s', values, row);
      case Type::BINARY:
        return AppendView<arrow::BinaryArray>('x', values, row);
      case Type::LARGE_BINARY:
        return AppendView<arrow::LargeBinaryArray>('x', values, row);
      case Type::BINARY_VIEW:
        return AppendView<arrow::BinaryViewArray>('x', values, row);
      case Type::FIXED_SIZE_BINARY:
        return AppendView<arrow::FixedSizeBinaryArray>('x', values, row);
      default:
        return false;
    }
  }

  bool AppendTimes(const arrow::Array& values, int64_t row) {
    switch (values.type_id()) {
      case Type::DATE32:
        return AppendTime(ValueAt<arrow::Date32Array>(values, row) * kDaySeconds, 0, out_), true;
      case Type::DATE64:
        return AppendInstant(ValueAt<arrow::Date64Array>(values, row), arrow::TimeUnit::MILLI,
                             out_),
               true;
      case Type::TIMESTAMP:
        return AppendInstant(ValueAt<arrow::TimestampArray>(values, row),
                             static_cast<const arrow::TimestampType&>(*values.type()).unit(), out_),
               true;
      case Type::TIME32:
        *out_ += 'T';
        return AppendInstant(ValueAt<arrow::Time32Array>(values, row),
                             static_cast<const arrow::TimeType&>(*values.type()).unit(), out_),
               true;
      case Type::TIME64:
        *out_ += 'T';
        return AppendInstant(ValueAt<arrow::Time64Array>(values, row),
                             static_cast<const arrow::TimeType&>(*values.type()).unit(), out_),
               true;
      case Type::DURATION:
        *out_ += 'p';
        return AppendInstant(ValueAt<arrow::DurationArray>(values, row),
                             static_cast<const arrow::DurationType&>(*values.type()).unit(), out_),
               true;
      default:
        return false;
    }
  }

  template <typename ArrayType>
  void AppendItems(const arrow::Array& values, int64_t row) {
    const auto& array = static_cast<const ArrayType&>(values);
    *out_ += 'l';
    AppendRaw(static_cast<int64_t>(array.value_length(row)), out_);
    const int64_t first = array.value_offset(row);
    for (int64_t i = 0; i < array.value_length(row); ++i) Append(*array.values(), first + i);
  }

  void AppendFields(const arrow::StructArray& values, int64_t row) {
    const auto& type = static_cast<const arrow::StructType&>(*values.type());
    std::vector<int> order;
    for (int i = 0; i < type.num_fields(); ++i) {
      if (!values.field(i)->IsNull(row)) order.push_back(i);
    }
    std::sort(order.begin(), order.end(),
              [&](int a, int b) { return type.field(a)->name() < type.field(b)->name(); });
    *out_ += 'o';
    AppendRaw(static_cast<int64_t>(order.size()), out_);
    for (const int i : order) {
      AppendTagged('k', type.field(i)->name(), out_);
      Append(*values.field(i), row);
    }
  }

  void AppendNested(const arrow::Array& values, int64_t row) {
    switch (values.type_id()) {
      case Type::LIST:
        return AppendItems<arrow::ListArray>(values, row);
      case Type::LARGE_LIST:
        return AppendItems<arrow::LargeListArray>(values, row);
      case Type::FIXED_SIZE_LIST:
        return AppendItems<arrow::FixedSizeListArray>(values, row);
      case Type::MAP:
        return AppendItems<arrow::MapArray>(values, row);
      case Type::STRUCT:
        return AppendFields(static_cast<const arrow::StructArray&>(values), row);
      case Type::DICTIONARY: {
        const auto& array = static_cast<const arrow::DictionaryArray&>(values);
        return Append(*array.dictionary(), array.GetValueIndex(row));
      }
      case Type::EXTENSION:
        return Append(*static_cast<const arrow::ExtensionArray&>(values).storage(), row);
      default: {  // Unions, intervals, run-end encodings: as Arrow writes them.
        const auto scalar = values.GetScalar(row);
        AppendTagged('?', scalar.ok() ? (*scalar)->ToString() : "", out_);
      }
    }
  }

  const ValueForm form_;
  std::string* const out_;
};

bool Holds(const arrow::DataType& type, bool (*is)(Type::type)) {
  if (is(type.id())) return true;
  if (type.id() == Type::DICTIONARY) {
    return Holds(*static_cast<const arrow::DictionaryType&>(type).value_type(), is);
  }
  return std::any_of(type.fields().begin(), type.fields().end(),
                     [&](const auto& field) { return Holds(*field->type(), is); });
}

bool IsFloat32(Type::type id) { return id == Type::FLOAT || id == Type::HALF_FLOAT; }
bool IsDecimal(Type::type id) { return arrow::is_decimal(id); }

}  // namespace

ValueForm FormOf(const arrow::DataType& a, const arrow::DataType& b) {
  return {.as_float32 = Holds(a, IsFloat32) != Holds(b, IsFloat32),
          .decimal_as_float64 = Holds(a, IsDecimal) != Holds(b, IsDecimal)};
}

Hash128 HashValue(const arrow::Array& values, int64_t row, ValueForm form) {
  Hash128 hash;
  HashValues(values, row, 1, form, 1, &hash);
  return hash;
}

void HashValues(const arrow::Array& values, int64_t first, int64_t count, ValueForm form,
                size_t stride, Hash128* hashes) {
  if (IsText(*values.type())) {
    const TextView texts(values);
    for (int64_t i = 0; i < count; ++i) {
      hashes[static_cast<size_t>(i) * stride] =
          values.IsNull(first + i) ? Xxh3Hash128("n") : Xxh3Hash128(texts[first + i], kTextSeed);
    }
    return;
  }
  std::string bytes;
  Canonical canonical(form, &bytes);
  for (int64_t i = 0; i < count; ++i) {
    bytes.clear();
    canonical.Append(values, first + i);
    // What is text inside (a dictionary of texts) is text.
    constexpr size_t kTextHead = 1 + sizeof(uint64_t);
    hashes[static_cast<size_t>(i) * stride] =
        bytes[0] == 's' ? Xxh3Hash128(std::string_view(bytes).substr(kTextHead), kTextSeed)
                        : Xxh3Hash128(bytes);
  }
}

}  // namespace hubmill
