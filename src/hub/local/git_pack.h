// Git objects on their way to the disk: one pack file a commit, whatever the number of objects.
//
// git's loose objects are files of their own, each of which must be synced before a ref may name
// it: 2,000 waits for the disk for a commit of 1,000 small files.  A pack costs two, its own and
// its index's.  It is written as the objects come, so that a large commit needs no memory but some
// 100 bytes an object, and its objects are stored whole, without deltas: a Hub's large files lie
// elsewhere, and what remains is text that zlib packs well enough.
//
// Formats: gitformat-pack(5), pack version 2 and index version 2.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "hub/local/durable_file.h"

struct git_odb_backend;

namespace hubmill::local_hub {

using GitId = std::array<unsigned char, 20>;

/// Where an object lies in a pack.
struct PackedObject {
  int kind = 0;  // 1 commit, 2 tree, 3 blob, 4 tag; 6 and 7 are deltas.
  uint64_t raw_bytes = 0;
  uint64_t offset = 0;
  uint64_t bytes = 0;  // With its head.
  uint32_t crc = 0;
};

/// A pack that is being written.  Belongs to one thread at a time.
class PackWriter {
 public:
  /// Packs go to `folder`, by way of `temp_folder` on the same file system.
  PackWriter(std::string folder, std::string temp_folder, bool durable)
      : folder_(std::move(folder)), temp_folder_(std::move(temp_folder)), durable_(durable) {}

  /// Adds an object.  It can be read back from here, and by nobody else before Publish.
  Status Add(const GitId& id, int kind, std::string_view data);
  /// Adds one in its packed form; `packed` tells all but the offset.
  Status AddPacked(const GitId& id, PackedObject packed, std::string_view bytes);
  /// nullptr where it was not added.
  const PackedObject* Find(const GitId& id) const;
  Result<std::string> Read(const PackedObject& object) const;

  /// Puts the pack into place, where it has objects, and begins anew.  Once this returns the
  /// objects last, and any reader finds them.  The file's name without its ending, or "" where
  /// there is none.
  Result<std::string> Publish();
  /// Forgets what was added since.
  void Discard();

 private:
  Result<std::string> Seal();
  std::string RenderIndex(const std::string& digest) const;

  std::string folder_;
  std::string temp_folder_;
  bool durable_;
  std::optional<DurableFile> file_;
  uint64_t size_ = 0;
  std::map<GitId, PackedObject> objects_;
};

/// A libgit2 object backend that writes into `pack` and reads from it, and passes on what is not
/// there.  libgit2 takes ownership; `pack` must outlive its object database.
git_odb_backend* NewPackBackend(PackWriter* pack);

/// Keeps the packs in `folder` few: where there are more than `packs_max`, the smaller ones become
/// one, so that each of the rest is at least twice as large as all smaller ones together and a byte
/// is copied a logarithmic number of times.  Packs above 64 MiB stay, and those with deltas, which
/// others made.
/// REQUIRES: nobody else writes or reads packs there.
Status MergePacks(const std::string& folder, const std::string& temp_folder, bool durable,
                  size_t packs_max);

}  // namespace hubmill::local_hub
