#include "run/dedup.h"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <cstdlib>
#include <functional>
#include <map>
#include <string_view>
#include <utility>

#include "core/bulk_pool.h"
#include "dedup/decision.h"
#include "dedup/exact_stream.h"
#include "dedup/group_keys.h"
#include "dedup/keep_rows.h"
#include "dedup/overlap.h"
#include "io/input_files.h"
#include "io/output_folder.h"
#include "run/dedup_clusters.h"
#include "run/dedup_inputs.h"
#include "run/dedup_output.h"
#include "run/dedup_overlaps.h"
#include "run/plan.h"
#include "run/run_clock.h"
#include "stages/columns.h"
#include "stages/repeated_text.h"

namespace hubmill {
namespace {

/// Takes rows and writes nothing.
class NoSink final : public Sink {
 public:
  Result<std::vector<std::unique_ptr<Block>>> Cut(Batch) override { return Blocks(); }
  Result<std::vector<std::unique_ptr<Block>>> Finish() override { return Blocks(); }
  Status Append(std::unique_ptr<Block>) override { return Status::OK(); }
  Result<std::vector<OutputFile>> Close() override { return std::vector<OutputFile>(); }

 private:
  using Blocks = std::vector<std::unique_ptr<Block>>;
};

constexpr int64_t kBytesAhead = 8 << 20;       // Enough for all threads; more is only memory.
constexpr int64_t kLineBytesAhead = 2 << 20;   // The same, where blocks of lines are small.
constexpr int64_t kKeptBytes = 16 << 20;       // Of such blocks, for the next ones.
constexpr int64_t kSketchBytesMin = 16 << 20;  // Of a pass for likenesses, whatever --memory says.

std::string TemporaryDir() {
  const char* named = std::getenv("TMPDIR");
  return named == nullptr || *named == '\0' ? "/tmp" : named;
}

class DedupRun {
 public:
  DedupRun(const DedupOptions& options, Progress* progress)
      : options_(options), progress_(progress), inputs_(options, progress) {}

  Result<RunReport> Run() {
    const RunClock clock;
    run_ = {.recipe = "dedup", .version = Version(), .output_dir = WithoutSecrets(options_.output)};
    run_.datasets.push_back({.name = "default"});
    report_ = &run_.datasets[0];
    ARROW_RETURN_NOT_OK(inputs_.Look());
    if (!inputs_.WrittenColumn().empty()) KeepBulkBytes(kKeptBytes);
    // What cannot be written is refused before hours of reading.
    ARROW_ASSIGN_OR_RAISE(output_, DedupOutput::Open(options_));
    if (!options_.clusters.empty()) {
      ARROW_ASSIGN_OR_RAISE(clusters_, SingleFile::Open(options_.clusters));
    }
    if (!options_.overlaps.empty()) {
      ARROW_ASSIGN_OR_RAISE(overlaps_, SingleFile::Open(options_.overlaps));
    }
    if (!options_.dry_run && options_.overlap > 0) ARROW_RETURN_NOT_OK(LearnOverlap());
    if (options_.dry_run) {
      ARROW_RETURN_NOT_OK(DryRun());
    } else if (options_.method == DedupMethod::kOverlap) {
      ARROW_RETURN_NOT_OK(RunOverlap());
    } else if (options_.method == DedupMethod::kParagraph) {
      ARROW_RETURN_NOT_OK(RunParagraph());
    } else if (StreamsExact()) {
      ARROW_RETURN_NOT_OK(RunExactStream());
    } else {
      ARROW_RETURN_NOT_OK(RunIndex());
    }
    clock.Stop(&run_);
    return std::move(run_);
  }

 private:
  bool Near() const { return options_.method == DedupMethod::kNear; }

  /// Whether each row's fate is known when it is read.
  bool StreamsExact() const {
    return !Near() && options_.keep != DedupKeep::kBest && options_.clusters.empty() &&
           !options_.report;  // Equal texts are equally long.
  }

  DedupIndexOptions IndexOptions() const {
    return {.method = options_.method,
            .text = options_.text,
            .within = options_.within,
            .best = options_.best,
            .keep = options_.keep,
            .lengths = options_.verify,
            .shape = options_.shape,
            .memory_bytes_max = options_.memory_bytes_max,
            .spill_dir = TemporaryDir()};
  }

