#include "signals/bundle_sink.h"

#include <arrow/api.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <map>
#include <optional>
#include <set>

#include "io/hashed_file.h"

namespace hubmill {
namespace {

namespace fs = std::filesystem;

constexpr std::array<const char*, 4> kStrategies = {"none", "by_source", "by_industry",
                                                    "by_source_industry"};
constexpr size_t kSlugBytesMax = 64;
constexpr int32_t kNoSplit = -1;

/// Some rows, gathered by split on any thread.
class BundleBlock final : public Block {
 public:
  BundleBlock(std::shared_ptr<arrow::Array> rows, std::vector<int32_t> splits)
      : rows_(std::move(rows)), splits_(std::move(splits)) {}

  Status Encode() override {
    const auto& rows = Rows();
    if (!splits_.empty() && std::all_of(splits_.begin(), splits_.end(),
                                        [this](int32_t split) { return split == splits_[0]; })) {
      whole_ = splits_[0];
      return Status::OK();
    }
    for (size_t i = 0; i < splits_.size(); ++i) {
      Part& part = parts_[splits_[i]];
      part.text += rows.GetView(int64_t(i));
      ++part.rows;
    }
    return Status::OK();
  }

  struct Part {
    std::string text;
    int64_t rows = 0;
  };

  const arrow::StringArray& Rows() const { return static_cast<const arrow::StringArray&>(*rows_); }
  /// All rows one after the other: they lie so.
  std::string_view text() const {
    const auto& rows = Rows();
    return {reinterpret_cast<const char*>(rows.raw_data()) + rows.value_offset(0),
            size_t(rows.total_values_length())};
  }
  int64_t rows() const { return rows_->length(); }
  std::optional<int32_t> whole() const { return whole_; }
  const std::map<int32_t, Part>& parts() const { return parts_; }

 private:
  std::shared_ptr<arrow::Array> rows_;
  std::vector<int32_t> splits_;  // Of each row; kNoSplit where there are none.
  std::optional<int32_t> whole_;
  std::map<int32_t, Part> parts_;
};

class BundleFiles final : public BundleSink {
 public:
  BundleFiles(std::string staging_dir, SplitStrategy strategy, const SignalsCells* cells)
      : staging_dir_(std::move(staging_dir)), strategy_(strategy), cells_(cells) {}

  Result<std::vector<std::unique_ptr<Block>>> Cut(Batch batch) override {
    std::vector<std::unique_ptr<Block>> blocks;
    const int64_t rows = batch.rows->num_rows();
    if (rows == 0) return blocks;
    const auto& cells = static_cast<const arrow::Int32Array&>(*batch.rows->column(1));
    std::vector<int32_t> splits(static_cast<size_t>(rows));
    for (int64_t row = 0; row < rows; ++row) {
      ARROW_ASSIGN_OR_RAISE(splits[size_t(row)], SplitOf(cells.Value(row)));
    }
    blocks.push_back(std::make_unique<BundleBlock>(batch.rows->column(0), std::move(splits)));
    return blocks;
  }
  Result<std::vector<std::unique_ptr<Block>>> Finish() override {
    return std::vector<std::unique_ptr<Block>>();
  }

  Status Append(std::unique_ptr<Block> appended) override {
    const auto& block = static_cast<const BundleBlock&>(*appended);
    ARROW_RETURN_NOT_OK(Write(kNoSplit, block.text(), block.rows()));
    if (block.whole()) {
      if (*block.whole() == kNoSplit) return Status::OK();
      return Write(*block.whole(), block.text(), block.rows());
    }
    for (const auto& [split, part] : block.parts()) {
      ARROW_RETURN_NOT_OK(Write(split, part.text, part.rows));
    }
    return Status::OK();
  }

  Result<std::vector<OutputFile>> Close() override {
    std::vector<OutputFile> out;
    for (auto& [split, open] : files_) {
      ARROW_RETURN_NOT_OK(open.file.Close());
      out.push_back({.path = PathOf(split),
                     .split = "train",
                     .rows = open.rows,
                     .size_bytes = open.file.size_bytes(),
                     .memory_bytes = open.file.size_bytes(),
                     .sha256 = open.file.sha256()});
      closed_.push_back(out.back());
    }
    return out;
  }

  Result<std::vector<OutputFile>> NameSplits(const std::vector<SignalsSplit>& splits) override {
    std::vector<OutputFile> out;
    for (OutputFile file : closed_) {
      for (const auto& [name, number] : numbers_) {
        if (file.path != PathOf(number)) continue;
        const auto found =
            std::find_if(splits.begin(), splits.end(),
                         [&split = name](const SignalsSplit& s) { return s.name == split; });
        const std::string path = kSplitsFolder + found->slug + ".jsonl";
        std::error_code error;
        fs::rename(staging_dir_ + "/" + file.path, staging_dir_ + "/" + path, error);
        if (error) return FileFailure("rename a file", path, error.value());
        file.path = path;
        file.split = found->slug;
        break;
      }
      out.push_back(std::move(file));
    }
    return out;
  }

