#include "io/postgres/pg_values.h"

#include <arrow/builder.h>
#include <arrow/type.h>
#include <arrow/util/decimal.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "base/utf8.h"
#include "core/bulk_pool.h"

namespace hubmill {
namespace {

constexpr int32_t kEpochDays = 10957;  // 2000-01-01, from which PostgreSQL counts.
constexpr int64_t kEpochMicros = int64_t{kEpochDays} * 86'400'000'000;
constexpr size_t kNumericDigitsMax = 1 << 17;  // PostgreSQL: 131,072 before the point.

/// Values of a fixed size; Convert is `bool(Wire, Value*)`, false where the type cannot hold it.
template <typename Wire, typename Builder, typename Convert>
class FixedReader final : public PgReader {
 public:
  FixedReader(std::unique_ptr<Builder> builder, Convert convert)
      : builder_(std::move(builder)), convert_(convert) {}

  Status Append(std::string_view value, const char** wrong) override {
    Value converted{};
    *wrong = Read(value, &converted);
    return *wrong == nullptr ? builder_->Append(converted) : Status::OK();
  }

  Status AppendAll(std::span<const std::string_view> values, std::vector<PgWrong>* wrong) override {
    if (values.empty()) return Status::OK();  // An empty vector's data() may be null.
    std::vector<Value> converted(values.size());
    std::vector<uint8_t> is_valid(values.size());
    for (size_t i = 0; i < values.size(); ++i) {
      if (values[i].data() == nullptr) continue;
      is_valid[i] = 1;
      const char* why = Read(values[i], &converted[i]);
      if (why != nullptr) wrong->push_back({.index = i, .why = why});
    }
    return builder_->AppendValues(converted.data(), int64_t(converted.size()), is_valid.data());
  }

  arrow::ArrayBuilder* builder() override { return builder_.get(); }

 private:
  using Value = typename Builder::value_type;

  /// Null, or what is wrong.
  const char* Read(std::string_view value, Value* converted) const {
    if (value.size() != sizeof(Wire)) return kPgMalformed;
    return convert_(ReadBigEndian<Wire>(value.data()), converted)
               ? nullptr
               : "infinite, or outside the type's range";
  }

  std::unique_ptr<Builder> builder_;
  Convert convert_;
};

template <typename Wire, typename Builder, typename Convert>
std::unique_ptr<PgReader> MakeFixed(std::unique_ptr<Builder> builder, Convert convert) {
  return std::make_unique<FixedReader<Wire, Builder, Convert>>(std::move(builder), convert);
}

class BoolReader final : public PgReader {
 public:
  Status Append(std::string_view value, const char** wrong) override {
    if (value.size() == 1) return builder_.Append(value[0] != 0);
    *wrong = kPgMalformed;
    return Status::OK();
  }
  arrow::ArrayBuilder* builder() override { return &builder_; }

 private:
  arrow::BooleanBuilder builder_{BulkPool()};
};

Status AppendBytes(std::span<const std::string_view> values, arrow::BinaryBuilder* builder) {
  size_t bytes = 0;
  for (const std::string_view value : values) bytes += value.size();
  ARROW_RETURN_NOT_OK(builder->Reserve(int64_t(values.size())));
  ARROW_RETURN_NOT_OK(builder->ReserveData(int64_t(bytes)));
  for (const std::string_view value : values) {
    if (value.data() == nullptr) {
      builder->UnsafeAppendNull();
    } else {
      builder->UnsafeAppend(value);
    }
  }
  return Status::OK();
}

class BytesReader final : public PgReader {
 public:
  Status Append(std::string_view value, const char** wrong) override {
    (void)wrong;
    return builder_.Append(value);
  }
  Status AppendAll(std::span<const std::string_view> values, std::vector<PgWrong>*) override {
    return AppendBytes(values, &builder_);
  }
  arrow::ArrayBuilder* builder() override { return &builder_; }

 private:
  arrow::BinaryBuilder builder_{BulkPool()};
};

/// Text, and what becomes text.
class TextReader final : public PgReader {
 public:
  explicit TextReader(PgKind kind) : kind_(kind) {}

  Status Append(std::string_view value, const char** wrong) override {
    if (kind_ == PgKind::kUuid || kind_ == PgKind::kNumericText) {
      text_.clear();
      const bool good =
          kind_ == PgKind::kUuid ? AppendUuid(value, &text_) : AppendPgNumeric(value, &text_);
      if (!good) *wrong = kPgMalformed;
      return good ? builder_.Append(text_) : Status::OK();
    }
    if (kind_ == PgKind::kJsonb) {
      if (value.empty() || value[0] != 1) {
        *wrong = "jsonb of an unknown version";
        return Status::OK();
      }
      value.remove_prefix(1);
    }
    if (!IsValidUtf8(value)) {
      *wrong = "not UTF-8";
      return Status::OK();
    }
    return builder_.Append(value);
  }

  Status AppendAll(std::span<const std::string_view> values, std::vector<PgWrong>* wrong) override {
    const bool plain =
        kind_ == PgKind::kText && std::all_of(values.begin(), values.end(), &IsValidUtf8);
    return plain ? AppendBytes(values, &builder_) : PgReader::AppendAll(values, wrong);
  }

