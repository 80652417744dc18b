// The rules of this product: one question for all sources, zero is a value, units are the same
// everywhere (seconds, bytes of both directions), labels by table, the identity made of everything
// that a source knows of a flow.  docs/recipes/security-flows.md has the tables for people.
#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstring>
#include <vector>

#include "security/flows/flow_columns.h"
#include "security/flows/flow_labels.h"
#include "security/flows/flow_record.h"
#include "security/flows/flow_value.h"

namespace hubmill {
namespace {

constexpr int64_t kPortMax = 65'535;
constexpr int64_t kCountMax = int64_t{1} << 53;

/// Writes texts and numbers one behind the other into memory that was reserved before.
class CharWriter {
 public:
  /// `out` must have room for all that is put, until Finish().
  explicit CharWriter(std::string* out, size_t bytes_max) : out_(out) {
    if (out->size() < bytes_max) out->resize(bytes_max);
    at_ = out->data();
  }

  void Put(char c) { *at_++ = c; }
  void Put(std::string_view text) {
    std::memcpy(at_, text.data(), text.size());
    at_ += text.size();
  }
  void Put(const std::optional<int64_t>& value) {
    if (value) {
      at_ = std::to_chars(at_, at_ + kIntegerBytes, *value).ptr;
    } else {
      *at_++ = '?';
    }
  }
  /// In lower case, `?` where it is empty.
  void PutLower(std::string_view word) {
    if (word.empty()) *at_++ = '?';
    for (const char c : word) *at_++ = c >= 'A' && c <= 'Z' ? char(c - 'A' + 'a') : c;
  }
  /// Seconds with as many digits as they need, at most six.
  void PutSeconds(const std::optional<int64_t>& micros) {
    if (!micros) return Put('?');
    Put(std::optional(*micros / 1'000'000));
    int64_t rest = *micros % 1'000'000;
    if (rest == 0) return;
    *at_ = '.';
    for (int i = 6; i > 0; --i, rest /= 10) at_[i] = char('0' + rest % 10);
    at_ += 7;
    while (at_[-1] == '0') --at_;
  }
  void Finish() { out_->resize(size_t(at_ - out_->data())); }

  static constexpr size_t kIntegerBytes = 20;

 private:
  std::string* const out_;
  char* at_;
};

using Places = std::array<int, kFlowParts>;

class CanonicalReader final : public FlowReader {
 public:
  CanonicalReader(FlowSource source, const Places& places, std::vector<FlowColumn> columns)
      : source_(source), places_(places), columns_(std::move(columns)) {}

  Status Read(int64_t row, FlowRecord* record) const override {
    const std::string_view protocol = ProtocolAt(row);
    const auto source_port = WholeOf(At(kSrcPort, row), kPortMax);
    const auto target_port = WholeOf(At(kDstPort, row), kPortMax);
    const auto micros = MicrosAt(row);
    const auto sent = WholeOf(At(kBytesOut, row), kCountMax);
    const auto received = WholeOf(At(kBytesIn, row), kCountMax);
    std::optional<int64_t> bytes;
    if (sent && received) {
      bytes = *sent + *received;
    } else {
      bytes = BytesByRate(row, micros);
    }

    constexpr size_t kFixedBytes = 160 + 6 * CharWriter::kIntegerBytes;  // Words come on top.
    const std::string_view device = WordAt(kDevice, row, &device_);
    CharWriter text(&record->question, kFixedBytes + device.size() + protocol.size());
    text.Put("Device ");
    text.Put(device.empty() ? "unknown-device" : device);
    text.Put(" observed ");
    text.Put(protocol);
    text.Put(' ');
    text.Put(source_port);
    text.Put("\u2192");
    text.Put(target_port);
    text.Put(", duration ");
    text.PutSeconds(micros);
    text.Put(", bytes ");
    text.Put(bytes);
    text.Put(", flags [");
    PutFlags(row, protocol, &text);
    text.Put("]. Decide: Malicious or Benign (you may Abstain if unsure).");
    text.Finish();

    const std::string_view source_host = WordAt(kSrcHost, row, &source_host_);
    const std::string_view target_host = WordAt(kDstHost, row, &target_host_);
    const std::string_view state = WordAt(kState, row, &state_);
    const std::string_view service = WordAt(kService, row, &service_);
    CharWriter key(&record->key, kFixedBytes + source_host.size() + target_host.size() +
                                     protocol.size() + state.size() + service.size());
    key.PutLower(source_host);
    key.Put('|');
    key.PutLower(target_host);
    key.Put('|');
    key.Put(source_port);
    key.Put('|');
    key.Put(target_port);
    key.Put('|');
    key.Put(protocol);
    key.Put('|');
    key.Put(micros);
    key.Put('|');
    key.Put(sent ? sent : received ? std::nullopt : bytes);
    key.Put('|');
    key.Put(received);
    key.Put('|');
    key.PutLower(state);
    key.Put('|');
    key.PutLower(service);
    key.Finish();
    ReadScenario(row, record);
    ReadLabel(row, record);
    return Status::OK();
  }

