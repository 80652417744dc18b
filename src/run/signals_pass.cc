#include "run/signals_pass.h"

#include <arrow/compute/initialize.h>

#include "io/jsonl_source.h"

namespace hubmill {
namespace {

/// A source that ends once the limit is reached: the rest of the files is not read.
class UntilFull final : public Source {
 public:
  UntilFull(Source& source, const std::atomic<bool>& full) : source_(source), full_(full) {}
  const std::shared_ptr<arrow::Schema>& schema() const override { return source_.schema(); }
  Result<std::unique_ptr<Morsel>> Next() override {
    if (full_.load(std::memory_order_relaxed)) return nullptr;
    return source_.Next();
  }
  const std::vector<SourceFile>& files() const override { return source_.files(); }
  const std::vector<std::string>& splits() const override { return source_.splits(); }

 private:
  Source& source_;
  const std::atomic<bool>& full_;
};

/// Lines that the source could not read.
class UnreadLines final : public RejectSink {
 public:
  explicit UnreadLines(const std::atomic<bool>& full) : full_(full) {}
  Status Reject(const RejectedRow& row, const arrow::RecordBatch* rows, int64_t) override {
    if (rows != nullptr || full_.load(std::memory_order_relaxed)) return Status::OK();
    if (++count <= int64_t(kSignalsNamedMax)) {
      named.push_back(Concat("file=", row.file, " row=", row.row, " reason=", row.reason));
    }
    return Status::OK();
  }
  int64_t count = 0;
  std::vector<std::string> named;

 private:
  const std::atomic<bool>& full_;
};

Result<std::unique_ptr<Source>> OpenLines(const SignalsPass& pass) {
  Setting paths = Setting::List({});
  for (const std::string& input : pass.inputs) paths.items.push_back(Setting::Scalar(input));
  if (paths.items.size() == 1) paths = paths.items[0];
  InputFiles inputs;
  if (pass.inputs == std::vector<std::string>{"-"}) {
    inputs.files.push_back({.name = "-"});  // Without a file system: standard input.
  } else {
    ARROW_ASSIGN_OR_RAISE(inputs, ExpandPaths(paths, JsonlExtensions(), pass.uris));
  }
  for (InputFile& file : inputs.files) file.split = 0;  // Names of files say nothing here.
  inputs.splits = {"train"};
  const JsonlOptions options{.raw = "line"};
  return OpenJsonl(std::move(inputs), options, {});
}

}  // namespace

Result<std::vector<std::unique_ptr<Block>>> NoSink::Cut(Batch) {
  return std::vector<std::unique_ptr<Block>>();
}
Result<std::vector<std::unique_ptr<Block>>> NoSink::Finish() {
  return std::vector<std::unique_ptr<Block>>();
}
Status NoSink::Append(std::unique_ptr<Block>) { return Status::OK(); }
Result<std::vector<OutputFile>> NoSink::Close() { return std::vector<OutputFile>(); }

Result<SignalsCounts> RunSignalsPass(const SignalsPass& pass, Sink& sink, SignalsCells* cells,
                                     std::vector<SourceFile>* files, Progress* progress) {
  ARROW_RETURN_NOT_OK(arrow::compute::Initialize());
  ARROW_ASSIGN_OR_RAISE(const auto lines, OpenLines(pass));
  std::atomic<bool> full{false};
  UntilFull source(*lines, full);
  ChooseOptions choose = pass.choose;
  choose.files = &lines->files();
  GuardRows guard(pass.schema, pass.guard);
  ChooseRows chooser(pass.schema, std::move(choose), cells, &full);
  ARROW_ASSIGN_OR_RAISE(const auto guarded, guard.Bind(source.schema()));
  ARROW_ASSIGN_OR_RAISE(const auto chosen, chooser.Bind(guarded));
  const std::vector<NamedStage> stages = {
      {.name = "guard", .transform = &guard, .schema = guarded},
      {.name = "choose", .decider = &chooser, .schema = chosen}};
  if (progress != nullptr) {
    int64_t bytes = 0;
    for (const SourceFile& file : source.files()) {
      bytes = bytes < 0 || file.size_bytes < 0 ? -1 : bytes + file.size_bytes;
    }
    progress->bytes_done = 0;
    progress->bytes_total = bytes;
  }
  UnreadLines unread(full);
  DatasetReport report;
  ARROW_RETURN_NOT_OK(RunPhase(source, stages, sink,
                               {.threads = pass.threads, .reject_bad_rows = true}, &unread,
                               progress, &report));
  SignalsCounts counts = chooser.counts();
  counts.lines += unread.count;
  counts.not_json += unread.count;
  for (const std::string& place : unread.named) {
    if (counts.broken.size() < kSignalsNamedMax) counts.broken.push_back(place);
  }
  if (files != nullptr) *files = lines->files();
  return counts;
}

Status RefusedRows(const SignalsCounts& counts, const std::string& what) {
  if (counts.refused == 0) return Status::OK();
  std::string all = Concat(what, ": rows_refused=", counts.refused);
  for (const auto& [rule, faults] : counts.rules) all += Concat(" ", rule, "=", faults);
  all += "; the first:";
  for (const std::string& refusal : counts.refusals) all += "\n  " + refusal;
  return DataRefused(
      all,
      "\nremedy: correct these rows where they come from, or --on-bad-row quarantine "
      "leaves them out; `hubmill signals guard FILE` checks a file alone");
}

}  // namespace hubmill
