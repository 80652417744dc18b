// Copies of the three sets differ in what they have: addresses and ports are left out of some, as
// are Zeek's detailed label and CIC's protocol.  So a column may be one that every published form
// has; one that has always been published together with certain others, so that without it they
// show that it was lost or renamed; or one that is read where it is there.  A part that two columns
// claim is refused, since which of them is right is not for us to say.
#include "security/flows/flow_columns.h"

#include <algorithm>
#include <initializer_list>
#include <set>

namespace hubmill {
namespace {

enum Need : uint8_t { kOptional, kAlways };

/// A column by its published name, and other names that copies give it.
struct Column {
  FlowPart part;
  const char* name;
  std::vector<const char*> also;
  Need need = kOptional;
  std::vector<const char*> with = {};  // Needed where one of these is there.
};

std::vector<Column> IotColumns() {
  return {
      {kSrcHost, "id.orig_h", {"src_ip", "source_ip"}, kOptional, {"id.resp_h"}},
      {kDstHost, "id.resp_h", {"dst_ip", "destination_ip"}, kOptional, {"id.orig_h"}},
      {kSrcPort, "id.orig_p", {"src_port", "sport"}, kAlways},
      {kDstPort, "id.resp_p", {"dst_port", "dport"}, kAlways},
      {kProto, "proto", {"protocol"}, kAlways},
      {kService, "service", {}, kAlways},
      {kDuration, "duration", {}, kAlways},
      {kBytesOut, "orig_bytes", {}, kAlways},
      {kBytesIn, "resp_bytes", {}, kAlways},
      {kState, "conn_state", {}, kAlways},
      {kHistory, "history", {}, kAlways},
      {kLabel, "label", {"binary_label"}, kAlways},
      // The Hub's copies have no detail; Zeek's logs have this beside `label`.
      {kFamily, "detailed-label", {"attack_type"}, kOptional, {"tunnel_parents"}},
      {kScenario, "scenario", {"capture"}},
      {kDevice, "device", {"hostname"}},
  };
}

std::vector<Column> CicColumns() {
  // MachineLearningCVE leaves out all of these but the target port.
  const std::vector<const char*> identity = {"Flow ID", "Source IP", "Src IP", "Destination IP",
                                             "Dst IP"};
  std::vector<const char*> protocol = identity;
  protocol.insert(protocol.end(), {"Source Port", "Src Port", "Timestamp"});
  const std::vector<const char*> packets = {"Total Fwd Packets", "Total Fwd Packet",
                                            "Tot Fwd Pkts",      "Total Backward Packets",
                                            "Total Bwd Packets", "Tot Bwd Pkts"};
  std::vector<const char*> sent = packets, received = packets;
  received.insert(received.end(), {"Total Length of Fwd Packets", "Total Length of Fwd Packet",
                                   "TotLen Fwd Pkts", "Fwd Packets Length Total"});
  sent.insert(sent.end(), {"Total Length of Bwd Packets", "Total Length of Bwd Packet",
                           "TotLen Bwd Pkts", "Bwd Packets Length Total"});
  const std::vector<const char*> flags = {"FIN Flag Count", "SYN Flag Count", "RST Flag Count",
                                          "PSH Flag Count", "ACK Flag Count", "URG Flag Count",
                                          "FIN Flag Cnt",   "SYN Flag Cnt",   "RST Flag Cnt",
                                          "PSH Flag Cnt",   "ACK Flag Cnt",   "URG Flag Cnt"};
  return {
      {kSrcHost, "Source IP", {"src_ip"}, kOptional, {"Flow ID", "Destination IP", "Dst IP"}},
      {kDstHost, "Destination IP", {"dst_ip"}, kOptional, {"Flow ID", "Source IP", "Src IP"}},
      {kSrcPort, "Source Port", {"src_port"}, kOptional, identity},
      {kDstPort, "Destination Port", {"dst_port"}, kAlways},
      {kProto, "Protocol", {"proto"}, kOptional, protocol},
      {kDuration, "Flow Duration", {}, kAlways},
      {kBytesOut,
       "Total Length of Fwd Packets",
       {"Total Length of Fwd Packet", "TotLen Fwd Pkts", "Fwd Packets Length Total"},
       kOptional,
       sent},
      {kBytesIn,
       "Total Length of Bwd Packets",
       {"Total Length of Bwd Packet", "TotLen Bwd Pkts", "Bwd Packets Length Total"},
       kOptional,
       received},
      {kByteRate, "Flow Bytes/s", {"Flow Byts/s"}, kAlways},
      {kFin, "FIN Flag Count", {"FIN Flag Cnt"}, kOptional, flags},
      {kSyn, "SYN Flag Count", {"SYN Flag Cnt"}, kOptional, flags},
      {kRst, "RST Flag Count", {"RST Flag Cnt"}, kOptional, flags},
      {kAck, "ACK Flag Count", {"ACK Flag Cnt"}, kOptional, flags},
      {kLabel, "Label", {}, kAlways},
  };
}

std::vector<Column> UnswColumns() {
  // The four raw parts have addresses and ports, the training and testing sets neither.
  return {
      {kSrcHost, "srcip", {}, kOptional, {"dstip"}},
      {kDstHost, "dstip", {}, kOptional, {"srcip"}},
      {kSrcPort, "sport", {}, kOptional, {"srcip", "dstip", "dsport", "dport"}},
      {kDstPort, "dsport", {"dport"}, kOptional, {"srcip", "dstip", "sport"}},
      {kProto, "proto", {}, kAlways},
      {kService, "service", {}, kAlways},
      {kDuration, "dur", {}, kAlways},
      {kBytesOut, "sbytes", {}, kAlways},
      {kBytesIn, "dbytes", {}, kAlways},
      {kState, "state", {}, kAlways},
      {kLabel, "label", {}, kAlways},
      {kFamily, "attack_cat", {}, kAlways},
  };
}

std::vector<Column> ColumnsOf(FlowSource source) {
  if (source == FlowSource::kIot23) return IotColumns();
  return source == FlowSource::kCicIds2017 ? CicColumns() : UnswColumns();
}

/// Letters, digits and `/` of a column's name, in lower case: ` Dst Port` is `dst_port`.
std::string NameKey(std::string_view name) {
  std::string key;
  for (const char c : name) {
    if (c >= 'A' && c <= 'Z') {
      key += char(c - 'A' + 'a');
    } else if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '/') {
      key += c;
    }
  }
  return key;
}

/// `Label` of `Label.1`, as a reader numbers columns of one name; empty where there is no number.
std::string_view Unnumbered(std::string_view name) {
  const size_t last = name.find_last_not_of("0123456789");
  const bool numbered = last != name.npos && last > 0 && last + 1 < name.size();
  return numbered && name[last] == '.' ? name.substr(0, last) : std::string_view();
}

constexpr size_t kNameBytesMax = 60;

std::string Quoted(const std::string& name) {
  return Concat('"', name.substr(0, kNameBytesMax), '"');
}

/// The names of a file's columns, by how they are compared.
class NameTable {
 public:
  explicit NameTable(const std::vector<std::string>& names) : names_(names) {
    for (const std::string& name : names) keys_.push_back(NameKey(name));
  }