 private:
  FlowValue At(FlowPart part, int64_t row) const {
    const int place = places_[part];
    return place < 0 ? FlowValue() : columns_[size_t(place)].At(row);
  }

  std::string_view WordAt(FlowPart part, int64_t row, std::string* buffer) const {
    return WordOf(At(part, row), buffer);
  }

  /// "tcp", as IANA's list has it in lower case; "proto-N" for numbers that are rare.  Valid until
  /// the next row's.
  std::string_view ProtocolAt(int64_t row) const {
    const FlowValue value = At(kProto, row);
    if (const auto number = WholeOf(value, 255)) {
      constexpr std::array<std::pair<int64_t, const char*>, 6> kNames = {
          {{1, "icmp"}, {2, "igmp"}, {6, "tcp"}, {17, "udp"}, {47, "gre"}, {58, "ipv6-icmp"}}};
      for (const auto& [known, name] : kNames) {
        if (known == *number) return name;
      }
      protocol_ = "proto-" + std::to_string(*number);
      return protocol_;
    }
    const std::string_view word = WordOf(value, &protocol_word_);
    CharWriter lower(&protocol_, word.size() + 1);
    lower.PutLower(word);
    lower.Finish();
    return protocol_;
  }

  std::optional<int64_t> MicrosAt(int64_t row) const {
    const auto duration = NumberOf(At(kDuration, row));
    const double per_unit = source_ == FlowSource::kCicIds2017 ? 1 : 1e6;
    if (!duration || *duration < 0 || *duration * per_unit > double(kCountMax)) return std::nullopt;
    return std::llround(*duration * per_unit);
  }

  /// Where CIC-IDS-2017 comes without lengths: bytes a second times seconds.
  std::optional<int64_t> BytesByRate(int64_t row, const std::optional<int64_t>& micros) const {
    const auto rate = NumberOf(At(kByteRate, row));
    if (!rate || !micros || *rate < 0) return std::nullopt;
    const double bytes = *rate * double(*micros) / 1e6;
    if (bytes > double(kCountMax)) return std::nullopt;
    return std::llround(bytes);
  }

  /// The TCP flags that were seen, of S, A, F, R: of Zeek's history, of CIC's counts, of UNSW's
  /// state.
  void PutFlags(int64_t row, std::string_view protocol, CharWriter* out) const {
    if (protocol != "tcp" && protocol != "?") return;
    bool syn = false, ack = false, fin = false, rst = false;
    std::string buffer;
    for (const char c : WordAt(kHistory, row, &buffer)) {
      const char flag = char(c | 0x20);
      syn |= flag == 's' || flag == 'h';
      ack |= flag == 'a' || flag == 'h';
      fin |= flag == 'f';
      rst |= flag == 'r';
    }
    if (source_ == FlowSource::kUnswNb15) {
      const std::string_view state = WordAt(kState, row, &buffer);
      fin |= state == "FIN";
      rst |= state == "RST";
    }
    const auto seen = [&](FlowPart part) { return NumberOf(At(part, row)).value_or(0) > 0; };
    if (syn || seen(kSyn)) out->Put('S');
    if (ack || seen(kAck)) out->Put('A');
    if (fin || seen(kFin)) out->Put('F');
    if (rst || seen(kRst)) out->Put('R');
  }

