#include "run/llm_inventory.h"

#include <algorithm>
#include <cstdio>
#include <mutex>
#include <nlohmann/json.hpp>
#include <set>
#include <thread>

#include "core/parallel.h"
#include "hub/data_layout.h"
#include "hubmill/hubmill.h"
#include "io/file_output.h"
#include "io/line_blocks.h"
#include "io/output_folder.h"
#include "llm/inventory.h"
#include "run/data_place.h"
#include "run/hub_access.h"

namespace hubmill {
namespace {

using Json = nlohmann::json;  // Sorted keys: the order of folders changes nothing.

bool EndsWithAny(std::string_view name, std::initializer_list<std::string_view> ends) {
  for (std::string_view zip : {".gz", ".zst"}) {
    if (name.ends_with(zip)) name.remove_suffix(zip.size());
  }
  return std::any_of(ends.begin(), ends.end(), [&](auto end) { return name.ends_with(end); });
}
bool IsParquet(std::string_view name) { return name.ends_with(".parquet"); }
bool IsData(std::string_view name) {
  return IsParquet(name) || EndsWithAny(name, {".jsonl", ".ndjson"});
}

struct SplitFiles {
  std::string dataset;
  std::string revision;
  std::string config;
  std::string split;
  std::vector<InputFile> files;
  FileCounts counts;
};

/// One input: its data files and cards by their path below it.
struct Place : DataPlace {
  std::map<std::string, int64_t> sizes;
};

Status ListPlace(Place* place) {
  ARROW_ASSIGN_OR_RAISE(const auto found, place->ListFiles());
  for (const auto& [path, size] : found) {
    const bool hidden = path.starts_with('.') || path.find("/.") != path.npos;
    const bool card = path == "README.md" || path.ends_with("/README.md");
    if (!hidden && (IsData(path) || card)) place->sizes[path] = size;
  }
  return Status::OK();
}

/// Where the data set of `path` begins, without a slash at its end.
std::string RootOf(const Place& place, const std::string& path) {
  const std::string whole = "/" + path;
  if (const size_t data = whole.find("/data/"); data != whole.npos) {
    return data == 0 ? "" : whole.substr(1, data - 1);
  }
  for (size_t slash = path.rfind('/'); slash != path.npos && slash > 0;
       slash = path.rfind('/', slash - 1)) {
    const std::string folder = path.substr(0, slash);
    if (place.sizes.contains(folder + "/README.md")) return folder;
  }
  return "";
}

class InventoryRun {
 public:
  InventoryRun(const InventoryOptions& options, Progress* progress)
      : options_(options), progress_(progress) {
    threads_ = ThreadsOf(options.threads);
  }

  Result<InventoryReport> Run() {
    HubUris uris([this] { return FindHubAccess(options_.hub, options_.hub_token); }, progress_);
    for (const std::string& input : options_.inputs) {
      Place place;
      ARROW_ASSIGN_OR_RAISE(static_cast<DataPlace&>(place), FindPlace(input, uris));
      ARROW_RETURN_NOT_OK(ListPlace(&place));
      const size_t before = splits_.size();
      ARROW_RETURN_NOT_OK(AddDatasets(place));
      if (splits_.size() == before) {
        return WrongUsage("there are no data files: path=", place.root,
                          "; remedy: name a folder with *.parquet or *.jsonl (.gz, .zst)");
      }
    }
    ARROW_RETURN_NOT_OK(CountAll());
    return Write();
  }

 private:
  Status AddDatasets(const Place& place) {
    std::map<std::string, std::vector<std::string>> paths;  // By root, relative to it.
    for (const auto& [path, size] : place.sizes) {
      if (!IsData(path)) continue;
      const std::string root = RootOf(place, path);
      paths[root].push_back(root.empty() ? path : path.substr(root.size() + 1));
    }
    for (auto& [root, inner] : paths) {
      const std::string name = root.empty()             ? place.name
                               : place.revision.empty() ? root
                                                        : place.name + "/" + root;
      ARROW_RETURN_NOT_OK(AddDataset(place, name, root, inner));
    }
    return Status::OK();
  }

