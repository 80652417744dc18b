#include "run/plan.h"

#include <arrow/compute/initialize.h>

#include <map>

#include "core/side_files.h"
#include "io/column_names.h"
#include "io/input_files.h"
#include "run/hub_access.h"

namespace hubmill {
namespace {

void AddEntry(Setting* map, const std::string& key, Setting value) {
  map->kind = Setting::Kind::kMap;
  map->entries.emplace_back(key, std::move(value));
  map->entry_marks.push_back({});
}

template <typename Rewrite>
void RewriteScalars(Setting* setting, const Rewrite& rewrite) {
  setting->scalar = rewrite(setting->scalar);
  for (Setting& item : setting->items) RewriteScalars(&item, rewrite);
  for (auto& entry : setting->entries) RewriteScalars(&entry.second, rewrite);
}

template <typename EntryType>
Setting FullBlock(const std::map<std::string, EntryType>& known, const BlockUse& use,
                  const OptionContext& context) {
  ErrorList errors;  // LoadRecipe() has reported them.
  Setting block;
  AddEntry(&block, use.name, known.at(use.name).check(use.options, context, &errors));
  return block;
}

OptionContext ContextOf(const Recipe& recipe, const std::string& owner, int64_t seed) {
  return {.file = recipe.file, .owner = owner, .run_seed = seed};
}

/// Binds one stage after the other and cuts the phases.
Status BindStages(const Recipe& recipe, const DatasetRecipe& dataset, int64_t seed, HubUris* uris,
                  DatasetPlan* plan) {
  std::shared_ptr<arrow::Schema> schema = plan->source->schema();
  std::vector<std::string> splits = plan->source->splits();
  std::map<std::string, int> uses;
  plan->phases.emplace_back();
  for (const BlockUse& use : dataset.stages) {
    const std::string owner = "stage " + use.name;
    auto made = AllBlocks().stages.at(use.name).make(use.options, ContextOf(recipe, owner, seed));
    ARROW_RETURN_NOT_OK(made.status());
    plan->stages.push_back(std::move(made).ValueUnsafe());
    const int count = ++uses[use.name];
    NamedStage named{.name = count == 1 ? use.name : Concat(use.name, "#", count)};
    const std::shared_ptr<arrow::Schema> input = schema;
    auto bind = [&](auto& stage) -> Status {
      if (auto* reader = dynamic_cast<SeesFiles*>(stage.get())) {
        reader->BindFiles(plan->source->files());
      }
      if (auto* reader = dynamic_cast<SeesUris*>(stage.get())) reader->BindUris(uris);
      ARROW_ASSIGN_OR_RAISE(schema, stage->Bind(schema));
      return CheckColumnNames(*schema);
    };
    Status status = std::visit(bind, plan->stages.back());
    if (status.ok()) {
      if (auto* transform = std::get_if<std::unique_ptr<Transform>>(&plan->stages.back())) {
        named.transform = transform->get();
        status = (*transform)->BindSplits(splits).Value(&splits);
      } else if (auto* decider = std::get_if<std::unique_ptr<Decider>>(&plan->stages.back())) {
        named.decider = decider->get();
      }
    }
    if (!status.ok()) {
      Setting place;
      place.mark = use.mark;
      return WithContext(status, Concat(place.Where(recipe.file), ": data set ", dataset.name,
                                        ": stage ", named.name, ": "));
    }
    PhasePlan& phase = plan->phases.back();
    if (auto* arranger = std::get_if<std::unique_ptr<Arranger>>(&plan->stages.back())) {
      ARROW_ASSIGN_OR_RAISE(splits, (*arranger)->BindSplits(splits));
      phase.arranger = arranger->get();
      phase.arranger_name = named.name;
      phase.schema = input;
      phase.splits = splits;
      plan->phases.emplace_back();
    } else {
      named.schema = schema;
      phase.stages.push_back(std::move(named));
    }
  }
  plan->phases.back().schema = schema;
  plan->phases.back().splits = splits;
  return Status::OK();
}

/// The manifest and the lineage name every input; of an address its key is left out before.
Status CheckNamesHoldNoSecret(const Recipe& recipe, const Source& source) {
  for (const SourceFile& file : source.files()) {
    const std::string shown = recipe.Redact(file.name);
    if (shown == file.name) continue;
    return WrongUsage("a secret would be written to the output: input=", shown,
                      "; remedy: name the file by a parameter that is not secret");
  }
  return Status::OK();
}

std::string JoinNames(const std::vector<std::string>& names) {
  std::string out;
  for (const std::string& name : names) out += (out.empty() ? "" : ", ") + name;
  return out;
}

/// JSON lines that no stage sees need no kernels, which take 6 MB of memory.
bool NeedsKernels(const Recipe& recipe) {
  return !std::all_of(recipe.datasets.begin(), recipe.datasets.end(), [](const auto& dataset) {
    return dataset.source.name == "jsonl" && dataset.stages.empty() && dataset.sink.name == "jsonl";
  });
}

Result<Plan> PlanUnredacted(const Recipe& recipe, const RunOptions& options,
                            const Progress* progress) {
  if (NeedsKernels(recipe)) ARROW_RETURN_NOT_OK(arrow::compute::Initialize());
  Plan plan;
  HubUris uris([&options] { return FindHubAccess(options.hub, options.hub_token); }, progress);
  for (const DatasetRecipe& dataset : recipe.datasets) {
    DatasetPlan bound{.name = dataset.name, .reject_bad_rows = dataset.reject_bad_rows};
    bound.data_dir = dataset.name == "default" ? "data" : dataset.name;
    bound.options = FullOptions(recipe, dataset, options.seed);
    const SourceContext context{.batch_rows_max = options.batch_rows_max,
                                .uris = &uris,
                                .cancel = progress != nullptr ? &progress->cancel : nullptr};
    const std::string owner = "source " + dataset.source.name;
    auto source =
        AllBlocks()
            .sources.at(dataset.source.name)
            .make(dataset.source.options, ContextOf(recipe, owner, options.seed), context);
    if (!source.ok()) {
      return WithContext(source.status(), Concat("data set ", dataset.name, ": "));
    }
    bound.source = std::move(source).ValueUnsafe();
    ARROW_RETURN_NOT_OK(CheckNamesHoldNoSecret(recipe, *bound.source));
    ARROW_RETURN_NOT_OK(WithContext(
        CheckColumnNames(*bound.source->schema()),
        Concat("data set ", dataset.name, ": file=", bound.source->files()[0].name, ": ")));
    ARROW_RETURN_NOT_OK(BindStages(recipe, dataset, options.seed, &uris, &bound));
    plan.datasets.push_back(std::move(bound));
  }
  return plan;
}

}  // namespace

Setting FullOptions(const Recipe& recipe, const DatasetRecipe& dataset, int64_t seed) {
  Setting all;
  const Registry& blocks = AllBlocks();
  Setting source = FullBlock(blocks.sources, dataset.source, ContextOf(recipe, "source", seed));
  RewriteScalars(&source, &WithoutSecrets);  // Its addresses may hold a key and a password.
  AddEntry(&all, "source", std::move(source));
  AddEntry(&all, "on_bad_row",
           WriteValue(std::string(dataset.reject_bad_rows ? "reject" : "fail")));
  std::vector<Setting> stages;
  for (const BlockUse& use : dataset.stages) {
    stages.push_back(FullBlock(blocks.stages, use, ContextOf(recipe, "stage", seed)));
  }
  AddEntry(&all, "stages", Setting::List(std::move(stages)));
  AddEntry(&all, "sink", FullBlock(blocks.sinks, dataset.sink, ContextOf(recipe, "sink", seed)));
  RewriteScalars(&all, [&recipe](const std::string& text) { return recipe.Redact(text); });
  return all;
}

Result<Plan> MakePlan(const Recipe& recipe, const RunOptions& options, const Progress* progress) {
  Result<Plan> plan = PlanUnredacted(recipe, options, progress);
  if (plan.ok()) return plan;
  return Failure(KindOf(plan.status()), recipe.Redact(plan.status().message()));
}

std::vector<std::string> DatasetPlan::StageNames() const {
  std::vector<std::string> names = {"source"};
  for (const PhasePlan& phase : phases) {
    for (const NamedStage& stage : phase.stages) names.push_back(stage.name);
    if (phase.arranger != nullptr) names.push_back(phase.arranger_name);
  }
  return names;
}

int64_t Plan::BytesToRead() const {
  int64_t total = 0;
  for (const DatasetPlan& dataset : datasets) {
    for (const SourceFile& file : dataset.source->files()) {
      if (file.size_bytes < 0) return -1;
      total += file.size_bytes;
    }
  }
  return total;
}

void ReportInputs(const Source& source, DatasetReport* report) {
  report->inputs = source.files();
  report->rows_read = report->stages.front().rows_in;
  for (const SourceFile& file : report->inputs) {
    if (file.size_bytes > 0) report->bytes_read += file.size_bytes;
  }
}

std::string Plan::ToText() const {
  std::string out;
  for (const DatasetPlan& dataset : datasets) {
    out += Concat("data set ", dataset.name, "\n");
    for (const SourceFile& file : dataset.source->files()) {
      out += "  input   " + file.name;
      if (file.size_bytes >= 0) out += Concat("  ", file.size_bytes, " bytes");
      out += file.revision.empty() ? "\n" : Concat("  commit ", file.revision, "\n");
    }
    for (size_t i = 0; i < dataset.phases.size(); ++i) {
      const PhasePlan& phase = dataset.phases[i];
      out += Concat("  phase ", i + 1, i == 0 ? "  source" : "  spill");
      for (const NamedStage& stage : phase.stages) out += " -> " + stage.name;
      out +=
          phase.arranger != nullptr ? " -> " + phase.arranger_name + " -> spill\n" : " -> sink\n";
    }
    out += Concat("  output  ", dataset.data_dir, "/  splits: ", JoinNames(dataset.splits()), "\n");
    for (const auto& field : dataset.schema()->fields()) {
      out += Concat("    ", field->name(), ": ", field->type()->ToString(), "\n");
    }
  }
  return out;
}

}  // namespace hubmill