  bool IsBlank(int64_t row) const {
    return std::all_of(columns_.begin(), columns_.end(), [row](const FlowColumn& column) {
      const FlowValue value = column.At(row);
      return value.kind == FlowValue::Kind::kNull ||
             (value.kind == FlowValue::Kind::kText &&
              value.text.find_first_not_of(" \t") == std::string_view::npos);
    });
  }

  void ReadScenario(int64_t row, FlowRecord* record) const {
    std::string buffer;
    std::string_view word = WordAt(kScenario, row, &buffer);
    if (word.empty()) word = WordAt(kState, row, &buffer);
    record->scenario = word.empty() ? "unknown" : word;
  }

  void ReadLabel(int64_t row, FlowRecord* record) const {
    const FlowValue label = At(kLabel, row);
    const FlowValue family = At(kFamily, row);
    const FlowLabel found = ReadFlowLabel(source_, label, family);
    record->answer = found.answer;
    record->attack_family = found.family;
    record->label.clear();
    record->blank = false;
    if (found.answer != FlowAnswer::kUnknown) return;
    record->blank = IsBlank(row);
    std::string buffer;
    record->label = WordOf(label, &buffer);
    const std::string_view word = WordOf(family, &buffer);
    if (!word.empty()) record->label.append(" / ").append(word);
  }

  const FlowSource source_;
  const Places& places_;
  const std::vector<FlowColumn> columns_;
  // Of the row that is read: words that are no texts in their column.
  mutable std::string protocol_, protocol_word_, device_, source_host_, target_host_, state_,
      service_;
};

class CanonicalRules final : public FlowRules {
 public:
  static Result<std::unique_ptr<CanonicalRules>> Make(FlowSource source,
                                                      const arrow::Schema& schema) {
    ARROW_ASSIGN_OR_RAISE(FlowColumns found, FindFlowColumns(source, schema.field_names(), ""));
    for (const int index : found.columns) {
      ARROW_RETURN_NOT_OK(FlowColumn::CheckType(*schema.field(index)));
    }
    auto rules = std::make_unique<CanonicalRules>();
    rules->source_ = source;
    rules->places_ = found.places;
    rules->columns_ = std::move(found.columns);
    return rules;
  }

  Result<std::unique_ptr<FlowReader>> Open(const arrow::RecordBatch& rows) const override {
    ARROW_ASSIGN_OR_RAISE(std::vector<FlowColumn> columns, FlowColumn::MakeAll(rows, columns_));
    return std::make_unique<CanonicalReader>(source_, places_, std::move(columns));
  }

 private:
  FlowSource source_ = FlowSource::kIot23;
  Places places_{};
  std::vector<int> columns_;  // Of the batch.
};

}  // namespace

const char* NameOf(FlowSource source) {
  if (source == FlowSource::kIot23) return "iot23";
  return source == FlowSource::kCicIds2017 ? "cic-ids-2017" : "unsw-nb15";
}

std::optional<FlowSource> FlowSourceOf(std::string_view name) {
  for (const auto source : {FlowSource::kIot23, FlowSource::kCicIds2017, FlowSource::kUnswNb15}) {
    if (name == NameOf(source)) return source;
  }
  return std::nullopt;
}

const char* NameOf(FlowAnswer answer) {
  if (answer == FlowAnswer::kUnknown) return "";
  return answer == FlowAnswer::kBenign ? "Benign" : "Malicious";
}

Result<std::unique_ptr<FlowRules>> CanonicalFlowRules(FlowSource source,
                                                      const arrow::Schema& schema) {
  return CanonicalRules::Make(source, schema);
}

}  // namespace hubmill