 private:
  struct OpenFile {
    HashedFile file;
    int64_t rows = 0;
  };

  static std::string PathOf(int32_t split) {
    return split == kNoSplit ? kDatasetFile : Concat(kSplitsFolder, ".", split);
  }

  Result<int32_t> SplitOf(int32_t cell) {
    if (strategy_ == SplitStrategy::kNone) return kNoSplit;
    while (int32_t(split_of_cell_.size()) <= cell) {
      const std::string name = SplitOfCell(strategy_, cells_->At(int32_t(split_of_cell_.size())));
      const auto [found, added] = numbers_.emplace(name, int32_t(numbers_.size()));
      if (numbers_.size() > kSignalsSplitsMax) {
        return DataRefused("too many splits: max=", kSignalsSplitsMax, "; remedy: --split none");
      }
      split_of_cell_.push_back(found->second);
    }
    return split_of_cell_[size_t(cell)];
  }

  Status Write(int32_t split, std::string_view text, int64_t rows) {
    auto found = files_.find(split);
    if (found == files_.end()) {
      ARROW_ASSIGN_OR_RAISE(HashedFile file,
                            HashedFile::Create(staging_dir_ + "/" + PathOf(split)));
      found = files_.emplace(split, OpenFile{std::move(file)}).first;
    }
    found->second.rows += rows;
    return found->second.file.Write(text);
  }

  const std::string staging_dir_;
  const SplitStrategy strategy_;
  const SignalsCells* const cells_;
  std::vector<int32_t> split_of_cell_;
  std::map<std::string, int32_t> numbers_;  // Of splits, by the name that rows say.
  std::map<int32_t, OpenFile> files_;
  std::vector<OutputFile> closed_;
};

}  // namespace

const char* NameOf(SplitStrategy strategy) { return kStrategies[size_t(strategy)]; }

bool ParseSplitStrategy(std::string_view name, SplitStrategy* strategy) {
  const auto* found = std::find(kStrategies.begin(), kStrategies.end(), name);
  if (found == kStrategies.end()) return false;
  *strategy = SplitStrategy(found - kStrategies.begin());
  return true;
}

std::string SplitOfCell(SplitStrategy strategy, const SignalsCell& cell) {
  switch (strategy) {
    case SplitStrategy::kBySource:
      return cell.source;
    case SplitStrategy::kByIndustry:
      return cell.industry;
    case SplitStrategy::kBySourceIndustry:
      return cell.source + "_" + cell.industry;
    case SplitStrategy::kNone:
      break;
  }
  return "";
}

std::string SlugOf(std::string_view name) {
  std::string slug(name.substr(0, kSlugBytesMax));
  for (char& c : slug) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    if (!plain && c != '_') c = '_';
  }
  return slug.empty() ? "_" : slug;
}

std::vector<SignalsSplit> SplitsOf(SplitStrategy strategy, const std::vector<SignalsCell>& cells) {
  std::vector<std::string> sources, industries;
  for (const SignalsCell& cell : cells) {
    const auto add = [](std::vector<std::string>* names, const std::string& name) {
      if (std::find(names->begin(), names->end(), name) == names->end()) names->push_back(name);
    };
    add(&sources, cell.source);
    add(&industries, cell.industry);
  }
  std::vector<SignalsSplit> splits;
  std::set<std::string> slugs;
  const auto count = [&](const SignalsCell& cell) {
    const std::string name = SplitOfCell(strategy, cell);
    const auto found = std::find_if(splits.begin(), splits.end(),
                                    [&](const SignalsSplit& split) { return split.name == name; });
    if (found != splits.end()) {
      found->rows += cell.rows;
      return;
    }
    const std::string base = SlugOf(name);
    std::string slug = base;
    for (int i = 2; !slugs.insert(slug).second; ++i) slug = Concat(base, "_", i);
    splits.push_back({.name = name, .slug = slug, .rows = cell.rows});
  };
  if (strategy == SplitStrategy::kNone) return splits;
  if (strategy != SplitStrategy::kBySourceIndustry) {
    for (const SignalsCell& cell : cells) count(cell);
    return splits;
  }
  for (const std::string& source : sources) {
    for (const std::string& industry : industries) {
      for (const SignalsCell& cell : cells) {
        if (cell.source == source && cell.industry == industry) count(cell);
      }
    }
  }
  return splits;
}

std::unique_ptr<BundleSink> BundleSink::Make(const std::string& staging_dir, SplitStrategy strategy,
                                             const SignalsCells* cells) {
  return std::make_unique<BundleFiles>(staging_dir, strategy, cells);
}

}  // namespace hubmill
