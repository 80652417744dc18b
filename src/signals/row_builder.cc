#include "signals/row_builder.h"

#include <cmath>
#include <cstring>

#include "base/check.h"
#include "base/ecma_number.h"
#include "base/json_text.h"
#include "signals/ecma_json.h"
#include "signals/row_check.h"

namespace hubmill {
namespace {

constexpr size_t kWordBytesMax = 128;  // With quotes, of what a checked string may be.
constexpr size_t kRowStringsMax = 16;  // Of those, outside the features.
constexpr size_t kCompatGrowth = 8;    // `"` in a text within a text becomes `\\\"`.

// Short texts are copied as blocks of a fixed size, which needs no call: what is written too much
// is written over, or lies behind the row.
constexpr size_t kKeyBlock = 32;
constexpr size_t kNumberBlock = 24;

/// `,"KEY":`
struct PaddedKey {
  explicit PaddedKey(const std::string& key) : size(key.size()) {
    HUBMILL_CHECK(key.size() <= sizeof(text), "a key has at most 64 bytes");
    std::memcpy(text, key.data(), key.size());
  }
  char text[80] = {};
  size_t size;
};

bool IsTruthy(const FieldValue& value) {
  switch (value.kind) {
    case FieldKind::kAbsent:
    case FieldKind::kNull:
    case FieldKind::kFalse:
      return false;
    case FieldKind::kNumber:
      return value.number != 0;
    case FieldKind::kString:
      return !value.text.empty();
    default:
      return true;
  }
}

}  // namespace

const char* NameOf(RowRule rule) {
  constexpr const char* kNames[] = {"too_long",     "email",    "phone",        "address",
                                    "unexpected",   "missing",  "null",         "not_object",
                                    "repeated_key", "not_text", "not_number",   "not_boolean",
                                    "not_list",     "not_id",   "not_time",     "out_of_range",
                                    "not_whole",    "too_many", "other_schema", "not_exported"};
  static_assert(std::size(kNames) == size_t(RowRule::kNotExported) + 1);
  return kNames[size_t(rule)];
}

std::string TextOf(const SignalsSchema& schema, const RowFault& fault) {
  const std::string name = NameOfPlace(schema, fault.place);
  const bool feature = fault.place >= RowPlace::kPlaces;
  const std::string tail = Concat(": key=", name, " rule=", NameOf(fault.rule));
  switch (fault.rule) {
    case RowRule::kTooLong:
      return Concat(feature ? "String feature too long: " : "String too long: ", name, " (",
                    fault.size, " chars) rule=too_long");
    case RowRule::kEmail:
    case RowRule::kPhone:
      return (feature ? "PII detected in feature string" : "PII detected") + tail;
    case RowRule::kAddress:
      return (feature ? "Address detected in feature string" : "Address detected") + tail;
    case RowRule::kUnexpected:
      return (feature ? "Unexpected string value in features" : "Unexpected string value") + tail;
    default:
      return "not as the schema says" + tail;
  }
}

/// Writes a checked row.  Room for all of it is made once, so that nothing is asked on the way.
class RowBuilder::Writer {
 public:
  Writer(const SignalsSchema& schema, bool compat) : schema_(schema), compat_(compat) {
    window_rule_ = schema.Find("window_rule");
    schema_text_ = R"("schema_version":")" + schema.version + R"(","schema_hash":")" +
                   SchemaHash(schema.version, schema.Keys()) + '"';
    room_ = schema_text_.size() + kRowStringsMax * kWordBytesMax;
    for (const SignalsFeature& feature : schema.features) {
      keys_.emplace_back((keys_.empty() ? "\"" : ",\"") + feature.key + "\":");
      room_ += keys_.back().size +
               (feature.type == FeatureType::kEnum ? kWordBytesMax : kEcmaNumberBytesMax);
    }
  }

