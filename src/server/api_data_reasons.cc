// Why rows went: clusters of duplicates, and reasons with samples.
#include <algorithm>
#include <nlohmann/json.hpp>

#include "server/data_call.h"
#include "view/cluster_texts.h"
#include "view/reject_list.h"
#include "view/stage_asked.h"

namespace hubmill::server {
namespace {

using Value = nlohmann::ordered_json;

constexpr int64_t kPageMax = 100;
constexpr int64_t kPageDefault = 50;
constexpr int64_t kClusterRowsMax = 200;
constexpr int64_t kSamplesMax = 100;
constexpr int64_t kSamplesDefault = 5;
constexpr int64_t kRejectBytesMax = int64_t{1} << 30;  // Read for one answer: some ten seconds.

Value OrNull(double number) { return number < 0 ? Value() : Value(number); }

/// The table of clusters that `path` of the query names; a 404 in `refusal` where it is none.
Result<std::shared_ptr<RowTable>> ClustersOfCall(const ApiCall& call, OpenSet& set,
                                                 std::optional<http::Response>* refusal) {
  const std::string path(call.request.Query("path"));
  const std::vector<std::string>& known = set.data().clusters;
  if (std::find(known.begin(), known.end(), path) == known.end()) {
    *refusal = Problem(404, "the set has no such table of clusters");
    return nullptr;
  }
  return set.TableOf({set.data().place.File(path)});
}

Value JsonOf(const RejectReason& reason) {
  Value samples = Value::array();
  for (const std::string& sample : reason.samples) samples.push_back(Value::parse(sample));
  return {{"dataset", reason.dataset}, {"stage", reason.stage},     {"reason", reason.reason},
          {"rows", reason.rows},       {"matches", reason.matches}, {"samples", samples}};
}

/// Of a set whose dropped rows were not kept: what its manifest counted.
Value CountedReasons(const Value& manifest, int64_t* rows) {
  Value reasons = Value::array();
  const auto list = [](const Value& value, const char* key) {
    const auto found = value.is_object() ? value.find(key) : value.end();
    return found != value.end() && found->is_array() ? *found : Value::array();
  };
  for (const Value& dataset : list(manifest, "datasets")) {
    for (const Value& stage : list(dataset, "stages")) {
      if (!stage.is_object() || !stage.contains("dropped") || !stage["dropped"].is_object())
        continue;
      for (const auto& [reason, count] : stage["dropped"].items()) {
        if (!count.is_number_unsigned()) continue;
        *rows += count.get<int64_t>();
        const auto name = [](const Value& value) {
          const auto found = value.find("name");
          return found != value.end() && found->is_string() ? found->get<std::string>() : "";
        };
        reasons.push_back({{"dataset", name(dataset)},
                           {"stage", name(stage)},
                           {"reason", reason},
                           {"rows", count},
                           {"matches", count},
                           {"samples", Value::array()}});
      }
    }
  }
  std::stable_sort(reasons.begin(), reasons.end(), [](const Value& a, const Value& b) {
    return a["rows"].get<int64_t>() > b["rows"].get<int64_t>();
  });
  return reasons;
}

/// Beside each reason what its stage was asked; null where that is not known.
void AddAsked(const Value& manifest, Value* reasons) {
  const auto asked = AskedOfStages(manifest);
  for (Value& reason : *reasons) {
    const auto found =
        asked.find({reason["dataset"].get<std::string>(), reason["stage"].get<std::string>()});
    reason["asked"] = found == asked.end() ? Value() : Value(found->second);
  }
}

}  // namespace

Result<http::Response> ListClusters(const ApiCall& call) {
  ARROW_RETURN_NOT_OK(CheckDataQuery(call, {"set", "revision", "path", "offset", "length"}));
  ARROW_ASSIGN_OR_RAISE(const int64_t length, NumberOf(call, "length", kPageDefault, 1, kPageMax));
  ARROW_ASSIGN_OR_RAISE(const int64_t offset,
                        NumberOf(call, "offset", 0, 0, kClustersListedMax - kPageMax));
  const Admission admission(&call.api.scans(), kScansMax);
  if (!admission.admitted()) return TooMany("too many whole splits are being read");
  std::optional<http::Response> refusal;
  ARROW_ASSIGN_OR_RAISE(const auto set, SetOfCall(call, &refusal));
  if (refusal) return *std::move(refusal);
  ARROW_ASSIGN_OR_RAISE(const auto table, ClustersOfCall(call, *set, &refusal));
  if (refusal) return *std::move(refusal);
  ARROW_ASSIGN_OR_RAISE(const ClusterPage page, RankClusters(*table, offset, length));
  Value clusters = Value::array();
  for (const ClusterFacts& facts : page.clusters) {
    clusters.push_back({{"cluster", facts.cluster}, {"size", facts.size}});
  }
  return Json(200, {{"clusters_total", page.total}, {"clusters", clusters}});
}

Result<http::Response> ShowCluster(const ApiCall& call) {
  ARROW_RETURN_NOT_OK(CheckDataQuery(call, {"set", "revision", "path", "cluster"}));
  const Admission admission(&call.api.scans(), kScansMax);
  if (!admission.admitted()) return TooMany("too many whole splits are being read");
  std::optional<http::Response> refusal;
  ARROW_ASSIGN_OR_RAISE(const auto set, SetOfCall(call, &refusal));
  if (refusal) return *std::move(refusal);
  ARROW_ASSIGN_OR_RAISE(const auto table, ClustersOfCall(call, *set, &refusal));
  if (refusal) return *std::move(refusal);
  ARROW_ASSIGN_OR_RAISE(
      const ClusterMembers members,
      ReadCluster(*table, std::string(call.request.Query("cluster")), kClusterRowsMax));
  if (members.rows.empty()) return Problem(404, "the table has no such cluster");
  ARROW_ASSIGN_OR_RAISE(
      const std::vector<std::string> texts,
      ReadClusterTexts(set->data().place, members.rows,
                       [&](const InputFile& file) { return set->TableOf({file}); }));
  Value rows = Value::array();
  for (size_t i = 0; i < members.rows.size(); ++i) {
    const ClusterRow& row = members.rows[i];
    rows.push_back({{"id", row.id},
                    {"kept", row.kept},
                    {"representative", row.representative},
                    {"estimated", OrNull(row.estimated)},
                    {"exact", OrNull(row.exact)},
                    {"other", row.other},
                    {"cells", texts[i].empty() ? Value() : Value::parse(texts[i])}});
  }
  return Json(200, {{"rows", rows}, {"rows_total", members.total}});
}

Result<http::Response> ListRejects(const ApiCall& call) {
  ARROW_RETURN_NOT_OK(
      CheckDataQuery(call, {"set", "revision", "q", "stage", "reason", "row", "samples"}));
  RejectQuestion question;
  question.text = call.request.Query("q");
  question.stage = call.request.Query("stage");
  question.reason = call.request.Query("reason");
  question.row = call.request.Query("row");
  ARROW_ASSIGN_OR_RAISE(question.samples_max,
                        NumberOf(call, "samples", kSamplesDefault, 0, kSamplesMax));
  const Admission admission(&call.api.scans(), kScansMax);
  if (!admission.admitted()) return TooMany("too many whole splits are being read");
  std::optional<http::Response> refusal;
  ARROW_ASSIGN_OR_RAISE(const auto set, SetOfCall(call, &refusal));
  if (refusal) return *std::move(refusal);
  Value reasons = Value::array();
  int64_t rows = 0;
  bool complete = true;
  for (const InputFile& file : set->rejects()) {
    ARROW_ASSIGN_OR_RAISE(const RejectList list, ReadRejects(file, question, [](int64_t bytes) {
                            return bytes < kRejectBytesMax;
                          }));
    rows += list.rows;
    complete = complete && list.complete;
    for (const RejectReason& reason : list.reasons) reasons.push_back(JsonOf(reason));
  }
  const bool kept = !set->rejects().empty();
  const Value manifest = ManifestOf(set->data());
  if (!kept) reasons = CountedReasons(manifest, &rows);
  AddAsked(manifest, &reasons);
  return Json(200, {{"rows", rows}, {"complete", complete}, {"kept", kept}, {"reasons", reasons}});
}

}  // namespace hubmill::server
