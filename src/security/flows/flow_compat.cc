// The original's rules, to the letter: `A or B or "?"` takes the first column that Python holds
// true, so a port, a duration or a label of 0 counts as absent; labels are guessed by substring
// (IoT-23) or by "anything but benign" (the others).  docs/recipes/security-flows.md lists where
// the rules of this product differ.
#include <algorithm>
#include <array>
#include <cmath>
#include <vector>

#include "base/ascii.h"
#include "base/utf8.h"
#include "security/flows/flow_record.h"
#include "security/flows/flow_value.h"

namespace hubmill {
namespace {

using Kind = FlowValue::Kind;
using Names = std::vector<const char*>;

// Places in the table of names below; a place is the columns to try, in order.
enum Part : uint8_t {
  kDevice,
  kProto,
  kDuration,
  kBytes,
  kBytesOut,
  kBytesIn,
  kByteRate,
  kFlags,
  kTextSport,
  kTextDport,
  kLabel,
  kGroupLabel,
  kScenario,
  kFamily,
  kKeySrc,
  kKeyDst,
  kKeySport,
  kKeyDport,
  kKeyOut,
  kKeyIn,
  kKeyDuration,
  kKeyState,
  kKeyService,
  kParts
};

std::array<Names, kParts> IotNames() {
  std::array<Names, kParts> names;
  names[kDevice] = {"device", "hostname"};
  names[kProto] = {"protocol", "proto"};
  names[kDuration] = {"duration", "flow_duration"};
  names[kBytes] = {"total_bytes", "bytes"};
  names[kBytesOut] = {"orig_bytes"};
  names[kBytesIn] = {"resp_bytes"};
  names[kFlags] = {"flags", "tcp_flags", "history"};
  names[kTextSport] = {"src_port", "sport", "id.orig_p", "Src Port"};
  names[kTextDport] = {"dst_port", "dport", "id.resp_p", "Dst Port"};
  names[kLabel] = {"label", "binary_label", "Attack_label"};
  names[kGroupLabel] = {"label", "binary_label"};
  names[kScenario] = {"scenario", "Label", "conn_state", "service"};
  names[kFamily] = {"attack_type", "family"};
  names[kKeySrc] = {"src_ip", "source_ip", "src", "id.orig_h"};
  names[kKeyDst] = {"dst_ip", "destination_ip", "dst", "id.resp_h"};
  names[kKeySport] = {"src_port", "sport", "src_port_num", "id.orig_p"};
  names[kKeyDport] = {"dst_port", "dport", "dst_port_num", "id.resp_p"};
  return names;
}

std::array<Names, kParts> OodNames() {
  std::array<Names, kParts> names;
  names[kDevice] = {"device"};
  names[kProto] = {"proto", "Protocol Type", "Protocol"};
  names[kDuration] = {"duration", "flow_duration", "dur"};
  names[kBytes] = {"bytes", "tot_bytes"};
  names[kBytesOut] = {"sbytes"};
  names[kBytesIn] = {"dbytes"};
  names[kByteRate] = {"Flow Bytes/s", "Tot Fwd Pkts"};
  names[kTextSport] = names[kKeySport] = {"sport", "src_port", "Src Port"};
  names[kTextDport] = names[kKeyDport] = {"dport", "dst_port", "Dst Port"};
  names[kLabel] = {"Label", "label", "attack_cat", "attack", "binary_label"};
  names[kScenario] = {"scenario", "attack_cat", "state"};
  names[kFamily] = {"attack_cat", "family"};
  names[kKeySrc] = {"src_ip", "srcip"};
  names[kKeyDst] = {"dst_ip", "dstip"};
  names[kKeyOut] = {"sbytes", "Tot Fwd Pkts", "Fwd Pkt Len Tot"};
  names[kKeyIn] = {"dbytes", "Tot Bwd Pkts", "Bwd Pkt Len Tot"};
  names[kKeyDuration] = {"duration", "flow_duration", "Flow Duration"};
  names[kKeyState] = {"state", "conn_state"};
  names[kKeyService] = {"service", "Service"};
  return names;
}

using Places = std::array<std::vector<int>, kParts>;

class CompatReader final : public FlowReader {
 public:
  CompatReader(FlowSource source, const Places& places, std::vector<FlowColumn> columns)
      : iot_(source == FlowSource::kIot23), places_(places), columns_(std::move(columns)) {}

  Status Read(int64_t row, FlowRecord* record) const override {
    std::string& text = record->question;
    text = "Device ";
    AddFirst(kDevice, row, "unknown-device", &text);
    text += " observed ";
    AddFirst(kProto, row, "?", &text);
    text += ' ';
    AddPort(kTextSport, row, &text);
    text += "\u2192";
    AddPort(kTextDport, row, &text);
    text += ", duration ";
    AddFirst(kDuration, row, "?", &text);
    text += ", bytes ";
    ARROW_RETURN_NOT_OK(AddBytes(row, &text));
    if (iot_) {
      text += ", flags [";
      AddFirst(kFlags, row, "", &text);
      text += "]. Decide: Malicious or Benign (you may Abstain if unsure).";
    } else {
      text += ". Decide Malicious/Benign.";
    }
    record->scenario.clear();
    AddFirst(kScenario, row, "unknown", &record->scenario);
    record->attack_family.clear();
    AddFirst(kFamily, row, "NA", &record->attack_family);
    ReadLabel(row, record);
    record->key.clear();
    constexpr std::array kKey = {kKeySrc, kKeyDst, kKeySport,    kKeyDport, kProto,
                                 kKeyOut, kKeyIn,  kKeyDuration, kKeyState, kKeyService};
    for (size_t i = 0; i < (iot_ ? 5 : kKey.size()); ++i) {
      if (i > 0) record->key += '|';
      AddFirst(kKey[i], row, "?", &record->key);
    }
    return Status::OK();
  }