  bool Has(const char* name) const {
    return std::find(keys_.begin(), keys_.end(), NameKey(name)) != keys_.end();
  }

  /// Every column of the meaning, ascending.
  std::vector<int> Find(const Column& column) const {
    std::set<std::string> wanted = {NameKey(column.name)};
    for (const char* name : column.also) wanted.insert(NameKey(name));
    std::vector<int> found;
    for (size_t i = 0; i < names_.size(); ++i) {
      const std::string_view first = Unnumbered(names_[i]);
      const bool repeats = !first.empty() && wanted.contains(NameKey(first)) &&
                           std::find(names_.begin(), names_.end(), first) != names_.end();
      if (repeats || wanted.contains(keys_[i])) found.push_back(int(i));
    }
    return found;
  }

 private:
  const std::vector<std::string>& names_;
  std::vector<std::string> keys_;
};

void AddTo(std::string* list, const std::string& text) {
  if (!list->empty()) *list += ", ";
  *list += text;
}

/// Everything that is wrong with the columns, in one refusal.
Status Refuse(FlowSource source, const std::string& file, const std::string& missing,
              const std::string& doubled, const std::vector<std::string>& names) {
  constexpr size_t kNamesMax = 30;
  std::string found;
  for (size_t i = 0; i < std::min(names.size(), kNamesMax); ++i) AddTo(&found, Quoted(names[i]));
  if (names.empty()) found = "none";
  if (names.size() > kNamesMax) found += Concat(" and ", names.size() - kNamesMax);
  std::string where = Concat("source=", NameOf(source));
  if (!file.empty()) where += " file=" + file;
  const std::string names_remedy =
      "check that this is the right source, and give its columns their published names "
      "(docs/recipes/security-flows.md)";
  const std::string doubled_remedy = "leave one column of each meaning, or rename the others";
  if (doubled.empty()) {
    return DataRefused("the source lacks columns of its kind: ", where, " missing=", missing,
                       " found=", found, "; remedy: ", names_remedy);
  }
  if (missing.empty()) {
    return DataRefused("the source has columns of one meaning: ", where,
                       " of_one_meaning=", doubled, " found=", found, "; remedy: ", doubled_remedy);
  }
  return DataRefused("the source lacks columns of its kind: ", where, " missing=", missing,
                     " of_one_meaning=", doubled, " found=", found, "; remedy: ", names_remedy,
                     "; ", doubled_remedy);
}

}  // namespace

Result<FlowColumns> FindFlowColumns(FlowSource source, const std::vector<std::string>& names,
                                    const std::string& file) {
  const NameTable table(names);
  FlowColumns out;
  out.places.fill(-1);
  std::string missing, doubled;
  for (const Column& column : ColumnsOf(source)) {
    const std::vector<int> found = table.Find(column);
    if (found.size() > 1) {
      std::string all;
      for (const int index : found) {
        if (!all.empty()) all += ' ';
        all += Quoted(names[size_t(index)]);
      }
      AddTo(&doubled, all);
    }
    if (!found.empty()) {
      out.places[column.part] = int(out.columns.size());
      out.columns.push_back(found[0]);
      continue;
    }
    const bool lengths_instead = column.part == kByteRate && out.places[kBytesOut] >= 0;
    const auto beside = std::find_if(column.with.begin(), column.with.end(),
                                     [&](const char* name) { return table.Has(name); });
    if (beside != column.with.end()) {
      AddTo(&missing, Concat(Quoted(column.name), " (published with ", Quoted(*beside), ")"));
    } else if (column.need == kAlways && !lengths_instead) {
      AddTo(&missing, Quoted(column.name));
    }
  }
  if (missing.empty() && doubled.empty()) return out;
  return Refuse(source, file, missing, doubled, names);
}

}  // namespace hubmill