  /// One pass of `decider` over a source; what it reports is forgotten but for the decider's word.
  /// `checked`: rows that overlap other data do not come to it.
  Status Pass(Source& source, Decider& decider, bool checked = false) {
    ARROW_ASSIGN_OR_RAISE(const auto schema, decider.Bind(source.schema()));
    NoSink sink;
    DatasetReport pass;
    std::vector<NamedStage> stages;
    if (checked) ARROW_RETURN_NOT_OK(AddOverlapCheck(*source.schema(), &stages));
    stages.push_back({.name = "dedup", .decider = &decider, .schema = schema});
    PhaseOptions phase = Phase();
    phase.shows_written = false;
    ARROW_RETURN_NOT_OK(RunPhase(source, stages, sink, phase, nullptr, progress_, &pass));
    last_rows_ = pass.stages.at(0).rows_in;
    last_bad_rows_ = 0;
    for (const auto& [reason, rows] : pass.stages.at(0).drops) last_bad_rows_ += rows;
    return Status::OK();
  }

  /// After the first pass over the other data: what the report says of it.
  void CountOther(const Source& source) {
    counts_["other_rows"] = last_rows_;
    if (last_bad_rows_ > 0) counts_["other_bad_rows"] = last_bad_rows_;
    others_ = source.files();
  }

  OverlapOptions OverlapOptionsOfRun() const {
    return {.text = options_.text, .ngram = options_.overlap, .share_min = options_.overlap_share};
  }

  /// Reads the other data for its runs of words.
  Status LearnOverlap() {
    other_ngrams_ = std::make_unique<OtherNgrams>(OverlapOptionsOfRun());
    ARROW_ASSIGN_OR_RAISE(Plan other, inputs_.OpenAgainst());
    ARROW_RETURN_NOT_OK(Pass(*other.datasets[0].source, *other_ngrams_));
    CountOther(*other.datasets[0].source);
    other_ngrams_->Finish();
    overlap_check_ = std::make_unique<OverlapCheck>(OverlapOptionsOfRun(), *other_ngrams_);
    return Status::OK();
  }

  Status AddOverlapCheck(const arrow::Schema& schema, std::vector<NamedStage>* stages) {
    if (overlap_check_ == nullptr) return Status::OK();
    ARROW_ASSIGN_OR_RAISE(const auto bound,
                          overlap_check_->Bind(std::make_shared<arrow::Schema>(schema)));
    stages->push_back({.name = "overlap", .decider = overlap_check_.get(), .schema = bound});
    return Status::OK();
  }

  /// What a decider says of the columns that it saw, unless it did not see all rows.
  Status CheckSeen(const Status& said) const {
    const bool all = overlap_check_ == nullptr || overlap_check_->rows_dropped() == 0;
    return all ? said : overlap_check_->CheckColumnsSeen();
  }

  /// Nothing but the check.
  Status RunOverlap() {
    ARROW_ASSIGN_OR_RAISE(Plan plan, inputs_.Open(DedupView::kBoth));
    return Write(plan, {}, [&] { return overlap_check_->CheckColumnsSeen(); });
  }

  PhaseOptions Phase() const {
    return {.threads = options_.threads,
            .bytes_ahead_max = inputs_.WrittenColumn().empty() ? kBytesAhead : kLineBytesAhead,
            .reject_bad_rows = options_.reject_bad_rows};
  }

  Status DryRun() {
    DedupIndex index(IndexOptions());
    if (!options_.against.empty()) {
      ARROW_ASSIGN_OR_RAISE(Plan other, inputs_.OpenAgainst());
      ARROW_RETURN_NOT_OK(index.Bind(other.datasets[0].source->schema()).status());
    }
    index.BeginOwn();
    ARROW_ASSIGN_OR_RAISE(Plan plan, inputs_.Open(DedupView::kCompared));
    ARROW_RETURN_NOT_OK(index.Bind(plan.datasets[0].source->schema()).status());
    report_->inputs = plan.datasets[0].source->files();
    return Status::OK();
  }

  Status RunExactStream() {
    ExactStream stream(options_.text, options_.within);
    if (!options_.against.empty()) {
      ARROW_ASSIGN_OR_RAISE(Plan other, inputs_.OpenAgainst());
      stream.BeginSource(inputs_.ReadsJsonText(/*own=*/false, DedupView::kCompared));
      ARROW_RETURN_NOT_OK(Pass(*other.datasets[0].source, stream));
      CountOther(*other.datasets[0].source);
    }
    stream.BeginOwn(inputs_.WrittenColumn());
    stream.BeginSource(inputs_.ReadsJsonText(/*own=*/true, DedupView::kBoth));
    ARROW_ASSIGN_OR_RAISE(Plan plan, inputs_.Open(DedupView::kBoth));
    ARROW_ASSIGN_OR_RAISE(const auto schema, stream.Bind(plan.datasets[0].source->schema()));
    return Write(plan, {{.name = "dedup", .decider = &stream, .schema = schema}},
                 [&] { return CheckSeen(stream.CheckColumnsSeen()); });
  }