 private:
  /// The first value that Python holds true; null where there is none.
  FlowValue First(Part part, int64_t row) const {
    for (const int place : places_[part]) {
      const FlowValue value = columns_[size_t(place)].At(row);
      if (!IsFalsy(value)) return value;
    }
    return {};
  }

  void AddFirst(Part part, int64_t row, const char* otherwise, std::string* out) const {
    const FlowValue value = First(part, row);
    if (value.kind == Kind::kNull) {
      *out += otherwise;
    } else {
      AppendPythonText(value, out);
    }
  }

  /// IoT-23 prints port 0, and takes no negative one and no `-`; the others take what is true.
  void AddPort(Part part, int64_t row, std::string* out) const {
    if (!iot_) return AddFirst(part, row, "?", out);
    for (const int place : places_[part]) {
      const FlowValue value = columns_[size_t(place)].At(row);
      if (value.kind == Kind::kText) {
        const std::string_view word = StripPythonSpace(value.text);
        if (word.empty() || word == "-") continue;
        *out += word;
        return;
      }
      const double number = value.kind == Kind::kNumber ? value.number : double(value.integer);
      if (value.kind == Kind::kNull || !(number >= 0) || number >= 0x1p63) continue;
      FlowValue whole{.kind = Kind::kInteger, .integer = value.integer};
      if (value.kind == Kind::kNumber) whole.integer = int64_t(number);
      return AppendPythonText(whole, out);
    }
    *out += '?';
  }

  Status AddBytes(int64_t row, std::string* out) const {
    const FlowValue total = First(kBytes, row);
    if (total.kind != Kind::kNull) {
      AppendPythonText(total, out);
      return Status::OK();
    }
    const FlowValue sent = First(kBytesOut, row);
    const FlowValue received = First(kBytesIn, row);
    if (sent.kind == Kind::kNull && received.kind == Kind::kNull) {
      AddFirst(kByteRate, row, "?", out);
      return Status::OK();
    }
    const bool text = sent.kind == Kind::kText || received.kind == Kind::kText;
    if (text && sent.kind == received.kind) {  // "1" + "2" is "12" in Python.
      AppendPythonText(sent, out);
      AppendPythonText(received, out);
      return Status::OK();
    }
    if (text) {
      return DataRefused("bytes are a text, which the original cannot add to a number: columns=",
                         iot_ ? "orig_bytes, resp_bytes" : "sbytes, dbytes",
                         "; remedy: leave --compat out, or store numbers");
    }
    FlowValue sum;
    if (sent.kind == Kind::kNumber || received.kind == Kind::kNumber) {
      const auto number = [](const FlowValue& value) {
        return value.kind == Kind::kNumber ? value.number : double(value.integer);
      };
      sum = {.kind = Kind::kNumber, .number = number(sent) + number(received)};
    } else {
      sum.kind = Kind::kInteger;
      if (__builtin_add_overflow(sent.integer, received.integer, &sum.integer)) {
        return DataRefused("bytes are too large to be added; remedy: leave --compat out");
      }
    }
    // The sum of two true values may be 0 (-1 + 1), which is no value either.
    if (IsFalsy(sum)) {
      AddFirst(kByteRate, row, "?", out);
    } else {
      AppendPythonText(sum, out);
    }
    return Status::OK();
  }

  void ReadLabel(int64_t row, FlowRecord* record) const {
    std::string label;
    AddFirst(kLabel, row, "", &label);
    label = AsciiLowered(label);
    bool malicious;
    if (iot_) {
      malicious = label.find("mal") != label.npos || label == "1";
    } else {
      malicious = label != "benign" && label != "normal" && label != "0";
    }
    record->answer = malicious ? FlowAnswer::kMalicious : FlowAnswer::kBenign;
    record->label.clear();
    AddFirst(kGroupLabel, row, "unknown", &record->label);
  }

  const bool iot_;
  const Places& places_;
  const std::vector<FlowColumn> columns_;
};

class CompatRules final : public FlowRules {
 public:
  static Result<std::unique_ptr<CompatRules>> Make(FlowSource source, const arrow::Schema& schema) {
    auto rules = std::make_unique<CompatRules>();
    rules->source_ = source;
    const auto names = source == FlowSource::kIot23 ? IotNames() : OodNames();
    for (size_t part = 0; part < kParts; ++part) {
      for (const char* name : names[part]) {
        const int index = schema.GetFieldIndex(name);
        if (index < 0) continue;
        ARROW_RETURN_NOT_OK(FlowColumn::CheckType(*schema.field(index)));
        auto& used = rules->columns_;
        const auto at = std::find(used.begin(), used.end(), index);
        rules->places_[part].push_back(int(at - used.begin()));
        if (at == used.end()) used.push_back(index);
      }
    }
    return rules;
  }

  Result<std::unique_ptr<FlowReader>> Open(const arrow::RecordBatch& rows) const override {
    ARROW_ASSIGN_OR_RAISE(std::vector<FlowColumn> columns, FlowColumn::MakeAll(rows, columns_));
    return std::make_unique<CompatReader>(source_, places_, std::move(columns));
  }

 private:
  FlowSource source_ = FlowSource::kIot23;
  Places places_;
  std::vector<int> columns_;  // Of the batch.
};

}  // namespace

Result<std::unique_ptr<FlowRules>> CompatFlowRules(FlowSource source, const arrow::Schema& schema) {
  return CompatRules::Make(source, schema);
}

}  // namespace hubmill
