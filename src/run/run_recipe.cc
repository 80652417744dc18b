// RunRecipe: the only place that joins recipe, executor and output.  Read it from the bottom up:
// the last function is a whole run as a list of steps.
#include <sys/stat.h>

#include <filesystem>
#include <fstream>

#include "base/check.h"
#include "base/hash.h"
#include "core/side_files.h"
#include "hubmill/hubmill.h"
#include "io/file_output.h"
#include "io/input_files.h"
#include "io/output_folder.h"
#include "io/reject_writer.h"
#include "io/spill.h"
#include "run/card.h"
#include "run/lineage_sink.h"
#include "run/output_contents.h"
#include "run/plan.h"
#include "run/published_names.h"
#include "run/run_clock.h"

namespace hubmill {
namespace {

namespace fs = std::filesystem;

/// A block of a spill, and what the arranger prepared of its rows.
class ObservedBlock : public Block {
 public:
  ObservedBlock(std::unique_ptr<Block> spilled, Batch batch, const Arranger& arranger)
      : spilled_(std::move(spilled)), batch_(std::move(batch)), arranger_(arranger) {}
  Status Encode() override {
    ARROW_ASSIGN_OR_RAISE(prepared_, arranger_.Prepare(batch_));
    return spilled_->Encode();
  }
  std::unique_ptr<Block> spilled_;
  Batch batch_;
  std::unique_ptr<Prepared> prepared_;

 private:
  const Arranger& arranger_;
};

/// Spills rows and shows them to the arranger on the way: prepared on any thread, observed in
/// order.  `live` may be null; there the arranger is the stage at `place`.
class ObservedSpill : public Sink {
 public:
  ObservedSpill(std::unique_ptr<Sink> spill, Arranger& arranger, StageProgress* live, size_t place)
      : spill_(std::move(spill)), arranger_(arranger), live_(live), place_(place) {}
  Result<std::vector<std::unique_ptr<Block>>> Cut(Batch batch) override {
    rows_seen_ += batch.rows->num_rows();
    if (live_ != nullptr) live_->Add(place_, {.rows_in = batch.rows->num_rows()});
    ARROW_ASSIGN_OR_RAISE(auto blocks, spill_->Cut(batch));
    HUBMILL_CHECK(blocks.size() <= 1,
                  "a spill makes one block of a batch, or none of an empty one");
    for (auto& block : blocks) {
      block = std::make_unique<ObservedBlock>(std::move(block), batch, arranger_);
    }
    return blocks;
  }
  Result<std::vector<std::unique_ptr<Block>>> Finish() override { return spill_->Finish(); }
  Status Append(std::unique_ptr<Block> block) override {
    auto& observed = static_cast<ObservedBlock&>(*block);
    ARROW_RETURN_NOT_OK(arranger_.Observe(observed.batch_, observed.prepared_.get()));
    return spill_->Append(std::move(observed.spilled_));
  }
  Result<std::vector<OutputFile>> Close() override { return spill_->Close(); }
  int64_t rows_seen() const { return rows_seen_; }

 private:
  std::unique_ptr<Sink> spill_;
  Arranger& arranger_;
  StageProgress* const live_;
  const size_t place_;
  int64_t rows_seen_ = 0;
};

/// A file beside the rows: of no split.
Result<OutputFile> DescribeFile(const std::string& folder, const std::string& path) {
  std::ifstream file(folder + "/" + path, std::ios::binary);
  OutputFile out{.path = path};
  Sha256Stream hash;
  std::vector<char> buffer(1 << 20);
  while (file.good()) {
    file.read(buffer.data(), std::streamsize(buffer.size()));
    hash.Update({buffer.data(), size_t(file.gcount())});
    out.size_bytes += file.gcount();
  }
  if (!file.eof()) return RunFailed("cannot read a file again: file=", path);
  out.sha256 = hash.HexDigest();
  return out;
}

/// What was dropped before a stage refused the rest: often why there is too little of it.
Status WithDropsBefore(const Status& status, const DatasetReport& report) {
  std::string drops;
  for (const StageReport& stage : report.stages) {
    for (const auto& [reason, rows] : stage.drops) {
      drops += Concat(" ", stage.name, ".", reason, "=", rows);
    }
  }
  if (drops.empty()) return status;
  return Status(status.code(), Concat(status.message(), "\nrows that were left out before:", drops),
                status.detail());
}

/// One data set on its way through its phases.
class DatasetRun {
 public:
  DatasetRun(const Recipe& recipe, const DatasetRecipe& dataset, DatasetPlan& plan,
             const RunOptions& options, const OutputFolder& folder, RejectWriter* rejects,
             Progress* progress)
      : recipe_(recipe),
        dataset_(dataset),
        plan_(plan),
        options_(options),
        staging_dir_(folder.staging_dir()),
        rejects_(rejects),
        progress_(progress),
        live_(progress != nullptr ? &progress->stages : nullptr) {
    report_.name = plan.name;
  }

