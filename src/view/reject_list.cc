#include "view/reject_list.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <optional>
#include <string_view>

#include "io/line_blocks.h"
#include "text/pii.h"

namespace hubmill {
namespace {

using Json = nlohmann::ordered_json;

char Lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

/// `text` as it stands within a line: as JSON escapes it, in lower case.
std::string Needle(const std::string& text) {
  std::string escaped = Json(text).dump(-1, ' ', false, Json::error_handler_t::replace);
  escaped = escaped.substr(1, escaped.size() - 2);
  std::transform(escaped.begin(), escaped.end(), escaped.begin(), Lower);
  return escaped;
}

bool Has(std::string_view line, const std::string& needle) {
  return std::search(line.begin(), line.end(), needle.begin(), needle.end(),
                     [](char a, char b) { return Lower(a) == b; }) != line.end();
}

std::string Masked(const std::string& text) {
  std::string masked;
  std::vector<PiiHit> hits;
  MaskPii(text, kAllPiiKinds, &masked, &hits);
  return masked;
}

/// At most `bytes_max` of `text`, whole characters.
std::string Cut(std::string text, size_t bytes_max) {
  if (text.size() <= bytes_max) return text;
  size_t end = bytes_max;
  while (end > 0 && (text[end] & 0xC0) == 0x80) --end;
  return text.substr(0, end) + "…";
}

std::string TextAt(const Json& object, const char* key) {
  const auto found = object.find(key);
  return found != object.end() && found->is_string() ? found->get<std::string>() : "";
}

/// What a line says before its data; the data itself stays unread, as it may be large.
struct Head {
  Json fields;
  std::string_view data;
};

/// Nothing where the line is none of RejectWriter's.
std::optional<Head> ReadHead(std::string_view line) {
  constexpr std::string_view kData = ",\"data\":";
  if (!line.starts_with("{\"dataset\":") || !line.ends_with('}')) return std::nullopt;
  // The mark may stand within a text before it too, escaped: there its quotes have backslashes.
  const size_t at = line.find(kData);
  if (at == line.npos) return std::nullopt;
  Head head;
  head.fields = Json::parse(std::string(line.substr(0, at)) + "}", nullptr, false);
  if (!head.fields.is_object()) return std::nullopt;
  head.data = line.substr(at + kData.size());
  head.data.remove_suffix(1);
  return head;
}

std::string SampleOf(const Head& head, size_t bytes_max) {
  const Json data =
      head.data == "null" ? Json(nullptr) : Json(Cut(Masked(std::string(head.data)), bytes_max));
  const auto row = head.fields.find("row");
  const Json sample{{"file", TextAt(head.fields, "file")},
                    {"row", row == head.fields.end() ? Json(nullptr) : *row},
                    {"why", Masked(TextAt(head.fields, "why"))},
                    {"data", data}};
  return sample.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace

RejectReader::RejectReader(RejectQuestion question)
    : question_(std::move(question)), needle_(Needle(question_.text)) {}

Status RejectReader::Take(std::string_view line) {
  const std::optional<Head> head = ReadHead(line);
  if (!head) return DataRefused("a line is no reject of hubmill");
  const Json& fields = head->fields;
  const Key key(TextAt(fields, "dataset"), TextAt(fields, "stage"), TextAt(fields, "reason"));
  const auto place = places_.emplace(key, list_.reasons.size());
  if (place.second) {
    if (list_.reasons.size() == kReasonsMax) return DataRefused("there are too many reasons");
    list_.reasons.push_back({std::get<0>(key), std::get<1>(key), std::get<2>(key), 0, 0, {}});
  }
  RejectReason& reason = list_.reasons[place.first->second];
  ++list_.rows;
  ++reason.rows;
  if (!Wanted(line, reason, fields)) return Status::OK();
  ++reason.matches;
  if (static_cast<int64_t>(reason.samples.size()) < question_.samples_max) {
    reason.samples.push_back(SampleOf(*head, question_.sample_bytes));
  }
  return Status::OK();
}

bool RejectReader::Wanted(std::string_view line, const RejectReason& reason,
                          const Json& fields) const {
  if (!question_.stage.empty() && reason.stage != question_.stage) return false;
  if (!question_.reason.empty() && reason.reason != question_.reason) return false;
  if (!question_.row.empty()) {
    const auto row = fields.find("row");
    if (row == fields.end() || !row->is_number_integer() || row->dump() != question_.row)
      return false;
  }
  return needle_.empty() || Has(line, needle_);
}

RejectList RejectReader::Finish() {
  std::stable_sort(list_.reasons.begin(), list_.reasons.end(),
                   [](const auto& a, const auto& b) { return a.rows > b.rows; });
  return std::move(list_);
}

Result<RejectList> ReadRejects(const InputFile& file, const RejectQuestion& question,
                               const std::function<bool(int64_t bytes)>& go_on) {
  const std::vector<InputFile> files = {file};
  LineCutter cutter;
  LineBlocks blocks(&files, &cutter, {});
  RejectReader reader(question);
  int64_t bytes = 0, number = 0;
  for (;;) {
    ARROW_ASSIGN_OR_RAISE(const std::optional<LineBlock> block, blocks.Next());
    if (!block) return reader.Finish();
    std::string_view text = TextOf(*block);
    while (!text.empty()) {
      const std::string_view line = text.substr(0, text.find('\n'));
      text.remove_prefix(std::min(text.size(), line.size() + 1));
      ++number;
      const Status status = reader.Take(line);
      if (!status.ok()) {
        return DataRefused(status.message(), ": file=", file.name, " line=", number);
      }
    }
    bytes += block->bytes;
    if (!go_on(bytes)) {
      RejectList list = reader.Finish();
      list.complete = false;
      return list;
    }
  }
}

}  // namespace hubmill
