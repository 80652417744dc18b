// The sink that one source feeds and many pools come out of.
//
// A row may belong to many pools, and most of the cost of a pool is its compression.  So rows are
// decoded once, PoolStage marks on all threads which pools each row belongs to (one bit a stream in
// a column of its own), and PoolSink cuts a list of row groups for every stream at once.  The rows
// of a group are gathered and encoded on any thread; pools with the same rows share one stream, so
// they are encoded once and their files are links to each other.
//
// A batch is shared by the open groups of all pools, not copied for each; only where a pool takes
// few of a batch's rows are these copied out, so that a rare pool does not keep every batch alive.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "core/sink.h"
#include "core/stage.h"
#include "llm/pool_ranks.h"
#include "llm/pool_rules.h"

namespace hubmill {

inline constexpr char kPoolMaskColumn[] = "hubmill:pools";

/// Adds the column kPoolMaskColumn.  `membership` outlives it.
class PoolStage : public Transform {
 public:
  explicit PoolStage(const PoolMembership& membership) : membership_(membership) {}
  Result<std::shared_ptr<arrow::Schema>> Bind(const std::shared_ptr<arrow::Schema>& input) override;
  Result<Applied> Apply(const Batch& input) const override;

 private:
  const PoolMembership& membership_;
};

struct PoolSinkOptions {
  std::string compression = "zstd";
  int level = 1;
  int64_t group_bytes = 8 << 20;  // Of values; a dozen groups are open at a time.
  int64_t shard_rows = 100'000;   // Exact.
  bool original_names = false;    // POOL__00000.parquet instead of train-00000-of-00001.parquet.
};

/// How often the rows had each mask: everything that there is to know about counts and overlaps.
using PoolMasks = std::map<uint64_t, int64_t>;

class PoolSink : public Sink {
 public:
  /// Writes STAGING/POOL/, STAGING/.hubmill/lineage/POOL.parquet and, where the rows have an id,
  /// STAGING/.hubmill/ids/POOL.ids for each pool that has rows.
  /// `schema` is that of the rows without the mask; `choices` are the rows of streams with
  /// `order_by` (PoolRanks), and may be empty where there is none.
  static Result<std::unique_ptr<PoolSink>> Open(const std::string& staging_dir,
                                                std::shared_ptr<arrow::Schema> schema,
                                                std::vector<PoolStream> streams,
                                                PoolChoices choices,
                                                const PoolSinkOptions& options);

  /// Of the first pool of stream `i`; the files of the others have the same names in their folders.
  virtual const std::vector<OutputFile>& files(size_t i) const = 0;
  virtual const PoolMasks& masks() const = 0;
};

/// `file` of the first pool of a stream, as it is called for another pool of it.
std::string FileOfPool(const std::string& path, const std::string& from, const std::string& to);

}  // namespace hubmill