  Status AddDataset(const Place& place, const std::string& name, const std::string& root,
                    const std::vector<std::string>& paths) {
    const std::string prefix = root.empty() ? "" : root + "/";
    ARROW_ASSIGN_OR_RAISE(const Card card, ReadCard(place, prefix));
    std::set<std::string> told;
    const auto add = [&](const std::string& config, const std::string& split,
                         const std::string& path) {
      SplitFiles& to = SplitNamed(name, place.revision, config, split);
      to.files.push_back(place.File(prefix + path, place.sizes.at(prefix + path)));
      told.insert(path);
    };
    for (const CardConfig& config : card.configs) {
      if (!config.listed || config.splits.empty()) continue;
      HubAddress address;
      address.config = config.name;
      const auto splits = LayOutSplits(address, card, paths, &IsData);
      if (!splits.ok()) return WithContext(splits.status(), "README.md of " + name + ": ");
      for (const SplitPaths& split : *splits) {
        for (const std::string& path : split.paths) add(config.name, split.split, path);
      }
    }
    for (const std::string& path : paths) {  // What no card names is told by its own name.
      if (!told.contains(path)) add("default", SplitOfFile(path), path);
    }
    return Status::OK();
  }

  static Result<Card> ReadCard(const Place& place, const std::string& prefix) {
    const std::string path = prefix + "README.md";
    if (!place.sizes.contains(path)) return Card();
    ARROW_ASSIGN_OR_RAISE(const std::string text, place.ReadText(path, int64_t(kCardBytesMax)));
    auto card = ParseCard(text);
    if (!card.ok()) return WithContext(card.status(), place.root + "/" + path + ": ");
    return card;
  }

  SplitFiles& SplitNamed(const std::string& dataset, const std::string& revision,
                         const std::string& config, const std::string& split) {
    for (SplitFiles& known : splits_) {
      if (known.dataset == dataset && known.config == config && known.split == split) return known;
    }
    splits_.push_back({.dataset = dataset, .revision = revision, .config = config, .split = split});
    return splits_.back();
  }

  Status CountAll() {
    struct Task {
      SplitFiles* split;
      const InputFile* file;
    };
    std::vector<Task> footers;
    std::vector<InputFile> texts;
    std::vector<SplitFiles*> text_splits;
    for (SplitFiles& split : splits_) {
      for (const InputFile& file : split.files) {
        if (IsParquet(file.name)) {
          footers.push_back({&split, &file});
        } else {
          texts.push_back(file);
          text_splits.push_back(&split);
        }
      }
    }
    const int at_a_time = footers.empty() || !IsRemote(*footers[0].file) ? threads_ : kRemoteReads;
    std::mutex mutex;
    ARROW_RETURN_NOT_OK(ForEachParallel(footers.size(), at_a_time, [&](size_t i) -> Status {
      if (progress_ != nullptr && progress_->cancel) return RunFailed("interrupted");
      ARROW_ASSIGN_OR_RAISE(const FileCounts counts, CountParquet(*footers[i].file));
      const std::lock_guard lock(mutex);
      footers[i].split->counts.Add(counts);
      return Status::OK();
    }));
    return CountTexts(texts, text_splits);
  }

  /// One thread at a time reads the next block; all of them count.
  Status CountTexts(const std::vector<InputFile>& texts,
                    const std::vector<SplitFiles*>& text_splits) {
    LineCutter cutter;
    LineBlocks blocks(&texts, &cutter, {});
    std::mutex mutex;
    return ForEachParallel(size_t(threads_), threads_, [&](size_t) -> Status {
      std::map<SplitFiles*, JsonLinesCounter> counters;
      std::map<SplitFiles*, int64_t> too_long;
      while (true) {
        std::optional<LineBlock> block;
        {
          const std::lock_guard lock(mutex);
          if (progress_ != nullptr && progress_->cancel) return RunFailed("interrupted");
          ARROW_ASSIGN_OR_RAISE(block, blocks.Next());
        }
        if (!block) break;
        SplitFiles* split = text_splits[size_t(block->file)];
        if (block->too_long) {
          ++too_long[split];
        } else {
          counters[split].Count(TextOf(*block));
        }
      }
      const std::lock_guard lock(mutex);
      for (const auto& [split, counter] : counters) split->counts.Add(counter.counts());
      for (const auto& [split, count] : too_long) split->counts.bad_lines += count;
      return Status::OK();
    });
  }