  arrow::ArrayBuilder* builder() override { return &builder_; }

 private:
  static bool AppendUuid(std::string_view value, std::string* out) {
    if (value.size() != 16) return false;
    for (size_t i = 0; i < value.size(); ++i) {
      if (i == 4 || i == 6 || i == 8 || i == 10) *out += '-';
      const auto byte = uint8_t(value[i]);
      *out += "0123456789abcdef"[byte >> 4];
      *out += "0123456789abcdef"[byte & 15];
    }
    return true;
  }

  const PgKind kind_;
  std::string text_;
  arrow::StringBuilder builder_{BulkPool()};
};

class DecimalReader final : public PgReader {
 public:
  explicit DecimalReader(const PgType& type)
      : type_(type), builder_(arrow::decimal128(type.precision, type.scale), BulkPool()) {}

  Status Append(std::string_view value, const char** wrong) override {
    text_.clear();
    if (!AppendPgNumeric(value, &text_)) {
      *wrong = kPgMalformed;
      return Status::OK();
    }
    arrow::Decimal128 number;
    int32_t precision = 0;
    int32_t scale = 0;
    if (!arrow::Decimal128::FromString(text_, &number, &precision, &scale).ok()) {
      *wrong = "NaN or infinite";
      return Status::OK();
    }
    auto scaled = number.Rescale(scale, type_.scale);
    if (!scaled.ok() || !scaled->FitsInPrecision(type_.precision)) {
      *wrong = "outside the type's range";
      return Status::OK();
    }
    return builder_.Append(*scaled);
  }
  arrow::ArrayBuilder* builder() override { return &builder_; }

 private:
  const PgType type_;
  std::string text_;
  arrow::Decimal128Builder builder_;
};

/// A one-dimensional array: dimensions, a flag for nulls, the items' type; the dimension's size and
/// first index; then length and bytes of each item (array_send in arrayfuncs.c).
class ListReader final : public PgReader {
 public:
  explicit ListReader(std::unique_ptr<PgReader> item)
      : item_(std::move(item)),
        // The list's builder wants to own its items' builder; the reader keeps it.
        builder_(BulkPool(),
                 std::shared_ptr<arrow::ArrayBuilder>(std::shared_ptr<void>(), item_->builder())) {}

  Status Append(std::string_view value, const char** wrong) override {
    if (value.size() < 12) {
      *wrong = kPgMalformed;
      return Status::OK();
    }
    const auto dimensions = ReadBigEndian<int32_t>(value.data());
    value.remove_prefix(12);
    if (dimensions > 1) {
      *wrong = "an array of more than one dimension";
      return Status::OK();
    }
    if (dimensions < 0 || (dimensions == 1 && value.size() < 8)) {
      *wrong = kPgMalformed;
      return Status::OK();
    }
    items_.clear();
    if (dimensions == 1) {
      const auto count = ReadBigEndian<int32_t>(value.data());
      value.remove_prefix(8);
      if (!Split(value, count)) {
        *wrong = kPgMalformed;
        return Status::OK();
      }
    }
    return AppendItems(wrong);
  }
  arrow::ArrayBuilder* builder() override { return &builder_; }

 private:
  /// Fills items_: null where the view's data is.
  bool Split(std::string_view value, int32_t count) {
    for (int32_t i = 0; i < count; ++i) {
      if (value.size() < 4) return false;
      const auto length = ReadBigEndian<int32_t>(value.data());
      value.remove_prefix(4);
      if (length < 0) {
        items_.emplace_back();
        continue;
      }
      if (size_t(length) > value.size()) return false;
      items_.push_back(value.substr(0, size_t(length)));
      value.remove_prefix(size_t(length));
    }
    return count >= 0 && value.empty();
  }

  /// An item that cannot be held leaves those before it in the items' builder, in no list; the
  /// caller decodes such columns again, without the row.
  Status AppendItems(const char** wrong) {
    ARROW_RETURN_NOT_OK(builder_.Append());
    for (const std::string_view item : items_) {
      if (item.data() == nullptr) {
        ARROW_RETURN_NOT_OK(item_->builder()->AppendNull());
        continue;
      }
      ARROW_RETURN_NOT_OK(item_->Append(item, wrong));
      if (*wrong != nullptr) return Status::OK();
    }
    return Status::OK();
  }