  /// Takes repeated pieces out of the texts: what is in the other data first, then, where nothing
  /// of what is repeated stays, a pass that counts.
  Status RunParagraph() {
    bool json_groups = false;
    std::atomic<int64_t> groups = 0;  // Rows that have one.
    RepeatedTextOptions made{.column = options_.text,
                             .unit = options_.unit,
                             .chars_min = options_.chars_min,
                             .repeats_max = options_.repeats_max,
                             .everywhere = options_.keep == DedupKeep::kNone,
                             .line = inputs_.WrittenColumn()};
    if (!options_.within.empty()) {
      made.groups = [&](const arrow::RecordBatch& rows) {
        const int column = rows.schema()->GetFieldIndex(options_.within);
        groups += rows.num_rows() - rows.column(column)->null_count();
        return GroupKeys(rows, column, json_groups);
      };
    }
    RepeatedText repeated(std::move(made));
    const auto begin = [&](RepeatedText::Pass pass, const Source& source, DedupView view) {
      repeated.BeginPass(pass);
      groups = 0;
      json_groups = inputs_.ReadsJsonText(pass != RepeatedText::Pass::kOther, view);
      return CheckWithin(*source.schema());
    };
    if (!options_.against.empty()) {
      ARROW_ASSIGN_OR_RAISE(Plan other, inputs_.OpenAgainst());
      Source& source = *other.datasets[0].source;
      ARROW_RETURN_NOT_OK(begin(RepeatedText::Pass::kOther, source, DedupView::kCompared));
      ARROW_RETURN_NOT_OK(Pass(source, repeated));
      CountOther(source);
    }
    if (options_.keep == DedupKeep::kNone) {
      ARROW_ASSIGN_OR_RAISE(Plan counted, inputs_.Open(DedupView::kCompared));
      Source& source = *counted.datasets[0].source;
      ARROW_RETURN_NOT_OK(begin(RepeatedText::Pass::kCount, source, DedupView::kCompared));
      ARROW_RETURN_NOT_OK(Pass(source, repeated, /*checked=*/true));
    }
    ARROW_ASSIGN_OR_RAISE(Plan plan, inputs_.Open(DedupView::kBoth));
    Source& source = *plan.datasets[0].source;
    ARROW_RETURN_NOT_OK(begin(RepeatedText::Pass::kRemove, source, DedupView::kBoth));
    ARROW_ASSIGN_OR_RAISE(const auto schema, repeated.Bind(source.schema()));
    return Write(plan, {{.name = "dedup", .decider = &repeated, .schema = schema}}, [&] {
      const ColumnCounts seen{.rows = repeated.rows(), .values = {repeated.texts(), groups, 0}};
      return CheckSeen(seen.Check({options_.text, options_.within, ""}));
    });
  }

  Status CheckWithin(const arrow::Schema& schema) const {
    if (options_.within.empty()) return Status::OK();
    ARROW_ASSIGN_OR_RAISE(const int column, ColumnIndex(schema, options_.within));
    return CheckGroupColumn(schema, column);
  }

  /// Calls `pass(source)` for the other data, then for the inputs, with files numbered on.
  template <typename EachSource>
  Status OverAll(const EachSource& each) {
    int32_t file_base = 0;
    if (!options_.against.empty()) {
      ARROW_ASSIGN_OR_RAISE(Plan other, inputs_.OpenAgainst());
      ARROW_RETURN_NOT_OK(each(*other.datasets[0].source, file_base, false));
      file_base = int32_t(other.datasets[0].source->files().size());
    }
    ARROW_ASSIGN_OR_RAISE(Plan plan, inputs_.Open(DedupView::kCompared));
    return each(*plan.datasets[0].source, file_base, true);
  }

