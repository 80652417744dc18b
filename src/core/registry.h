// The registry: every source, stage and sink by name, with its options.
//
// There is no hidden self-registration: io/ and stages/ each have one function that lists what they
// offer (RegisterIo, RegisterStages), so that the list can be read and the linker drops nothing.
#pragma once

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "core/options.h"
#include "core/sink.h"
#include "core/source.h"
#include "core/stage.h"

namespace hubmill {

class UriResolver;

/// What a source needs beside its own options.
struct SourceContext {
  int64_t batch_rows_max = 8192;
  int64_t morsel_bytes = 1 << 20;  // How much input one Decode() handles.
  UriResolver* uris = nullptr;     // For URIs that Arrow does not know; null: there are none.
  const std::atomic<bool>* cancel = nullptr;  // Ends waits when it becomes true; null: never.
};

/// What a sink needs beside its own options.
struct SinkContext {
  std::string staging_dir;                // Exists; the sink writes below it only.
  std::string data_dir;                   // Relative folder for this data set, for example "data".
  std::shared_ptr<arrow::Schema> schema;  // Of every batch.
  std::vector<std::string> splits;        // RowRun::split indexes these.
  std::string single_file;                // `hubmill convert`: the one file's name, else empty.
};

template <typename MakeFunction>
struct Entry {
  std::string name;
  std::string summary;    // One sentence.
  std::string details;    // Markdown paragraphs for docs/stages.md: rules, memory, what is refused.
  std::string example;    // YAML of one use, as it stands in a recipe's list.
  std::string kind;       // "source", "transform", "decider", "arranger" or "sink"
  std::string shorthand;  // The option that a bare scalar or list fills, or empty.
  std::vector<OptionSpec> options;
  /// Reads the options only and adds what is wrong to `errors`; returns them written out in full.
  std::function<Setting(const Setting&, const OptionContext&, ErrorList* errors)> check;
  MakeFunction make;  // REQUIRES: check() added no error.
};

using SourceEntry = Entry<std::function<Result<std::unique_ptr<Source>>(
    const Setting&, const OptionContext&, const SourceContext&)>>;
using StageEntry = Entry<std::function<Result<Stage>(const Setting&, const OptionContext&)>>;
using SinkEntry = Entry<std::function<Result<std::unique_ptr<Sink>>(
    const Setting&, const OptionContext&, const SinkContext&)>>;

struct Registry {
  std::map<std::string, SourceEntry> sources;
  std::map<std::string, StageEntry> stages;
  std::map<std::string, SinkEntry> sinks;
};

/// The words that describe an entry.
struct EntryText {
  std::string name;
  std::string summary;
  std::string details;
  std::string example;
  std::string shorthand;
};

/// A bare scalar or list becomes {shorthand: it}, so that `- clean_text: message` works.
Setting ExpandShorthand(const Setting& setting, const std::string& shorthand);

/// An entry without its make(), for the struct `Options`.
template <typename EntryType, typename Options>
EntryType DescribeEntry(EntryText text, std::string kind) {
  EntryType entry;
  entry.name = std::move(text.name);
  entry.summary = std::move(text.summary);
  entry.details = std::move(text.details);
  entry.example = std::move(text.example);
  entry.shorthand = std::move(text.shorthand);
  entry.kind = std::move(kind);
  entry.options = OptionTable<Options>().Specs();
  entry.check = [shorthand = entry.shorthand](const Setting& setting, const OptionContext& context,
                                              ErrorList* errors) {
    OptionTable<Options> table;
    return table.Write(table.Read(ExpandShorthand(setting, shorthand), context, errors));
  };
  return entry;
}

template <typename Options>
Result<Options> ReadOptions(const Setting& setting, const std::string& shorthand,
                            const OptionContext& context) {
  ErrorList errors;
  Options options =
      OptionTable<Options>().Read(ExpandShorthand(setting, shorthand), context, &errors);
  ARROW_RETURN_NOT_OK(errors.ToStatus());
  return options;
}

/// A stage whose class has `static Result<std::unique_ptr<StageClass>> Make(Options)` and derives
/// from Transform, Decider or Arranger.
template <typename StageClass, typename Options>
StageEntry DefineStage(EntryText text) {
  constexpr const char* kKind = std::is_base_of_v<Transform, StageClass> ? "transform"
                                : std::is_base_of_v<Decider, StageClass> ? "decider"
                                                                         : "arranger";
  StageEntry entry = DescribeEntry<StageEntry, Options>(std::move(text), kKind);
  entry.make = [shorthand = entry.shorthand](const Setting& setting,
                                             const OptionContext& context) -> Result<Stage> {
    ARROW_ASSIGN_OR_RAISE(Options options, ReadOptions<Options>(setting, shorthand, context));
    auto made = StageClass::Make(std::move(options));
    if (!made.ok()) {
      return WithContext(made.status(), setting.Where(context.file) + ": " + context.owner + ": ");
    }
    using Base = std::conditional_t<
        std::is_base_of_v<Transform, StageClass>, Transform,
        std::conditional_t<std::is_base_of_v<Decider, StageClass>, Decider, Arranger>>;
    return Stage(std::unique_ptr<Base>(std::move(made).ValueUnsafe()));
  };
  return entry;
}

}  // namespace hubmill
