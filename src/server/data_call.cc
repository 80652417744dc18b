#include "server/data_call.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/json_depth.h"
#include "view/cell.h"

namespace hubmill::server {

Status CheckDataQuery(const ApiCall& call, std::initializer_list<std::string_view> names) {
  ARROW_RETURN_NOT_OK(CheckQuery(call, names));
  for (const auto& [name, value] : call.request.query) {
    if (name == "columns" || name == "key") continue;
    const size_t chars_max = name == "q" || name == "filter" ? kQuestionCharsMax : kNameCharsMax;
    const auto chars =
        std::count_if(value.begin(), value.end(), [](char c) { return (c & 0xC0) != 0x80; });
    if (static_cast<size_t>(chars) > chars_max) {
      return WrongUsage("longer than ", chars_max, " characters: query=", name);
    }
  }
  return Status::OK();
}

http::Response NoSuchSet() { return Problem(404, "Data set not found; see /api/v1/data"); }

Result<std::shared_ptr<OpenSet>> SetOfCall(const ApiCall& call,
                                           std::optional<http::Response>* refusal) {
  const std::string id(call.request.Query("set"));
  ARROW_ASSIGN_OR_RAISE(auto set,
                        call.api.data().Open(id, std::string(call.request.Query("revision"))));
  if (set == nullptr) *refusal = NoSuchSet();
  return set;
}

Result<std::shared_ptr<RowTable>> TableOfCall(const ApiCall& call, OpenSet& set) {
  return set.Table(std::string(call.request.Query("config")),
                   std::string(call.request.Query("split")));
}

Result<std::vector<std::string>> TextsOf(const ApiCall& call, const char* name) {
  std::vector<std::string> texts;
  const std::string* value = http::FindPair(call.request.query, name);
  if (value == nullptr) return texts;
  if (!IsShallowJson(*value, 1)) return WrongUsage("not a JSON array of texts: query=", name);
  const auto list = nlohmann::json::parse(*value, nullptr, false);
  if (!list.is_array()) return WrongUsage("not a JSON array of texts: query=", name);
  for (const auto& item : list) {
    if (!item.is_string()) return WrongUsage("not a JSON array of texts: query=", name);
    texts.push_back(item.get<std::string>());
  }
  return texts;
}

void AppendRow(const arrow::RecordBatch& batch, int64_t index, int64_t number, std::string* out) {
  *out += Concat("{\"row\":", number, ",\"cells\":");
  AppendCells(batch, index, out);
  *out += '}';
}

nlohmann::ordered_json ManifestOf(const DataSet& set) {
  if (!set.manifest || !IsShallowJson(*set.manifest)) return nullptr;
  auto manifest = nlohmann::ordered_json::parse(*set.manifest, nullptr, false);
  return manifest.is_object() ? std::move(manifest) : nullptr;
}

http::Response JsonText(std::string text) { return {200, kJsonType, std::move(text)}; }

}  // namespace hubmill::server