  Status RunIndex() {
    DedupIndex index(IndexOptions());
    std::vector<SourceFile> files;  // By their numbers.
    int32_t own_base = 0;
    ARROW_RETURN_NOT_OK(OverAll([&](Source& source, int32_t file_base, bool own) {
      if (own) index.BeginOwn();
      if (own) own_base = file_base;
      files.insert(files.end(), source.files().begin(), source.files().end());
      index.BeginSource(file_base, inputs_.ReadsJsonText(own, DedupView::kCompared));
      ARROW_RETURN_NOT_OK(Pass(source, index, /*checked=*/own));
      if (!own) CountOther(source);
      return Status::OK();
    }));
    ARROW_RETURN_NOT_OK(CheckSeen(index.CheckColumnsSeen()));
    ARROW_ASSIGN_OR_RAISE(std::vector<uint32_t> roots, index.Roots(ThreadsOf(options_.threads)));
    DedupDecision decision = DecideClusters(index, std::move(roots));
    if (Near() && (options_.verify || !options_.clusters.empty())) {
      ARROW_RETURN_NOT_OK(Compare(index, &decision));
    }
    std::vector<DropMarks> marks(2);
    marks[0].reason = "in_other";
    marks[1].reason = Near() ? "near_duplicate" : "duplicate";
    for (uint32_t row = index.foreign(); row < index.places().size(); ++row) {
      const uint32_t stays = decision.representative[row];
      if (stays == row) continue;
      const RowPlace place = index.places().At(row);
      marks[stays < index.foreign() ? 0 : 1].rows.Mark({place.file - own_base, place.row});
    }
    if (clusters_ != nullptr) {
      ARROW_RETURN_NOT_OK(WriteClusters(*clusters_, index, decision, files));
    }
    // Which rows overlap is seen by the text, which whole lines alone do not tell.
    const bool checked = overlap_check_ != nullptr;
    ARROW_ASSIGN_OR_RAISE(Plan plan,
                          inputs_.Open(checked ? DedupView::kBoth : DedupView::kWritten));
    KeepRows keep(marks);
    Count(index, decision);
    const NamedStage last{
        .name = "dedup", .transform = &keep, .schema = plan.datasets[0].source->schema()};
    ARROW_RETURN_NOT_OK(Write(plan, {last}, [] { return Status::OK(); }));
    return clusters_ == nullptr ? Status::OK() : clusters_->Commit();
  }

  Status Compare(const DedupIndex& index, DedupDecision* decision) {
    SketchPass sketches(index, options_.verify);
    const auto pass = [&] {
      return OverAll([&](Source& source, int32_t file_base, bool) {
        sketches.BeginSource(file_base);
        return Pass(source, sketches);
      });
    };
    return CompareClusters(
        index,
        {.verify = options_.verify,
         .threshold = options_.threshold,
         .memory_bytes_max = std::max(kSketchBytesMin, options_.memory_bytes_max / 2)},
        &sketches, pass, decision);
  }

  void Count(const DedupIndex& index, const DedupDecision& decision) {
    counts_["clusters"] = decision.clusters;
    counts_["largest_cluster"] = decision.largest;
    const int64_t compared = int64_t(index.places().size()) - int64_t(index.foreign());
    counts_["not_compared"] = index.rows_seen() - compared;
    if (options_.report) {
      const char* names[] = {"clusters_of_2", "clusters_of_3_to_9", "clusters_of_10_to_99",
                             "clusters_of_100_and_more"};
      for (size_t i = 0; i < decision.by_size.size(); ++i) counts_[names[i]] = decision.by_size[i];
    }
    if (index.spilled_bytes() > 0) counts_["spilled_bytes"] = index.spilled_bytes();
    if (options_.verify) counts_["kept_by_check"] = decision.kept_by_check;
    if (decision.not_compared > 0) counts_["cluster_too_large"] = decision.not_compared;
  }

  /// The last pass: through `last` into the output, which becomes visible if `check` agrees.
  Status Write(Plan& plan, std::vector<NamedStage> last, const std::function<Status()>& check) {
    DatasetPlan& dataset = plan.datasets[0];
    std::vector<NamedStage> stages;
    ARROW_RETURN_NOT_OK(AddOverlapCheck(*dataset.source->schema(), &stages));
    stages.insert(stages.end(), last.begin(), last.end());
    std::unique_ptr<OverlapWriter> overlaps;
    if (overlaps_ != nullptr) {
      ARROW_ASSIGN_OR_RAISE(overlaps, OpenOverlaps(*dataset.source));
    }
    const Recipe recipe = inputs_.WrittenRecipe();
    ARROW_ASSIGN_OR_RAISE(auto sink, output_->OpenSink(recipe.datasets[0].sink,
                                                       stages.back().schema, dataset.splits()));
    report_->options = dataset.options;
    ARROW_RETURN_NOT_OK(
        RunPhase(*dataset.source, stages, *sink, Phase(), nullptr, progress_, report_));
    ARROW_ASSIGN_OR_RAISE(report_->outputs, sink->Close());
    ARROW_RETURN_NOT_OK(check());
    ARROW_RETURN_NOT_OK(inputs_.CheckUnchanged(*dataset.source));
    if (overlaps != nullptr) ARROW_RETURN_NOT_OK(overlaps->Close());
    for (const auto& [name, count] : counts_) report_->stages.back().counts[name] = count;
    ReportInputs(*dataset.source, report_);
    report_->inputs.insert(report_->inputs.end(), others_.begin(), others_.end());
    for (const OutputFile& out : report_->outputs) report_->split_rows[out.split] += out.rows;
    if (IsFolderName(options_.output)) run_.parameters = ParametersOf(options_);
    const bool by_lines = !inputs_.WrittenColumn().empty();
    ARROW_RETURN_NOT_OK(output_->Commit(recipe, plan, by_lines, run_));
    return overlaps == nullptr ? Status::OK() : overlaps_->Commit();
  }

