// Data sets: what is there, and rows by number.
#include <nlohmann/json.hpp>

#include "base/json_text.h"
#include "server/data_call.h"
#include "view/cell.h"
#include "view/column_statistics.h"
#include "view/stage_asked.h"

namespace hubmill::server {
namespace {

using Value = nlohmann::ordered_json;

constexpr int64_t kRowsMax = 100;
constexpr int64_t kRowsDefault = 50;
constexpr int64_t kRowNumberMax = 999'999'999'999'999'999;
constexpr size_t kCardBytesMax = 1 << 20;

Value ConfigsOf(const DataSet& set) {
  Value configs = Value::array();
  for (const DataConfig& config : set.configs) {
    Value splits = Value::array();
    for (const DataSplit& split : config.splits) {
      splits.push_back({{"name", split.name},
                        {"files", split.files.size()},
                        {"bytes", split.bytes},
                        {"formats", split.formats}});
    }
    configs.push_back({{"name", config.name}, {"splits", splits}});
  }
  return configs;
}

Value AskedOf(const Value& manifest) {
  Value list = Value::array();
  for (const auto& [stage, asked] : AskedOfStages(manifest)) {
    list.push_back({{"dataset", stage.first}, {"stage", stage.second}, {"asked", asked}});
  }
  return list;
}

Value ListOf(const std::vector<SetRef>& refs) {
  Value list = Value::array();
  for (const SetRef& ref : refs) {
    list.push_back({{"name", ref.name}, {"kind", ref.kind}, {"commit", ref.commit}});
  }
  return list;
}

Value ListOf(const std::vector<SetVersion>& versions) {
  Value list = Value::array();
  for (const SetVersion& version : versions) {
    list.push_back({{"commit", version.commit}, {"title", version.title}, {"refs", version.refs}});
  }
  return list;
}

/// -1 where that would take long to find out.
Result<int64_t> RowsOf(RowTable& table) {
  return table.rows() < 0 && table.CountsQuickly() ? table.CountRows() : table.rows();
}

}  // namespace

Result<http::Response> ListData(const ApiCall& call) {
  ARROW_RETURN_NOT_OK(CheckDataQuery(call, {"search"}));
  std::vector<std::string> problems;
  Value sets = Value::array();
  for (const SetFacts& facts :
       call.api.data().List(std::string(call.request.Query("search")), &problems)) {
    sets.push_back({{"id", facts.id},
                    {"title", facts.title},
                    {"kind", facts.kind},
                    {"private", facts.is_private},
                    {"gated", facts.gated},
                    {"modified", facts.modified}});
  }
  return Json(200, {{"sets", sets}, {"problems", problems}});
}

Result<http::Response> ShowData(const ApiCall& call) {
  ARROW_RETURN_NOT_OK(CheckDataQuery(call, {"set", "revision"}));
  std::optional<http::Response> refusal;
  ARROW_ASSIGN_OR_RAISE(const auto set, SetOfCall(call, &refusal));
  if (refusal) return *std::move(refusal);
  const DataSet& data = set->data();
  ARROW_ASSIGN_OR_RAISE(const SetVersions found, call.api.data().Versions(*set));
  std::vector<std::string> rejects;
  for (const InputFile& file : set->rejects()) rejects.push_back(file.name);
  const Value manifest = ManifestOf(data);
  return Json(200, {{"id", set->facts().id},
                    {"title", data.title.empty() ? set->facts().title : data.title},
                    {"kind", set->facts().kind},
                    {"revision", data.place.revision},
                    {"card", data.card.substr(0, kCardBytesMax)},
                    {"configs", ConfigsOf(data)},
                    {"refs", ListOf(found.refs)},
                    {"versions", ListOf(found.versions)},
                    {"manifest", manifest},
                    {"asked", AskedOf(manifest)},
                    {"clusters", data.clusters},
                    {"rejects", rejects},
                    {"problems", data.problems}});
}

Result<http::Response> ListVersions(const ApiCall& call) {
  ARROW_RETURN_NOT_OK(CheckDataQuery(call, {"set", "revision"}));
  ARROW_ASSIGN_OR_RAISE(const std::optional<SetVersions> found,
                        call.api.data().FindVersions(std::string(call.request.Query("set")),
                                                     std::string(call.request.Query("revision"))));
  if (!found) return NoSuchSet();
  return Json(200, {{"refs", ListOf(found->refs)},
                    {"versions", ListOf(found->versions)},
                    {"more", found->more}});
}

Result<http::Response> ShowRows(const ApiCall& call) {
  ARROW_RETURN_NOT_OK(
      CheckDataQuery(call, {"set", "revision", "config", "split", "offset", "length", "columns"}));
  ARROW_ASSIGN_OR_RAISE(const int64_t offset, NumberOf(call, "offset", 0, 0, kRowNumberMax));
  ARROW_ASSIGN_OR_RAISE(const int64_t length, NumberOf(call, "length", kRowsDefault, 1, kRowsMax));
  ARROW_ASSIGN_OR_RAISE(const auto columns, TextsOf(call, "columns"));
  std::optional<http::Response> refusal;
  ARROW_ASSIGN_OR_RAISE(const auto set, SetOfCall(call, &refusal));
  if (refusal) return *std::move(refusal);
  ARROW_ASSIGN_OR_RAISE(const auto table, TableOfCall(call, *set));
  const Admission admission(&call.api.reads(), kReadsMax);
  if (!admission.admitted()) return TooMany("too many pages of rows are being read");
  ARROW_ASSIGN_OR_RAISE(const auto batch, table->Read(offset, length, columns));
  ARROW_ASSIGN_OR_RAISE(const int64_t total, RowsOf(*table));
  std::string text = "{\"columns\":[";
  const auto described = DescribeColumns(*batch->schema(), batch.get());
  for (size_t i = 0; i < described.size(); ++i) {
    if (i > 0) text += ',';
    AppendColumnJson(described[i], &text);
  }
  text += Concat("],\"rows_total\":", total < 0 ? "null" : Concat(total),
                 ",\"bad_rows\":", table->bad_rows(), ",\"first_bad_row\":");
  AppendJsonString(ValidUtf8(table->first_bad_row()), &text);
  text += Concat(",\"offset\":", offset, ",\"rows\":[");
  for (int64_t row = 0; row < batch->num_rows(); ++row) {
    if (row > 0) text += ',';
    AppendRow(*batch, row, offset + row, &text);
  }
  return JsonText(text + "]}");
}

Result<http::Response> ShowCell(const ApiCall& call) {
  ARROW_RETURN_NOT_OK(
      CheckDataQuery(call, {"set", "revision", "config", "split", "row", "column"}));
  ARROW_ASSIGN_OR_RAISE(const int64_t row, NumberOf(call, "row", -1, 0, kRowNumberMax));
  const std::string* column = http::FindPair(call.request.query, "column");
  if (row < 0 || column == nullptr) return WrongUsage("row and column are needed");
  std::optional<http::Response> refusal;
  ARROW_ASSIGN_OR_RAISE(const auto set, SetOfCall(call, &refusal));
  if (refusal) return *std::move(refusal);
  ARROW_ASSIGN_OR_RAISE(const auto table, TableOfCall(call, *set));
  const Admission admission(&call.api.reads(), kReadsMax);
  if (!admission.admitted()) return TooMany("too many pages of rows are being read");
  ARROW_ASSIGN_OR_RAISE(const auto batch, table->Read(row, 1, {*column}));
  if (batch->num_rows() == 0) return Problem(404, Concat("there is no such row: row=", row));
  WholeCell cell = WholeCellOf(*batch->column(0), 0);
  if (cell.cut && !cell.is_text) return Problem(413, "the value is longer than 16 MiB");
  http::Response response(200, cell.is_text ? "text/plain; charset=utf-8" : kJsonType,
                          std::move(cell.body));
  if (cell.cut) response.Set("X-Hubmill-Cut", "true");
  return response;
}

}  // namespace hubmill::server