  Result<InventoryReport> Write() {
    std::sort(splits_.begin(), splits_.end(), [](const SplitFiles& a, const SplitFiles& b) {
      return std::tie(a.dataset, a.config, a.split) < std::tie(b.dataset, b.config, b.split);
    });
    InventoryReport report;
    Json inventory{{"version", 1}, {"datasets", Json::object()}};
    Json coverage{{"version", 1}, {"splits", Json::array()}};
    report.coverage =
        "| data set | config | split | rows | correctness | difficulty | tools | licence | "
        "reasoning | uuid |\n|---|---|---|---|---|---|---|---|---|---|\n";
    for (const SplitFiles& split : splits_) {
      Json& dataset = inventory["datasets"][split.dataset];
      dataset["revision"] = split.revision.empty() ? Json() : Json(split.revision);
      dataset["configs"][split.config]["splits"][split.split] = Describe(split);
      coverage["splits"].push_back(Cover(split, &report.coverage));
      report.rows += split.counts.rows;
      report.files += int64_t(split.files.size());
      for (const InputFile& file : split.files) report.bytes += file.size_bytes;
    }
    report.datasets = int64_t(inventory["datasets"].size());
    ARROW_ASSIGN_OR_RAISE(auto folder,
                          OutputFolder::Open(options_.out_dir, "llm inventory", /*fresh=*/true));
    const auto write = [&](const char* name, const std::string& text) {
      return WriteFile(folder->staging_dir() + "/" + name, text);
    };
    const Json manifest{
        {"hubmill", Version()},
        {"recipe", "llm_inventory"},
        {"datasets", Json::array()},
        {"also", {"inventory.json", "metadata_coverage.json", "metadata_coverage.md"}}};
    ARROW_RETURN_NOT_OK(write("inventory.json", Dump(inventory)));
    ARROW_RETURN_NOT_OK(write("metadata_coverage.json", Dump(coverage)));
    ARROW_RETURN_NOT_OK(
        write("metadata_coverage.md",
              "# Metadata coverage\n\nThe share of rows that have it.\n\n" + report.coverage));
    ARROW_RETURN_NOT_OK(write("manifest.json", Dump(manifest)));
    ARROW_RETURN_NOT_OK(folder->Commit());
    return report;
  }

  static std::string Dump(const Json& json) {
    return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
  }

  static Json Describe(const SplitFiles& split) {
    Json files = Json::array();
    for (const InputFile& file : split.files) {
      files.push_back({{"path", file.name}, {"bytes", file.size_bytes}});
    }
    Json columns = Json::object();
    for (const auto& [name, field] : split.counts.fields) {
      columns[name] = {{"types", field.types}, {"present", field.present}, {"null", field.nulls}};
    }
    return {{"files", files},
            {"rows", split.counts.rows},
            {"bad_lines", split.counts.bad_lines},
            {"columns", columns}};
  }

  static int64_t FilledOf(const FileCounts& counts, std::initializer_list<const char*> names) {
    int64_t most = 0;
    for (const char* name : names) {
      const auto found = counts.fields.find(name);
      if (found != counts.fields.end()) most = std::max(most, found->second.filled());
    }
    return most;
  }

  /// Shares of the rows; the settings of the correctness too in JSON.
  static Json Cover(const SplitFiles& split, std::string* table) {
    const FileCounts& counts = split.counts;
    const bool told = split.split.starts_with("low") || split.split.starts_with("medium") ||
                      split.split.starts_with("high");
    const std::vector<std::pair<const char*, int64_t>> facts = {
        {"correctness",
         std::max(counts.rows_with_accuracy, FilledOf(counts, {"meta_correctness"}))},
        {"difficulty", std::max(FilledOf(counts, {"meta_difficulty_bin"}), told ? counts.rows : 0)},
        {"tools", counts.rows_with_tools},
        {"licence", FilledOf(counts, {"license", "source_license"})},
        {"reasoning", FilledOf(counts, {"reasoning", "source_reasoning"})},
        {"uuid", FilledOf(counts, {"uuid", "source_uuid"})}};
    Json out{{"dataset", split.dataset},
             {"config", split.config},
             {"split", split.split},
             {"rows", counts.rows},
             {"settings", Json::object()}};
    *table += Concat("| ", split.dataset, " | ", split.config, " | ", split.split, " | ",
                     counts.rows, " |");
    const auto share = [&counts](int64_t rows) {
      return counts.rows == 0 ? 0.0 : double(rows) / double(counts.rows);
    };
    for (const auto& [name, rows] : facts) {
      out[name] = share(rows);
      char text[32];
      std::snprintf(text, sizeof(text), " %.1f %% |", share(rows) * 100);
      *table += text;
    }
    *table += "\n";
    for (const auto& [name, field] : counts.fields) {
      const bool raw = name.starts_with("metadata.") && name.ends_with(".accuracy");
      if (raw) out["settings"][name.substr(9, name.size() - 18)] = share(field.filled());
      if (name.starts_with("meta_correctness_")) {
        out["settings"][name.substr(17)] = share(field.filled());
      }
    }
    return out;
  }

  static constexpr int kRemoteReads = 16;  // Each waits for the network, not for a core.
  const InventoryOptions& options_;
  Progress* const progress_;
  int threads_ = 1;
  std::vector<SplitFiles> splits_;
};

}  // namespace

Result<InventoryReport> RunInventory(const InventoryOptions& options, Progress* progress) {
  return InventoryRun(options, progress).Run();
}

}  // namespace hubmill
