// The compact protocol: numbers are zigzag varints, a field's header holds the difference to the id
// before it, and a struct ends with a zero byte.
#include "io/thrift_compact.h"

#include <cstring>
#include <utility>

#include "base/check.h"

namespace hubmill {
namespace {

constexpr uint8_t kStop = 0;
constexpr int kVarintBytesMax = 10;

uint64_t ZigZag(int64_t value) { return (uint64_t(value) << 1) ^ uint64_t(value >> 63); }
int64_t UnZigZag(uint64_t value) { return int64_t(value >> 1) ^ -int64_t(value & 1); }

bool IsKnownType(uint8_t type) { return (type >= 1 && type <= 9) || type == 12; }

class Parser {
 public:
  explicit Parser(std::string_view input) : input_(input) {}

  std::string_view rest() const { return input_; }

  bool Struct(ThriftValue* out, int depth) {
    out->type = ThriftType::kStruct;
    if (depth > kThriftDepthMax) return false;
    int64_t id = 0;
    while (true) {
      uint8_t header = 0;
      if (!Byte(&header)) return false;
      if (header == kStop) return true;
      const uint8_t type = header & 0x0f;
      if (!IsKnownType(type)) return false;
      if (header >> 4 != 0) {
        id += header >> 4;
      } else if (!Number(&id)) {
        return false;
      }
      if (id < INT16_MIN || id > INT16_MAX) return false;
      ThriftField& field = out->fields.emplace_back();
      field.id = int16_t(id);
      field.value.type = ThriftType(type);
      if (type > 2 && !Value(&field.value, depth)) return false;  // A boolean is its type.
    }
  }

 private:
  bool Byte(uint8_t* out) {
    if (input_.empty()) return false;
    *out = uint8_t(input_.front());
    input_.remove_prefix(1);
    return true;
  }

  bool Varint(uint64_t* out) {
    *out = 0;
    for (int i = 0; i < kVarintBytesMax; ++i) {
      uint8_t byte = 0;
      if (!Byte(&byte)) return false;
      if (i == kVarintBytesMax - 1 && byte > 1) return false;
      *out |= uint64_t(byte & 0x7f) << (7 * i);
      if (byte < 0x80) return true;
    }
    return false;
  }

  bool Number(int64_t* out) {
    uint64_t raw = 0;
    if (!Varint(&raw)) return false;
    *out = UnZigZag(raw);
    return true;
  }

  bool List(ThriftValue* out, int depth) {
    uint8_t header = 0;
    if (!Byte(&header)) return false;
    uint64_t count = header >> 4;
    if (count == 15 && !Varint(&count)) return false;
    const uint8_t type = header & 0x0f;
    if (!IsKnownType(type) || count > input_.size() || depth > kThriftDepthMax) return false;
    out->item_type = ThriftType(type);
    out->items.reserve(count);
    for (uint64_t i = 0; i < count; ++i) {
      ThriftValue& item = out->items.emplace_back();
      item.type = out->item_type;
      if (!Value(&item, depth)) return false;
    }
    return true;
  }

  bool Value(ThriftValue* out, int depth) {
    uint8_t byte = 0;
    uint64_t length = 0;
    switch (out->type) {
      case ThriftType::kTrue:
      case ThriftType::kFalse:
      case ThriftType::kByte:
        if (!Byte(&byte)) return false;
        out->number = byte;
        return true;
      case ThriftType::kI16:
        return Number(&out->number) && out->number >= INT16_MIN && out->number <= INT16_MAX;
      case ThriftType::kI32:
        return Number(&out->number) && out->number >= INT32_MIN && out->number <= INT32_MAX;
      case ThriftType::kI64:
        return Number(&out->number);
      case ThriftType::kDouble:
        if (input_.size() < 8) return false;
        std::memcpy(&out->number, input_.data(), 8);
        input_.remove_prefix(8);
        return true;
      case ThriftType::kBinary:
        if (!Varint(&length) || length > input_.size()) return false;
        out->bytes = input_.substr(0, length);
        input_.remove_prefix(length);
        return true;
      case ThriftType::kList:
        return List(out, depth + 1);
      case ThriftType::kStruct:
        return Struct(out, depth + 1);
    }
    return false;
  }

  std::string_view input_;
};

void RenderVarint(uint64_t value, std::string* out) {
  for (; value >= 0x80; value >>= 7) out->push_back(char(value | 0x80));
  out->push_back(char(value));
}

void RenderValue(const ThriftValue& value, std::string* out) {
  switch (value.type) {
    case ThriftType::kTrue:
    case ThriftType::kFalse:
    case ThriftType::kByte:
      out->push_back(char(value.number));
      return;
    case ThriftType::kI16:
    case ThriftType::kI32:
    case ThriftType::kI64:
      RenderVarint(ZigZag(value.number), out);
      return;
    case ThriftType::kDouble:
      out->append(reinterpret_cast<const char*>(&value.number), 8);
      return;
    case ThriftType::kBinary:
      RenderVarint(value.bytes.size(), out);
      out->append(value.bytes);
      return;
    case ThriftType::kList: {
      const size_t count = value.items.size();
      out->push_back(char((count < 15 ? count << 4 : 0xf0) | uint8_t(value.item_type)));
      if (count >= 15) RenderVarint(count, out);
      for (const ThriftValue& item : value.items) RenderValue(item, out);
      return;
    }
    case ThriftType::kStruct:
      RenderThrift(value, out);
  }
}

}  // namespace

const ThriftValue* ThriftValue::Find(int16_t id) const {
  for (const ThriftField& field : fields) {
    if (field.id == id) return &field.value;
  }
  return nullptr;
}

ThriftValue* ThriftValue::Find(int16_t id) {
  return const_cast<ThriftValue*>(std::as_const(*this).Find(id));
}

// Written out: clang 14 crashes on a defaulted comparison of a type that holds a vector of itself.
bool ThriftValue::operator==(const ThriftValue& other) const {
  return type == other.type && item_type == other.item_type && number == other.number &&
         bytes == other.bytes && items == other.items && fields == other.fields;
}

Result<ThriftValue> ParseThrift(std::string_view* input) {
  ThriftValue value;
  Parser parser(*input);
  if (input->size() > kThriftBytesMax || !parser.Struct(&value, 0)) {
    return DataRefused("not a Thrift compact struct: bytes=", input->size(),
                       " offset=", input->size() - parser.rest().size(),
                       "; remedy: write the file again");
  }
  *input = parser.rest();
  return value;
}

void RenderThrift(const ThriftValue& value, std::string* out) {
  HUBMILL_CHECK(value.type == ThriftType::kStruct, "a Thrift document is a struct");
  int id_before = 0;
  for (const ThriftField& field : value.fields) {
    const int delta = field.id - id_before;
    const uint8_t type = uint8_t(field.value.type);
    if (delta >= 1 && delta <= 15) {
      out->push_back(char(delta << 4 | type));
    } else {
      out->push_back(char(type));
      RenderVarint(ZigZag(field.id), out);
    }
    if (type > 2) RenderValue(field.value, out);
    id_before = field.id;
  }
  out->push_back(char(kStop));
}

}  // namespace hubmill
