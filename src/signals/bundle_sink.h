// The files of a bundle: dataset.jsonl with all rows, and a copy of each in the file of its split.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "core/sink.h"
#include "signals/guard_rows.h"

namespace hubmill {

enum class SplitStrategy : uint8_t { kNone, kBySource, kByIndustry, kBySourceIndustry };
/// "by_source"
const char* NameOf(SplitStrategy strategy);
/// Nothing for another name.
bool ParseSplitStrategy(std::string_view name, SplitStrategy* strategy);

inline constexpr char kDatasetFile[] = "dataset.jsonl";
inline constexpr char kInfoFile[] = "dataset_info.json";
inline constexpr char kSplitsFolder[] = "splits/";
inline constexpr size_t kSignalsSplitsMax = 1000;

/// The name of a cell's split as rows say it: "mock_hvac".
std::string SplitOfCell(SplitStrategy strategy, const SignalsCell& cell);

/// `name` as a file's name: what is no a-z, A-Z, 0-9, _ or - becomes _, up to 64 bytes.
std::string SlugOf(std::string_view name);

/// A split and how many rows it has.
struct SignalsSplit {
  std::string name;  // As rows say it.
  std::string slug;  // Of its file.
  int64_t rows = 0;
};

/// The splits of these cells in the order of dataset_info.json: by first seen source, then by first
/// seen industry.  Each has a slug of its own.
std::vector<SignalsSplit> SplitsOf(SplitStrategy strategy, const std::vector<SignalsCell>& cells);

/// Takes rows as ChooseRows makes them.  `cells` outlives the sink.
class BundleSink : public Sink {
 public:
  static std::unique_ptr<BundleSink> Make(const std::string& staging_dir, SplitStrategy strategy,
                                          const SignalsCells* cells);

  /// After Close(): gives the files of splits, which are named by number until then, their slugs.
  virtual Result<std::vector<OutputFile>> NameSplits(const std::vector<SignalsSplit>& splits) = 0;
};

}  // namespace hubmill
