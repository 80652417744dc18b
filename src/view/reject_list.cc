#include "view/reject_list.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <optional>
#include <string_view>

#include "base/ascii.h"
#include "base/json_depth.h"
#include "io/line_blocks.h"
#include "text/pii.h"

namespace hubmill {
namespace {

using Json = nlohmann::ordered_json;

constexpr int kHeadLevelsMax = 2;
constexpr size_t kDataBytesMax = 4 << 20;  // Of a row that is looked at.

std::string Masked(const std::string& text) {
  std::string masked;
  std::vector<PiiHit> hits;
  MaskPii(text, kAllPiiKinds, &masked, &hits);
  return masked;
}

/// Every text in `value` masked; names of fields too.  REQUIRES: not deep.
Json MaskedJson(const Json& value) {
  if (value.is_string()) return Masked(value.get_ref<const std::string&>());
  if (value.is_number()) {
    const std::string digits = value.dump();
    const std::string masked = Masked(digits);
    return masked == digits ? value : Json(masked);
  }
  Json masked = value;
  if (value.is_array()) {
    for (Json& item : masked) item = MaskedJson(item);
  } else if (value.is_object()) {
    masked = Json::object();
    for (const auto& [name, item] : value.items()) masked[Masked(name)] = MaskedJson(item);
  }
  return masked;
}

/// Whether a text or number in `value` has the needle; names of fields do not count.
bool Holds(const Json& value, const std::string& needle) {
  if (value.is_string()) return ContainsIgnoringCase(value.get_ref<const std::string&>(), needle);
  if (value.is_structured()) {
    return std::any_of(value.begin(), value.end(),
                       [&](const Json& item) { return Holds(item, needle); });
  }
  return ContainsIgnoringCase(value.dump(), needle);
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

/// What a line says before its data; the data itself stays unread until it is wanted.
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
  if (at == line.npos || !IsShallowJson(line.substr(0, at), kHeadLevelsMax)) return std::nullopt;
  Head head;
  head.fields = Json::parse(std::string(line.substr(0, at)) + "}", nullptr, false);
  if (!head.fields.is_object()) return std::nullopt;
  head.data = line.substr(at + kData.size());
  head.data.remove_suffix(1);
  return head;
}

/// The row, masked as people may see it; null where there is none, it is deep, or too large to be
/// masked value by value.
Json DataOf(const Head& head) {
  if (head.data.size() > kDataBytesMax || !IsShallowJson(head.data)) return nullptr;
  const Json data = Json::parse(head.data, nullptr, false);
  return data.is_discarded() ? Json(nullptr) : MaskedJson(data);
}

std::string Dumped(const Json& value) {
  return value.dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::string SampleOf(const Head& head, const Json& data, size_t bytes_max) {
  const auto row = head.fields.find("row");
  const Json sample{{"file", TextAt(head.fields, "file")},
                    {"row", row == head.fields.end() ? Json(nullptr) : *row},
                    {"why", Masked(TextAt(head.fields, "why"))},
                    {"data", data.is_null() ? Json(nullptr) : Json(Cut(Dumped(data), bytes_max))}};
  return Dumped(sample);
}

}  // namespace

RejectReader::RejectReader(RejectQuestion question)
    : question_(std::move(question)), needle_(question_.text) {}

Status RejectReader::Take(std::string_view line) {
  const std::optional<Head> head = ReadHead(line);
  if (!head) return DataRefused("a line is none of hubmill's rejects");
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
  if (!Wanted(reason, fields)) return Status::OK();
  const bool sampled = static_cast<int64_t>(reason.samples.size()) < question_.samples_max;
  if (needle_.empty() && !sampled) {
    ++reason.matches;
    return Status::OK();
  }
  const Json data = DataOf(*head);
  if (!needle_.empty() && !Holds(data, needle_)) return Status::OK();
  ++reason.matches;
  if (sampled) reason.samples.push_back(SampleOf(*head, data, question_.sample_bytes));
  return Status::OK();
}

bool RejectReader::Wanted(const RejectReason& reason, const Json& fields) const {
  if (!question_.stage.empty() && reason.stage != question_.stage) return false;
  if (!question_.reason.empty() && reason.reason != question_.reason) return false;
  if (question_.row.empty()) return true;
  const auto row = fields.find("row");
  return row != fields.end() && row->is_number_integer() && row->dump() == question_.row;
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
        return DataRefused(
            status.message(), ": file=", file.name, " line=", number,
            "; remedy: call a file that `hubmill run --rejects` did not make something else");
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