  std::unique_ptr<PgReader> item_;
  std::vector<std::string_view> items_;
  arrow::ListBuilder builder_;
};

template <typename Builder>
std::unique_ptr<PgReader> MakeNumber() {
  using Value = typename Builder::value_type;
  using Wire =
      std::conditional_t<std::is_same_v<Value, float>, int32_t,
                         std::conditional_t<std::is_same_v<Value, double>, int64_t, Value>>;
  return MakeFixed<Wire>(std::make_unique<Builder>(BulkPool()), [](Wire wire, Value* value) {
    *value = std::bit_cast<Value>(wire);
    return true;
  });
}

std::unique_ptr<PgReader> MakeTimestamp(const std::shared_ptr<arrow::DataType>& type) {
  return MakeFixed<int64_t>(std::make_unique<arrow::TimestampBuilder>(type, BulkPool()),
                            [](int64_t micros, int64_t* value) {
                              const bool infinite = micros == INT64_MAX || micros == INT64_MIN;
                              return !infinite &&
                                     !__builtin_add_overflow(micros, kEpochMicros, value);
                            });
}

}  // namespace

const char* const kPgMalformed = "malformed";

Status PgReader::AppendAll(std::span<const std::string_view> values, std::vector<PgWrong>* wrong) {
  for (size_t i = 0; i < values.size(); ++i) {
    if (values[i].data() == nullptr) {
      ARROW_RETURN_NOT_OK(builder()->AppendNull());
      continue;
    }
    const char* why = nullptr;
    ARROW_RETURN_NOT_OK(Append(values[i], &why));
    if (why != nullptr) wrong->push_back({.index = i, .why = why});
  }
  return Status::OK();
}

std::unique_ptr<PgReader> MakePgReader(const PgType& type) {
  if (type.array) {
    PgType item = type;
    item.array = false;
    return std::make_unique<ListReader>(MakePgReader(item));
  }
  switch (type.kind) {
    case PgKind::kBool:
      return std::make_unique<BoolReader>();
    case PgKind::kInt16:
      return MakeNumber<arrow::Int16Builder>();
    case PgKind::kInt32:
      return MakeNumber<arrow::Int32Builder>();
    case PgKind::kInt64:
      return MakeNumber<arrow::Int64Builder>();
    case PgKind::kOid:
      return MakeFixed<int32_t>(std::make_unique<arrow::Int64Builder>(BulkPool()),
                                [](int32_t wire, int64_t* value) {
                                  *value = uint32_t(wire);
                                  return true;
                                });
    case PgKind::kFloat32:
      return MakeNumber<arrow::FloatBuilder>();
    case PgKind::kFloat64:
      return MakeNumber<arrow::DoubleBuilder>();
    case PgKind::kDecimal:
      return std::make_unique<DecimalReader>(type);
    case PgKind::kBytes:
      return std::make_unique<BytesReader>();
    case PgKind::kDate:
      return MakeFixed<int32_t>(
          std::make_unique<arrow::Date32Builder>(BulkPool()), [](int32_t days, int32_t* value) {
            const bool infinite = days == INT32_MAX || days == INT32_MIN;
            return !infinite && !__builtin_add_overflow(days, kEpochDays, value);
          });
    case PgKind::kTime:
      return MakeFixed<int64_t>(
          std::make_unique<arrow::Time64Builder>(arrow::time64(arrow::TimeUnit::MICRO), BulkPool()),
          [](int64_t micros, int64_t* value) {
            *value = micros;
            return micros >= 0 && micros <= 86'400'000'000;
          });
    case PgKind::kTimestamp:
    case PgKind::kTimestampUtc:
      return MakeTimestamp(ArrowTypeOf(type));
    case PgKind::kNumericText:
    case PgKind::kText:
    case PgKind::kJsonb:
    case PgKind::kUuid:
      break;
  }
  return std::make_unique<TextReader>(type.kind);
}

bool AppendPgNumeric(std::string_view value, std::string* out) {
  if (value.size() < 8) return false;
  const auto digits = size_t(ReadBigEndian<uint16_t>(value.data()));
  const auto weight = ReadBigEndian<int16_t>(value.data() + 2);
  const auto sign = ReadBigEndian<uint16_t>(value.data() + 4);
  const auto scale = ReadBigEndian<uint16_t>(value.data() + 6);
  if (sign == 0xC000 || sign == 0xD000 || sign == 0xF000) {
    *out += sign == 0xC000 ? "NaN" : sign == 0xD000 ? "Infinity" : "-Infinity";
    return true;
  }
  if ((sign != 0 && sign != 0x4000) || value.size() != 8 + 2 * digits || scale > 0x3FFF ||
      digits > kNumericDigitsMax) {
    return false;
  }
  const auto group_at = [&](int64_t index) {  // Four decimal digits; zero outside what was sent.
    if (index < 0 || size_t(index) >= digits) return 0;
    return int(ReadBigEndian<uint16_t>(value.data() + 8 + 2 * size_t(index)));
  };
  for (size_t i = 0; i < digits; ++i) {
    if (group_at(int64_t(i)) > 9999) return false;
  }
  const auto append_group = [out](int group) {
    for (const int unit : {1000, 100, 10, 1}) *out += char('0' + group / unit % 10);
  };
  if (sign == 0x4000) *out += '-';
  const size_t start = out->size();
  for (int64_t i = 0; i <= weight; ++i) append_group(group_at(i));
  const size_t zeros = std::min(out->find_first_not_of('0', start), out->size()) - start;
  out->erase(start, zeros);
  if (out->size() == start) *out += '0';
  if (scale == 0) return true;
  *out += '.';
  const size_t point_end = out->size();
  for (int64_t i = int64_t{weight} + 1; out->size() - point_end < scale; ++i)
    append_group(group_at(i));
  out->resize(point_end + scale);
  return true;
}

}  // namespace hubmill