  /// The table of rows that overlap, filled by the pass that follows.
  Result<std::unique_ptr<OverlapWriter>> OpenOverlaps(const Source& source) {
    std::vector<std::string> names;
    std::vector<std::string> others;
    for (const SourceFile& file : source.files()) names.push_back(file.name);
    for (const SourceFile& file : others_) others.push_back(file.name);
    ARROW_ASSIGN_OR_RAISE(auto made, OverlapWriter::Open(*overlaps_, names, others));
    overlap_check_->BeginVisits(
        [table = made.get()](const OverlapRow& row) { return table->Append(row); });
    return made;
  }

  const DedupOptions& options_;
  Progress* const progress_;
  DedupInputs inputs_;
  std::unique_ptr<DedupOutput> output_;
  std::unique_ptr<SingleFile> clusters_;         // Null: not asked for.
  std::unique_ptr<SingleFile> overlaps_;         // Null: not asked for.
  std::unique_ptr<OtherNgrams> other_ngrams_;    // Null: no overlap is looked for.
  std::unique_ptr<OverlapCheck> overlap_check_;  // The same.
  RunReport run_;
  DatasetReport* report_ = nullptr;  // Of its only data set.
  int64_t last_rows_ = 0;            // Of the last Pass().
  int64_t last_bad_rows_ = 0;
  std::map<std::string, int64_t> counts_;  // For the report.
  std::vector<SourceFile> others_;         // Of --against.
};

}  // namespace

MinHashShape ShapeOfThreshold(double threshold, int ngram) {
  constexpr int kMinima = 128;
  constexpr int kSteps = 1'000;
  MinHashShape best{.ngram = ngram};
  double least = 2;
  for (int rows = 1; rows <= 64; ++rows) {
    const int bands = kMinima / rows;
    double wrong = 0;
    for (int step = 0; step < kSteps; ++step) {
      const double s = (step + 0.5) / kSteps;
      const double meet = 1 - std::pow(1 - std::pow(s, rows), bands);
      wrong += (s < threshold ? meet : 1 - meet) / kSteps;
    }
    if (wrong >= least) continue;
    least = wrong;
    best.bands = bands;
    best.rows = rows;
  }
  return best;
}

namespace {

/// Sources name their own options as remedies, and runs that may be continued say so.
std::string WithOptionsOfDedup(std::string said) {
  constexpr std::pair<std::string_view, std::string_view> kSaid[] = {
      {"a larger `line_mb_max`", "a larger --max-line-bytes"},
      {"run again to continue", "run again"},
      {"a column of `schema:` does not exist", "--text names a column that does not exist"},
      {"correct `schema:`", "correct --text"}};
  for (const auto& [theirs, ours] : kSaid) {
    for (size_t at = said.find(theirs); at != said.npos; at = said.find(theirs, at)) {
      said.replace(at, theirs.size(), ours);
      at += ours.size();
    }
  }
  for (const char* option : {"`json: [", "`schema:`", "`columns`", "`infer", "`extra_fields"}) {
    const size_t remedy = said.find("; remedy: ");
    if (remedy == said.npos || said.find(option, remedy) == said.npos) continue;
    return said +
           " (in a recipe, for `hubmill convert` or `hubmill run`: dedup has no such option, and "
           "needs none from .jsonl to .jsonl)";
  }
  return said;
}

}  // namespace

Result<RunReport> RunDedup(const DedupOptions& options, Progress* progress) {
  Result<RunReport> report = DedupRun(options, progress).Run();
  if (report.ok()) return report;
  return report.status().WithMessage(WithOptionsOfDedup(report.status().message()));
}

}  // namespace hubmill
