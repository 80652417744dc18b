#include "core/run_report.h"

#include <nlohmann/json.hpp>

#include "core/options.h"

namespace hubmill {
namespace {

using Json = nlohmann::ordered_json;

Json Render(const Setting& setting) { return Json::parse(ToJsonText(setting)); }

Json Render(const std::map<std::string, int64_t>& counts) {
  Json out = Json::object();
  for (const auto& [name, count] : counts) out[name] = count;
  return out;
}

Json Render(const SourceFile& file) {
  Json out{{"name", file.name}, {"size", file.size_bytes}, {"hash", file.hash}};
  if (!file.revision.empty()) out["revision"] = file.revision;
  return out;
}

Json Render(const StageReport& stage) {
  Json out{{"name", stage.name},
           {"rows_in", stage.rows_in},
           {"rows_out", stage.rows_out},
           {"dropped", Render(stage.drops)},
           {"counts", Render(stage.counts)}};
  if (stage.violations > 0) {
    out["violations"] = stage.violations;
    out["violation_samples"] = stage.violation_samples;
  }
  return out;
}

Json Render(const OutputFile& file) {
  return {{"path", file.path},
          {"split", file.split},
          {"rows", file.rows},
          {"size", file.size_bytes},
          {"num_bytes", file.memory_bytes},
          {"sha256", file.sha256}};
}

Json Render(const PublishedFile& file) { return {{"path", file.path}, {"size", file.size_bytes}}; }

template <typename T>
Json RenderAll(const std::vector<T>& items) {
  Json out = Json::array();
  for (const T& item : items) out.push_back(Render(item));
  return out;
}

Json Render(const PublishReport& report) {
  return {{"repo", report.repo},
          {"url", report.url},
          {"commit", report.commit},
          {"unchanged", report.unchanged},
          {"tagged", report.tagged},
          {"dry_run", report.dry_run},
          {"created", report.created},
          {"private", report.is_private},
          {"added", RenderAll(report.added)},
          {"changed", RenderAll(report.changed)},
          {"deleted", RenderAll(report.deleted)},
          {"files_unchanged", report.files_unchanged},
          {"bytes_uploaded", report.bytes_uploaded},
          {"card_lines", report.card_lines},
          {"tag", report.tag},
          {"restarted", report.restarted},
          {"notes", report.notes}};
}

/// What depends on input, options and seed alone.
Json RenderFacts(const DatasetReport& dataset) {
  return {{"name", dataset.name},
          {"rows_read", dataset.rows_read},
          {"rows_written", dataset.rows_written},
          {"splits", Render(dataset.split_rows)},
          {"inputs", RenderAll(dataset.inputs)},
          {"stages", RenderAll(dataset.stages)},
          {"files", RenderAll(dataset.outputs)}};
}

DatasetReport WithFixedNames(DatasetReport dataset) {
  for (StageReport& stage : dataset.stages) {
    std::erase_if(stage.counts, [](const auto& count) { return !IsFixedName(count.first); });
  }
  return dataset;
}

std::string Dump(const Json& json, int indent) {
  return json.dump(indent, ' ', false, Json::error_handler_t::replace);
}

void Parse(const Json& from, std::map<std::string, int64_t>* to) {
  for (const auto& [name, count] : from.items()) (*to)[name] = count.get<int64_t>();
}

}  // namespace

bool IsFixedName(const std::string& count) { return count.find('"') == count.npos; }

std::string DatasetReport::ToJournal() const {
  Json out = RenderFacts(*this);
  out["bytes_read"] = bytes_read;
  return Dump(out, -1);
}

Result<DatasetReport> DatasetReport::FromJournal(const std::string& json) {
  DatasetReport out;
  try {
    const Json from = Json::parse(json);
    out.name = from.at("name").get<std::string>();
    out.rows_read = from.at("rows_read").get<int64_t>();
    out.rows_written = from.at("rows_written").get<int64_t>();
    out.bytes_read = from.at("bytes_read").get<int64_t>();
    Parse(from.at("splits"), &out.split_rows);
    for (const Json& file : from.at("inputs")) {
      out.inputs.push_back({.name = file.at("name").get<std::string>(),
                            .size_bytes = file.at("size").get<int64_t>(),
                            .hash = file.at("hash").get<std::string>(),
                            .revision = file.value("revision", "")});
    }
    for (const Json& from_stage : from.at("stages")) {
      StageReport stage{.name = from_stage.at("name").get<std::string>(),
                        .rows_in = from_stage.at("rows_in").get<int64_t>(),
                        .rows_out = from_stage.at("rows_out").get<int64_t>()};
      Parse(from_stage.at("dropped"), &stage.drops);
      Parse(from_stage.at("counts"), &stage.counts);
      out.stages.push_back(std::move(stage));
    }
    for (const Json& file : from.at("files")) {
      out.outputs.push_back({.path = file.at("path").get<std::string>(),
                             .split = file.at("split").get<std::string>(),
                             .rows = file.at("rows").get<int64_t>(),
                             .size_bytes = file.at("size").get<int64_t>(),
                             .memory_bytes = file.at("num_bytes").get<int64_t>(),
                             .sha256 = file.at("sha256").get<std::string>()});
    }
  } catch (const nlohmann::json::exception& e) {
    return RunFailed("the journal of the interrupted run is damaged: ", e.what(),
                     "; remedy: run again with --fresh");
  }
  out.resumed = true;
  return out;
}

std::string PublishReport::ToJson() const { return Dump(Render(*this), 2); }

std::string RunReport::ToJson() const {
  Json all = Json::array();
  for (const DatasetReport& dataset : datasets) {
    Json out = RenderFacts(dataset);
    for (size_t i = 0; i < dataset.stages.size(); ++i) {
      out["stages"][i]["cpu_s"] = double(dataset.stages[i].cpu_ns) / 1e9;
    }
    out["bytes_read"] = dataset.bytes_read;
    out["resumed"] = dataset.resumed;
    out["options"] = Render(dataset.options);
    all.push_back(std::move(out));
  }
  Json out{{"hubmill", version},   {"recipe", recipe},
           {"seed", seed},         {"parameters", Render(parameters)},
           {"output", output_dir}, {"notes", notes},
           {"wall_s", wall_s},     {"cpu_s", cpu_s},
           {"datasets", all}};
  if (publish) out["publish"] = Render(*publish);
  return Dump(out, 2);
}

std::string RunReport::ToManifest() const {
  Json all = Json::array();
  for (const DatasetReport& dataset : datasets) {
    Json out = RenderFacts(WithFixedNames(dataset));
    out["options"] = Render(dataset.options);
    all.push_back(std::move(out));
  }
  Json out{{"hubmill", version}, {"recipe", recipe}, {"seed", seed}};
  if (limit >= 0) out["limit"] = limit;
  out["parameters"] = Render(parameters);
  out["datasets"] = all;
  return Dump(out, 2) + "\n";
}

}  // namespace hubmill