  Status Write(const ParsedRow& row, size_t line_bytes, arrow::BufferBuilder* out) {
    const size_t room = room_ + (compat_ ? kCompatGrowth * line_bytes : 0);
    ARROW_RETURN_NOT_OK(out->Reserve(int64_t(room)));
    start_ = at_ = reinterpret_cast<char*>(out->mutable_data()) + out->length();
    Put("{");
    const bool has_id = row[RowPlace::kId].kind != FieldKind::kAbsent || compat_;
    Member("example_id", row[has_id ? RowPlace::kId : RowPlace::kExampleId]);
    Member("created_at", row[RowPlace::kCreatedAt]);
    Member("source", row[RowPlace::kSource]);
    Member("industry_key", row[RowPlace::kIndustryKey]);
    Comma();
    Put(schema_text_);
    WriteWindowRule(row);
    WriteFeatures(row);
    WriteTargets(row);
    WriteLabels(row);
    Put("}\n");
    HUBMILL_CHECK(size_t(at_ - start_) <= room, "a row has no more text than there is room for");
    out->UnsafeAdvance(at_ - start_);
    return Status::OK();
  }

 private:
  void Put(std::string_view text) {
    std::memcpy(at_, text.data(), text.size());
    at_ += text.size();
  }
  void Comma() {
    if (at_[-1] != '{') *at_++ = ',';
  }
  void Key(std::string_view key) {
    Comma();
    *at_++ = '"';
    Put(key);
    Put("\":");
  }
  /// What is exported is checked to need no escape; in compat nothing is.
  void Value(const FieldValue& value) {
    if (compat_) {
      text_.clear();
      AppendEcmaJson(value, &text_);
      Put(text_);
    } else if (value.IsString()) {
      *at_++ = '"';
      Put(value.text);
      *at_++ = '"';
    } else if (value.kind == FieldKind::kNumber) {
      Number(value);
    } else {
      Put(value.raw);
    }
  }
  void Number(const FieldValue& value) {
    if (value.canonical) {  // At most 17 bytes, and the row has zeros behind it.
      std::memcpy(at_, value.raw.data(), kNumberBlock);
      at_ += value.raw.size();
      return;
    }
    if (std::isinf(value.number)) return Put("null");
    at_ += WriteEcmaNumber(value.number, at_);
  }
  void Member(std::string_view key, const FieldValue& value) {
    if (value.kind == FieldKind::kAbsent) return;
    Key(key);
    Value(value);
  }

  void Feature(const FieldValue& value) {
    if (value.kind == FieldKind::kNumber) return Number(value);
    if (value.IsString()) return Value(value);
    Put("null");  // Absent, null, and what is neither text nor number.
  }

  void WriteWindowRule(const ParsedRow& row) {
    if (window_rule_ < 0) return;
    const FieldValue& feature = row.features[size_t(window_rule_)];
    const FieldValue& of_row = row[RowPlace::kWindowRule];
    Key("window_rule");
    const bool exported = row[RowPlace::kId].kind == FieldKind::kAbsent;  // A row of a bundle.
    const bool missing =
        feature.kind == FieldKind::kAbsent || (feature.kind == FieldKind::kNull && exported);
    Feature(missing && of_row.IsString() && !compat_ ? of_row : feature);
  }

  void WriteFeatures(const ParsedRow& row) {
    Key("features");
    *at_++ = '{';
    for (size_t i = 0; i < keys_.size(); ++i) {
      std::memcpy(at_, keys_[i].text, kKeyBlock);
      if (keys_[i].size > kKeyBlock) {
        std::memcpy(at_ + kKeyBlock, keys_[i].text + kKeyBlock, sizeof(keys_[i].text) - kKeyBlock);
      }
      at_ += keys_[i].size;
      Feature(row.features[i]);
    }
    *at_++ = '}';
  }

  void WriteTargets(const ParsedRow& row) {
    Key("targets");
    *at_++ = '{';
    const FieldValue& keys = row[RowPlace::kPressureKeys];
    if (IsTruthy(keys)) {
      Key("pressure_keys");
      RenderList(keys);
      if (schema_.pressure_list && !compat_) {
        Put(text_);
      } else {
        quoted_.clear();
        AppendJsonString(text_, &quoted_);
        Put(quoted_);
      }
    }
    if (IsTruthy(row[RowPlace::kBoundaryClass])) {
      Member("boundary_class", row[RowPlace::kBoundaryClass]);
    }
    *at_++ = '}';
  }

