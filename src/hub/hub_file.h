// A file of a repository at one commit, read without a copy of it on the disk first.
//
// It is read in pieces that lie on a grid of kHubPieceBytes, several at a time, each from the cache
// or, where that lacks it, from the Hub and into the cache.  So a second run transfers nothing, a
// killed one goes on where it was, and reading some columns of a Parquet file costs these columns
// and its footer.
//
// What is verified: every answer's place, length, size and named checksum (HubClient::ReadRange);
// the bytes of a file of one piece before one of them is used; those of a larger file that is read
// from start to end, at its end, before its last bytes are given out.  What is read of a larger
// file in parts has no digest to be held against: there the format's own checks stand (Parquet page
// checksums, compressed frames).
#pragma once

#include <arrow/io/interfaces.h>

#include <memory>
#include <mutex>
#include <semaphore>
#include <string>

#include "hub/client.h"
#include "hub/hub_cache.h"

namespace hubmill {

inline constexpr int64_t kHubPieceBytes = 4 << 20;
inline constexpr int64_t kHubTailBytes = 64 << 10;  // Of a Parquet file, which is looked at first.
inline constexpr int kHubPiecesAhead = 8;           // Of a stream; bounds its memory.
inline constexpr int kHubTransfersMax = 16;         // Pieces under way, over all files of a run.

/// What all files of one run share.
struct HubReading {
  std::unique_ptr<HubClient> client;
  std::unique_ptr<HubCache> cache;
  int threads = kHubPiecesAhead;  // Pieces at a time of one read.
  std::counting_semaphore<kHubTransfersMax> transfers{kHubTransfersMax};
  const Progress* progress = nullptr;  // Its `cancel` stops transfers; may be null.
};

/// Thread-safe.
class HubFile : public std::enable_shared_from_this<HubFile> {
 public:
  HubFile(std::shared_ptr<HubReading> reading, RepoId repo, std::string path, FileFacts facts);

  const FileFacts& facts() const { return facts_; }

  /// Exactly these bytes.  REQUIRES: they lie within the file.
  Status ReadAt(int64_t first, int64_t count, uint8_t* out);
  /// The bytes between two lines of the grid, `index` counted from 0.
  Result<std::string> ReadPiece(int64_t index);
  int64_t piece_count() const;

  /// Forgets what the cache has of this file; the failure to return then.
  Status RefuseDigest();

 private:
  Result<std::string> Read(int64_t first, int64_t count);
  /// Bytes that are asked for again and again are kept: the whole file, or its tail.
  Result<std::shared_ptr<const std::string>> Kept(int64_t first);

  const std::shared_ptr<HubReading> reading_;
  const RepoId repo_;
  const std::string path_;
  const FileFacts facts_;
  std::mutex mutex_;
  std::shared_ptr<const std::string> kept_;
};

/// One pass from start to end; reads ahead, the further the longer it goes on.
std::shared_ptr<arrow::io::InputStream> OpenHubStream(std::shared_ptr<HubFile> file);

std::shared_ptr<arrow::io::RandomAccessFile> OpenHubRandomAccess(std::shared_ptr<HubFile> file);

}  // namespace hubmill
