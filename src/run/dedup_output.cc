#include "run/dedup_output.h"

#include <arrow/type.h>

#include "hubmill/hubmill.h"
#include "io/file_output.h"
#include "io/input_files.h"
#include "run/card.h"
#include "run/lineage_sink.h"
#include "run/published_names.h"

namespace hubmill {

bool IsFolderName(const std::string& output) {
  const std::string name = WithoutSecrets(output);
  const size_t slash = name.rfind('/');
  return name.substr(slash == name.npos ? 0 : slash + 1).find('.') == name.npos;
}

Result<std::unique_ptr<DedupOutput>> DedupOutput::Open(const DedupOptions& options) {
  std::unique_ptr<DedupOutput> output(new DedupOutput);
  if (IsFolderName(options.output)) {
    // Nothing of an interrupted run is taken over: there is one data set only.
    ARROW_ASSIGN_OR_RAISE(output->folder_, OutputFolder::Open(options.output, "dedup", true));
  } else {
    ARROW_ASSIGN_OR_RAISE(output->file_, SingleFile::Open(options.output));
  }
  return output;
}

DedupOutput::~DedupOutput() {
  if (folder_ == nullptr || committed_) return;
  const Status ignored = folder_->Discard();  // Nothing can be done about it here.
  (void)ignored;
}

Result<std::unique_ptr<Sink>> DedupOutput::OpenSink(const BlockUse& use,
                                                    const std::shared_ptr<arrow::Schema>& schema,
                                                    const std::vector<std::string>& splits) {
  const bool folder = folder_ != nullptr;
  const SinkContext context{.staging_dir = folder ? folder_->staging_dir() : file_->staging_dir(),
                            .data_dir = folder ? "data" : "",
                            .schema = schema,
                            .splits = splits,
                            .single_file = folder ? "" : file_->name()};
  ARROW_ASSIGN_OR_RAISE(auto sink,
                        AllBlocks().sinks.at(use.name).make(
                            use.options, {.file = "dedup", .owner = "sink " + use.name}, context));
  if (!folder) return sink;
  ARROW_ASSIGN_OR_RAISE(
      lineage_,
      LineageWriter::Open(folder_->staging_dir() + "/.hubmill/lineage/default.parquet", splits));
  return std::make_unique<LineageSink>(std::move(sink), *lineage_);
}

Status DedupOutput::WriteTexts(const Recipe& recipe, const Plan& plan,
                               const RunReport& report) const {
  const std::string& staging = folder_->staging_dir();
  ARROW_ASSIGN_OR_RAISE(const std::string card, RenderCard(recipe, plan, report));
  ARROW_RETURN_NOT_OK(WriteFile(staging + "/README.md", card));
  return WriteFile(staging + "/manifest.json", WithPublishedNames(report, recipe).ToManifest());
}

Status DedupOutput::Commit(const Recipe& recipe, Plan& plan, bool by_lines,
                           const RunReport& report) {
  if (folder_ == nullptr) return file_->Commit();
  ARROW_RETURN_NOT_OK(lineage_->Close());
  // Whole lines were not looked into, so that readers of the card must infer their columns.
  if (by_lines) plan.datasets[0].phases.back().schema = arrow::schema({});
  ARROW_RETURN_NOT_OK(WriteTexts(recipe, plan, report));
  ARROW_RETURN_NOT_OK(folder_->Commit());
  committed_ = true;
  return Status::OK();
}

Setting ParametersOf(const DedupOptions& options) {
  constexpr const char* kMethods[] = {"exact", "near", "paragraph", "overlap"};
  constexpr const char* kKeeps[] = {"first", "longest", "best", "none"};
  Setting out;
  out.kind = Setting::Kind::kMap;
  const auto add = [&](const char* name, Setting value) {
    out.entries.emplace_back(name, std::move(value));
    out.entry_marks.push_back({});
  };
  const auto add_text = [&](const char* name, const std::string& text) {
    if (!text.empty()) add(name, Setting::Scalar(text));
  };
  add_text("method", kMethods[size_t(options.method)]);
  add_text("text", options.text);
  add_text("keep", kKeeps[size_t(options.keep)]);
  add_text("best", options.best);
  add_text("within", options.within);
  if (options.method == DedupMethod::kNear) {
    add("ngram", WriteValue(int64_t(options.shape.ngram)));
    add("bands", WriteValue(int64_t(options.shape.bands)));
    add("rows", WriteValue(int64_t(options.shape.rows)));
    if (options.verify) add("verified_threshold", WriteValue(options.threshold));
  }
  if (options.method == DedupMethod::kParagraph) {
    add_text("unit", options.unit == PieceUnit::kLine ? "line" : "paragraph");
    add("min_chars", WriteValue(options.chars_min));
    add("max_repeats", WriteValue(options.repeats_max));
  }
  if (options.overlap > 0) {
    add("overlap", WriteValue(int64_t(options.overlap)));
    add("overlap_share", WriteValue(options.overlap_share));
  }
  return out;
}

}  // namespace hubmill