  /// The list as compact JSON, in `text_`.  Checked slugs hold no blank, so the blanks of their
  /// list are all that is too much; a bundle has the list as text.
  void RenderList(const FieldValue& value) {
    text_.clear();
    const std::string_view list = value.IsString() ? value.text : value.raw;
    if (compat_) return AppendEcmaJson(value, &text_);
    if (list.find('\\') != list.npos) {
      FieldValue escaped = value;
      escaped.kind = FieldKind::kList;
      escaped.raw = list;
      return AppendEcmaJson(escaped, &text_);
    }
    for (const char c : list) {
      if (c != ' ' && c != '\t' && c != '\r' && c != '\n') text_ += c;
    }
  }

  void WriteLabels(const ParsedRow& row) {
    const FieldKind labels = row[RowPlace::kLabels].kind;
    if (labels == FieldKind::kAbsent || labels == FieldKind::kNull) return;
    Key("labels");
    *at_++ = '{';
    Member("reviewer_score", row[RowPlace::kReviewerScore]);
    if (IsTruthy(row[RowPlace::kClientFeedback])) {
      Member("client_feedback", row[RowPlace::kClientFeedback]);
    }
    Member("mapping_was_wrong", row[RowPlace::kMappingWasWrong]);
    Member("outcome_next_step_chosen", row[RowPlace::kOutcomeNextStep]);
    *at_++ = '}';
  }

  const SignalsSchema& schema_;
  const bool compat_;
  int window_rule_ = -1;
  std::string schema_text_;
  std::vector<PaddedKey> keys_;  // Of each feature.
  size_t room_ = 0;
  std::string text_;
  std::string quoted_;
  char* start_ = nullptr;
  char* at_ = nullptr;
};

RowBuilder::RowBuilder(const SignalsSchema* schema, RowOptions options)
    : schema_(schema),
      options_(std::move(options)),
      parser_(schema),
      writer_(std::make_unique<Writer>(*schema, options_.compat)) {}

RowBuilder::~RowBuilder() = default;

/// Exact equality with the fields of the row, before anything is checked.
bool RowBuilder::Filtered() const {
  const auto other = [this](const std::string& wanted, RowPlace place) {
    const FieldValue& value = parsed_[place];
    return !wanted.empty() && !(value.IsString() && value.text == wanted);
  };
  return other(options_.source, RowPlace::kSource) ||
         other(options_.industry, RowPlace::kIndustryKey);
}

Status RowBuilder::Build(std::string_view line, BuiltRow* row, arrow::BufferBuilder* out) {
  row->facts = {};
  row->faults.clear();
  row->unknown = &parsed_.unknown;
  if (!parser_.Parse(line, &parsed_)) {
    parsed_.unknown.clear();
    row->facts.state = RowState::kNotJson;
    return Status::OK();
  }
  row->source = parsed_[RowPlace::kSource].IsString() ? parsed_[RowPlace::kSource].text : "";
  row->industry =
      parsed_[RowPlace::kIndustryKey].IsString() ? parsed_[RowPlace::kIndustryKey].text : "";
  if (Filtered()) {
    row->facts.state = RowState::kFiltered;
    return Status::OK();
  }
  const auto check = options_.compat ? &CheckRowCompat : &CheckRow;
  check(*schema_, parsed_, &row->facts, &row->faults);
  if (!row->faults.empty()) {
    row->facts.state = RowState::kRefused;
    return Status::OK();
  }
  const FieldValue& id = parsed_[RowPlace::kId];
  const FieldValue& exported = parsed_[RowPlace::kExampleId];
  const FieldValue& named = id.kind == FieldKind::kAbsent ? exported : id;
  if (named.IsString()) row->facts.id = Xxh3Hash128(named.text);
  return writer_->Write(parsed_, line.size(), out);
}

}  // namespace hubmill