  Result<DatasetReport> Run() {
    if (rejects_ != nullptr) rejects_->BeginDataset(plan_.name);
    if (live_ != nullptr) live_->BeginDataset(plan_.name, plan_.StageNames());
    std::unique_ptr<Source> spilled;
    std::string spill_dir;
    for (size_t i = 0; i < plan_.phases.size(); ++i) {
      const bool first = i == 0;
      Source& source = first ? *plan_.source : *spilled;
      const std::string last_spill_dir = spill_dir;
      if (plan_.phases[i].arranger != nullptr) {
        spill_dir = Concat(staging_dir_, "/.hubmill/spill-", i);
        ARROW_ASSIGN_OR_RAISE(auto next, RunToArranger(source, plan_.phases[i], first, spill_dir));
        spilled = std::move(next);
      } else {
        ARROW_RETURN_NOT_OK(RunToSink(source, plan_.phases[i], first));
        spilled.reset();
      }
      std::error_code ignored;  // A spill that stays behind goes with the staging folder.
      if (!last_spill_dir.empty()) fs::remove_all(last_spill_dir, ignored);
    }
    ReportInputs(*plan_.source, &report_);
    for (const std::string& split : plan_.splits()) report_.split_rows[split] = 0;
    for (const OutputFile& file : report_.outputs) report_.split_rows[file.split] += file.rows;
    ARROW_RETURN_NOT_OK(WriteSideFiles());
    return std::move(report_);
  }

 private:
  /// `first`: rows come from the source itself; later phases read a spill, whose account would only
  /// repeat the arranger's.
  Status RunOnePhase(Source& source, const PhasePlan& phase, bool first, Sink& sink) {
    const size_t report_base = report_.stages.size();
    const PhaseOptions options{.threads = options_.threads,
                               .rows_max = first ? options_.rows_max : -1,
                               .reject_bad_rows = plan_.reject_bad_rows,
                               .shows_read = first,
                               .shows_written = phase.arranger == nullptr,
                               .live = live_,
                               .live_before = first ? 0 : report_base - 1};
    if (live_ != nullptr) live_->BeginPhase();
    report_.rows_written = 0;
    ARROW_RETURN_NOT_OK(
        RunPhase(source, phase.stages, sink, options, rejects_, progress_, &report_));
    if (!first) report_.stages.erase(report_.stages.begin() + std::ptrdiff_t(report_base));
    return Status::OK();
  }

  Result<std::unique_ptr<Source>> RunToArranger(Source& source, const PhasePlan& phase, bool first,
                                                const std::string& spill_dir) {
    ARROW_ASSIGN_OR_RAISE(auto spill, SpillSink::Open(spill_dir, phase.schema));
    // The source of a later phase is a spill, which no stage stands for.
    const size_t place = report_.stages.size() + phase.stages.size() + (first ? 1 : 0);
    ObservedSpill sink(std::move(spill), *phase.arranger, live_, place);
    ARROW_RETURN_NOT_OK(RunOnePhase(source, phase, first, sink));
    ARROW_RETURN_NOT_OK(sink.Close().status());
    auto arranged = phase.arranger->Arrange(ThreadsOf(options_.threads));
    if (!arranged.ok()) {
      return WithContext(WithDropsBefore(arranged.status(), report_),
                         Concat("data set ", plan_.name, ": stage ", phase.arranger_name, ": "));
    }
    Arrangement arrangement = std::move(arranged).ValueUnsafe();
    StageReport account{.name = phase.arranger_name,
                        .rows_in = sink.rows_seen(),
                        .rows_out = int64_t(arrangement.order.size()),
                        .counts = arrangement.counts};
    const int64_t dropped = account.rows_in - account.rows_out;
    HUBMILL_CHECK(dropped >= 0, "an arranger returns each row at most once");
    if (dropped > 0) {
      account.drops[arrangement.drop_reason] = dropped;
      ARROW_RETURN_NOT_OK(RejectUnarranged(spill_dir, phase, account, arrangement));
    }
    if (live_ != nullptr) {
      live_->Add(place, {.rows_out = account.rows_out, .drops = account.drops});
    }
    report_.stages.push_back(std::move(account));
    return OpenSpill(spill_dir, phase, std::move(arrangement));
  }

