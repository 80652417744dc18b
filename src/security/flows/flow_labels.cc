// Names are compared by their letters, digits and `&` alone, in lower case: `Web Attack – XSS` is
// published with an en dash, a hyphen and, where a program decoded the page wrongly, U+FFFD.
#include "security/flows/flow_labels.h"

#include <algorithm>
#include <array>
#include <span>
#include <string>

namespace hubmill {
namespace {

struct Family {
  std::string_view key;
  std::string_view name;
};

constexpr std::array kIotFamilies = {
    Family{"attack", "Attack"},
    Family{"c&c", "C&C"},
    Family{"c&cfiledownload", "C&C-FileDownload"},
    Family{"c&cheartbeat", "C&C-HeartBeat"},
    Family{"c&cheartbeatattack", "C&C-HeartBeat-Attack"},
    Family{"c&cheartbeatfiledownload", "C&C-HeartBeat-FileDownload"},
    Family{"c&cmirai", "C&C-Mirai"},
    Family{"c&cpartofahorizontalportscan", "C&C-PartOfAHorizontalPortScan"},
    Family{"c&ctorii", "C&C-Torii"},
    Family{"ddos", "DDoS"},
    Family{"filedownload", "FileDownload"},
    Family{"okiru", "Okiru"},
    Family{"okiruattack", "Okiru-Attack"},
    Family{"partofahorizontalportscan", "PartOfAHorizontalPortScan"},
    Family{"partofahorizontalportscanattack", "PartOfAHorizontalPortScan-Attack"},
};

constexpr std::array kCicFamilies = {
    Family{"bot", "Bot"},
    Family{"bruteforce", "Brute Force"},
    Family{"ddos", "DDoS"},
    Family{"dos", "DoS"},
    Family{"dosgoldeneye", "DoS GoldenEye"},
    Family{"doshulk", "DoS Hulk"},
    Family{"dosslowhttptest", "DoS Slowhttptest"},
    Family{"dosslowloris", "DoS slowloris"},
    Family{"ftppatator", "FTP-Patator"},
    Family{"heartbleed", "Heartbleed"},
    Family{"infilteration", "Infiltration"},
    Family{"infiltration", "Infiltration"},
    Family{"portscan", "PortScan"},
    Family{"sshpatator", "SSH-Patator"},
    Family{"webattack", "Web Attack"},
    Family{"webattackbruteforce", "Web Attack - Brute Force"},
    Family{"webattacksqlinjection", "Web Attack - Sql Injection"},
    Family{"webattackxss", "Web Attack - XSS"},
};

constexpr std::array kUnswFamilies = {
    Family{"analysis", "Analysis"},   Family{"backdoor", "Backdoor"},
    Family{"backdoors", "Backdoor"},  Family{"dos", "DoS"},
    Family{"exploits", "Exploits"},   Family{"fuzzers", "Fuzzers"},
    Family{"generic", "Generic"},     Family{"reconnaissance", "Reconnaissance"},
    Family{"shellcode", "Shellcode"}, Family{"worms", "Worms"},
};

constexpr std::string_view kNoFamily = "NA";

std::span<const Family> FamiliesOf(FlowSource source) {
  if (source == FlowSource::kIot23) return kIotFamilies;
  if (source == FlowSource::kCicIds2017) return kCicFamilies;
  return kUnswFamilies;
}

/// The family's name, or empty.
std::string_view FindFamily(FlowSource source, std::string_view key) {
  for (const Family& family : FamiliesOf(source)) {
    if (family.key == key) return family.name;
  }
  return {};
}

/// Letters, digits and `&` of `text`, in lower case.
std::string KeyOf(std::string_view text) {
  std::string key(text.size(), '\0');
  size_t size = 0;
  for (const char c : text) {
    if (c >= 'A' && c <= 'Z') {
      key[size++] = char(c - 'A' + 'a');
    } else if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '&') {
      key[size++] = c;
    }
  }
  key.resize(size);
  return key;
}

/// What the label alone says.
FlowLabel FromLabel(FlowSource source, const FlowValue& label) {
  if (const auto number = NumberOf(label)) {
    if (*number == 0) return {FlowAnswer::kBenign, kNoFamily};
    if (*number == 1) return {FlowAnswer::kMalicious, kNoFamily};
    return {};
  }
  if (label.kind != FlowValue::Kind::kText) return {};
  const std::string whole = KeyOf(label.text);
  std::string_view key = whole;
  if (key == "benign" || key == "normal") return {FlowAnswer::kBenign, kNoFamily};
  if (source == FlowSource::kIot23) {
    // `(empty)   Malicious   DDoS`: three columns of a Zeek log read as one.
    if (key.starts_with("empty")) key.remove_prefix(5);
    if (key == "benign") return {FlowAnswer::kBenign, kNoFamily};
    if (key == "malicious") return {FlowAnswer::kMalicious, kNoFamily};
    if (key.starts_with("malicious")) key.remove_prefix(9);
  }
  const std::string_view family = FindFamily(source, key);
  return family.empty() ? FlowLabel{} : FlowLabel{FlowAnswer::kMalicious, family};
}

}  // namespace

FlowLabel ReadFlowLabel(FlowSource source, const FlowValue& label, const FlowValue& family) {
  FlowLabel found = FromLabel(source, label);
  std::string buffer;
  const std::string_view word = WordOf(family, &buffer);
  if (word.empty()) return found;
  const std::string key = KeyOf(word);
  const bool normal = key == "normal" || key == "benign";
  const std::string_view name = FindFamily(source, key);
  if (label.kind == FlowValue::Kind::kNull && source == FlowSource::kUnswNb15) {
    found.answer = normal ? FlowAnswer::kBenign : FlowAnswer::kMalicious;
  }
  const bool benign = found.answer == FlowAnswer::kBenign;
  if (found.answer == FlowAnswer::kUnknown || benign != normal || (!normal && name.empty())) {
    return {};
  }
  if (!benign) found.family = name;
  return found;
}

}  // namespace hubmill
