#include "signals/ecma_json.h"

#include <cmath>

#include "base/ecma_number.h"
#include "base/json_text.h"
#include "base/json_value.h"
#include "io/json_scan.h"

namespace hubmill {
namespace {

void AppendNumber(double value, std::string* out) {
  if (!std::isfinite(value)) {
    *out += "null";
    return;
  }
  char text[kEcmaNumberBytesMax];
  out->append(text, WriteEcmaNumber(value, text));
}

void Append(const JsonValue& value, std::string* out) {
  using Kind = JsonValue::Kind;
  switch (value.kind) {
    case Kind::kNull:
      *out += "null";
      return;
    case Kind::kBool:
      *out += value.boolean ? "true" : "false";
      return;
    case Kind::kInt: {
      double number = HUGE_VAL;
      (void)ParseDouble(value.text, &number);
      return AppendNumber(number, out);
    }
    case Kind::kDouble:
      return AppendNumber(value.number, out);
    case Kind::kString:
      return AppendJsonString(value.text, out);
    case Kind::kList: {
      *out += '[';
      for (const JsonValue& item : value.items) {
        if (&item != value.items.data()) *out += ',';
        Append(item, out);
      }
      *out += ']';
      return;
    }
    case Kind::kObject: {
      *out += '{';
      for (const JsonMember& member : value.members) {
        if (&member != value.members.data()) *out += ',';
        AppendJsonString(member.key, out);
        *out += ':';
        Append(member.value, out);
      }
      *out += '}';
    }
  }
}

}  // namespace

void AppendEcmaJson(const FieldValue& value, std::string* out) {
  switch (value.kind) {
    case FieldKind::kString:
      return AppendJsonString(value.text, out);
    case FieldKind::kNumber:
      return AppendNumber(value.number, out);
    case FieldKind::kList:
    case FieldKind::kObject: {
      JsonValue tree;
      if (ParseJsonValue(value.raw, &tree)) {
        *out += "null";  // Deeper than the tree goes.
      } else {
        Append(tree, out);
      }
      return;
    }
    default:
      out->append(value.raw);
  }
}

}  // namespace hubmill