  Result<std::unique_ptr<Source>> OpenSpill(const std::string& spill_dir, const PhasePlan& phase,
                                            Arrangement arrangement) {
    return SpillSource::Open(spill_dir, std::move(arrangement), plan_.source->files(), phase.splits,
                             options_.batch_rows_max);
  }

  /// Hands the rows that an arranger left out to the rejects, in their old order.
  Status RejectUnarranged(const std::string& spill_dir, const PhasePlan& phase,
                          const StageReport& account, const Arrangement& arrangement) {
    if (rejects_ == nullptr) return Status::OK();
    std::vector<bool> kept(size_t(account.rows_in), false);
    for (int64_t row : arrangement.order) kept[size_t(row)] = true;
    Arrangement left;
    for (size_t row = 0; row < kept.size(); ++row) {
      if (!kept[row]) left.order.push_back(int64_t(row));
    }
    ARROW_ASSIGN_OR_RAISE(auto source, OpenSpill(spill_dir, phase, std::move(left)));
    while (true) {
      ARROW_ASSIGN_OR_RAISE(auto morsel, source->Next());
      if (morsel == nullptr) return Status::OK();
      ARROW_ASSIGN_OR_RAISE(Decoded decoded, morsel->Decode());
      for (const Batch& batch : decoded.batches) {
        for (int64_t i = 0; i < batch.rows->num_rows(); ++i) {
          const RowRun origin = batch.origins.At(i);
          const RejectedRow row{.stage = account.name,
                                .reason = arrangement.drop_reason,
                                .file = source->files()[size_t(origin.file)].name,
                                .row = origin.row};
          ARROW_RETURN_NOT_OK(rejects_->Reject(row, batch.rows.get(), i));
        }
      }
    }
  }

  Status RunToSink(Source& source, const PhasePlan& phase, bool first) {
    ARROW_ASSIGN_OR_RAISE(
        auto lineage,
        LineageWriter::Open(Concat(staging_dir_, "/.hubmill/lineage/", plan_.name, ".parquet"),
                            phase.splits));
    const OptionContext context{
        .file = recipe_.file, .owner = "sink " + dataset_.sink.name, .run_seed = options_.seed};
    ARROW_ASSIGN_OR_RAISE(auto made, AllBlocks()
                                         .sinks.at(dataset_.sink.name)
                                         .make(dataset_.sink.options, context,
                                               {.staging_dir = staging_dir_,
                                                .data_dir = plan_.data_dir,
                                                .schema = phase.schema,
                                                .splits = phase.splits,
                                                .single_file = ""}));
    LineageSink sink(std::move(made), *lineage);
    ARROW_RETURN_NOT_OK(RunOnePhase(source, phase, first, sink));
    ARROW_RETURN_NOT_OK(lineage->Close());
    ARROW_ASSIGN_OR_RAISE(report_.outputs, sink.Close());
    return Status::OK();
  }

  Status WriteSideFiles() {
    for (const Stage& stage : plan_.stages) {
      auto* writer = std::visit(
          [](const auto& made) { return dynamic_cast<WritesFiles*>(made.get()); }, stage);
      if (writer == nullptr) continue;
      ARROW_ASSIGN_OR_RAISE(const auto paths, writer->WriteFiles(staging_dir_));
      for (const std::string& path : paths) {
        ARROW_ASSIGN_OR_RAISE(OutputFile file, DescribeFile(staging_dir_, path));
        report_.outputs.push_back(std::move(file));
      }
    }
    return Status::OK();
  }

  const Recipe& recipe_;
  const DatasetRecipe& dataset_;
  DatasetPlan& plan_;
  const RunOptions& options_;
  const std::string staging_dir_;
  RejectWriter* const rejects_;
  Progress* const progress_;
  StageProgress* const live_;  // Null where nobody watches.
  DatasetReport report_;
};

/// Guards and validators have seen every row: now they refuse the run.
Status RefuseViolations(const DatasetReport& dataset) {
  std::string all;
  for (const StageReport& stage : dataset.stages) {
    if (stage.violations == 0) continue;
    all += Concat(all.empty() ? "" : "\n", "data set ", dataset.name, ": stage ", stage.name,
                  " refused the data: violations=", stage.violations,
                  "; remedy: correct these rows, drop them by the stage filter before, or see "
                  "`hubmill stages ",
                  stage.name.substr(0, stage.name.find('#')), "`; the first ones:");
    for (const std::string& sample : stage.violation_samples) all += "\n  " + sample;
  }
  return all.empty() ? Status::OK() : DataRefused(all);
}

/// What changes when a local file is written or another takes its name, to the nanosecond: no
/// program can set the time of the last change (ctime) back.  Empty for a URI, whose revision, or
/// size alone, must do.
std::string StateOfFile(const std::string& path) {
  struct stat state {};
  if (stat(path.c_str(), &state) != 0) return "";
  return Concat(" ", state.st_dev, " ", state.st_ino, " ", state.st_size, " ", state.st_mtim.tv_sec,
                ".", state.st_mtim.tv_nsec, " ", state.st_ctim.tv_sec, ".", state.st_ctim.tv_nsec);
}

/// What a rerun must have in common with the interrupted run to continue it.
std::string Fingerprint(const Recipe& recipe, const Plan& plan, const RunOptions& options) {
  std::string text =
      Concat(Version(), "\n", recipe.name, "\n", options.seed, "\n", options.rows_max, "\n");
  for (const DatasetPlan& dataset : plan.datasets) {
    text += dataset.name + "\n" + ToJsonText(dataset.options) + "\n";
    for (const SourceFile& file : dataset.source->files()) {
      text +=
          Concat(file.name, " ", file.size_bytes, " ", file.revision, StateOfFile(file.name), "\n");
    }
  }
  return HexOf(Xxh3Hash128(text));
}

Setting ShownParameters(const Recipe& recipe) {
  Setting out;
  out.kind = Setting::Kind::kMap;
  for (const RecipeParam& param : recipe.params) {
    if (!param.has_value || param.name == "recipe_dir") continue;
    Setting value = Setting::Scalar(param.value);
    value.secret = param.secret;
    out.entries.emplace_back(param.name, std::move(value));
    out.entry_marks.push_back({});
  }
  return out;
}

void NoteEmptySplits(RunReport* report) {
  for (const DatasetReport& dataset : report->datasets) {
    for (const auto& [split, rows] : dataset.split_rows) {
      if (rows > 0) continue;
      report->notes.push_back(EmptySplitNote(dataset.name, split));
    }
  }
}

bool CutByLimit(const RunOptions& options, const RunReport& report) {
  return options.rows_max >= 0 && std::any_of(report.datasets.begin(), report.datasets.end(),
                                              [&](const DatasetReport& dataset) {
                                                return dataset.rows_read >= options.rows_max;
                                              });
}

/// Deletes what is staged of a data set that is not complete.
void RemoveStaged(const OutputFolder& folder, const DatasetPlan& plan) {
  std::error_code ignored;  // What stays is overwritten or goes with the staging folder.
  const std::string& staging = folder.staging_dir();
  fs::remove_all(staging + "/" + plan.data_dir, ignored);
  for (size_t i = 0; i < plan.phases.size(); ++i) {
    fs::remove_all(Concat(staging, "/.hubmill/spill-", i), ignored);
  }
}

/// Whether the inputs tell by their size or revision that they are as they were.  A database and
/// standard input do not: what an interrupted run made of them may be another state.
bool TellsChanges(const Source& source) {
  return std::all_of(source.files().begin(), source.files().end(), [](const SourceFile& file) {
    return file.size_bytes >= 0 || !file.revision.empty();
  });
}

void ShowTakenOver(const DatasetReport& dataset, StageProgress* live) {
  std::vector<std::string> names;
  for (const StageReport& stage : dataset.stages) names.push_back(stage.name);
  live->BeginDataset(dataset.name, names);
  for (size_t i = 0; i < names.size(); ++i) live->Add(i, dataset.stages[i]);
}

/// Every data set, into the staging folder; those that an interrupted run completed are taken over.
Status RunDatasets(const Recipe& recipe, const RunOptions& options, Plan& plan,
                   OutputFolder& folder, RejectWriter* rejects, Progress* progress,
                   RunReport* report) {
  for (size_t i = 0; i < plan.datasets.size(); ++i) {
    DatasetPlan& dataset_plan = plan.datasets[i];
    DatasetReport dataset;
    // Rejected rows are not kept across runs, so a run that wants them does everything again.
    std::optional<std::string> completed;
    if (rejects == nullptr && TellsChanges(*dataset_plan.source)) {
      completed = folder.Completed(dataset_plan.name);
    }
    if (completed) {
      ARROW_ASSIGN_OR_RAISE(dataset, DatasetReport::FromJournal(*completed));
      if (progress != nullptr) ShowTakenOver(dataset, &progress->stages);
    } else {
      RemoveStaged(folder, dataset_plan);  // What a killed run had begun.
      DatasetRun run(recipe, recipe.datasets[i], dataset_plan, options, folder, rejects, progress);
      Result<DatasetReport> result = run.Run();
      Status status = result.ok() ? RefuseViolations(*result) : result.status();
      if (!status.ok()) {
        RemoveStaged(folder, dataset_plan);  // A refused row must not stay behind on the disk.
        return status;
      }
      dataset = std::move(result).ValueUnsafe();
      ARROW_RETURN_NOT_OK(folder.MarkComplete(dataset.name, dataset.ToJournal()));
    }
    dataset.options = dataset_plan.options;
    report->datasets.push_back(std::move(dataset));
  }
  return Status::OK();
}

Result<RunReport> RunUnredacted(const Recipe& recipe, const RunOptions& options,
                                Progress* progress) {
  const RunClock clock;
  RunReport report{.recipe = recipe.name,
                   .version = Version(),
                   .seed = options.seed,
                   .parameters = ShownParameters(recipe)};
  const std::string output_dir =
      options.output_dir.empty() ? "out/" + recipe.name : options.output_dir;
  report.output_dir = WithoutSecrets(output_dir);
  ARROW_RETURN_NOT_OK(CheckRejectsApart(output_dir, options.rejects_dir));

  // 1. Open the sources, bind the stages: what can be wrong before any row is read, is found here.
  ARROW_ASSIGN_OR_RAISE(Plan plan, MakePlan(recipe, options, progress));
  if (progress != nullptr) progress->bytes_total = plan.BytesToRead();
  if (options.dry_run) {
    for (const DatasetPlan& dataset : plan.datasets) {
      report.datasets.push_back(
          {.name = dataset.name, .options = dataset.options, .inputs = dataset.source->files()});
    }
    return report;
  }

  for (const DatasetRecipe& dataset : recipe.datasets) {
    if (dataset.sink.name == recipe.datasets[0].sink.name) continue;
    report.notes.push_back(
        "the data sets are written in two formats, and the datasets library reads "
        "one format a folder; remedy: the same sink for all, or two recipes");
    break;
  }

  // 2. A staging folder beside the output; an interrupted run's is taken over.
  ARROW_ASSIGN_OR_RAISE(
      auto folder,
      OutputFolder::Open(output_dir, Fingerprint(recipe, plan, options), options.fresh));
  std::unique_ptr<RejectWriter> rejects;
  if (!options.rejects_dir.empty()) {
    ARROW_ASSIGN_OR_RAISE(rejects, RejectWriter::Open(options.rejects_dir));
  }

  // 3. The rows.
  Status status = RunDatasets(recipe, options, plan, *folder, rejects.get(), progress, &report);
  if (!status.ok() && report.datasets.empty()) ARROW_RETURN_NOT_OK(folder->Discard());
  ARROW_RETURN_NOT_OK(status);
  NoteEmptySplits(&report);
  if (CutByLimit(options, report)) report.limit = options.rows_max;

  // 4. Card and manifest, and everything becomes visible at once.
  const std::string& staging = folder->staging_dir();
  ARROW_ASSIGN_OR_RAISE(const std::string card, RenderCard(recipe, plan, report));
  ARROW_RETURN_NOT_OK(WriteFile(staging + "/README.md", card));
  if (options.finish) {
    ARROW_ASSIGN_OR_RAISE(const auto paths, options.finish(staging, report));
    for (const std::string& path : paths) {
      ARROW_ASSIGN_OR_RAISE(OutputFile file, DescribeFile(staging, path));
      report.datasets.back().outputs.push_back(std::move(file));
    }
  }
  ARROW_RETURN_NOT_OK(
      WriteFile(staging + "/manifest.json", WithPublishedNames(report, recipe).ToManifest()));
  if (rejects != nullptr) ARROW_RETURN_NOT_OK(rejects->Finish());
  ARROW_RETURN_NOT_OK(folder->Commit());
  clock.Stop(&report);
  return report;
}

}  // namespace

const char* Version() { return HUBMILL_VERSION; }

Result<RunReport> RunRecipe(const Recipe& recipe, const RunOptions& options, Progress* progress) {
  Result<RunReport> report = RunUnredacted(recipe, options, progress);
  if (report.ok()) return report;
  return report.status().WithMessage(recipe.Redact(report.status().message()));
}

}  // namespace hubmill
