// What people look at: a folder, a file or a repository as configs, splits and files.
//
// Which files belong to which split is what the `datasets` library would load: as the card says,
// else by the names of folders and files (hub/data_layout.h).  What hubmill itself puts beside the
// rows is set apart: manifest.json and lineage, tables of `dedup --clusters`, rejects.jsonl.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/failure.h"
#include "io/input_files.h"
#include "run/data_place.h"
#include "view/row_table.h"

namespace hubmill {

inline constexpr size_t kDataSetFilesMax = 100'000;
inline constexpr int64_t kManifestBytesMax = 16 << 20;

/// One split.
struct DataSplit {
  std::string name;
  std::vector<InputFile> files;      // In reading order.
  std::vector<std::string> formats;  // Of the files, each once: "parquet", "jsonl", "csv", "zeek".
  int64_t bytes = 0;                 // Of the files as they lie there.
  ClassNames class_names;            // Of its config, as the card has them (dataset_info).

  Result<std::shared_ptr<RowTable>> OpenRows() const;
};

struct DataConfig {
  std::string name;  // "default" where neither card nor folder names one.
  bool is_default = false;
  std::vector<DataSplit> splits;
};

/// A snapshot: what comes or goes later is not seen.  Immutable after Open(), so any thread reads.
struct DataSet {
  DataPlace place;
  std::string title;  // The card's pretty_name, else its first heading, else the name.
  std::string card;   // README.md's text; empty where there is none.
  std::vector<DataConfig> configs;      // As the card orders them; empty where nothing can be read.
  std::optional<std::string> manifest;  // manifest.json's text, where there is one.
  std::vector<std::string> clusters;    // Paths below the place: tables of `dedup --clusters`.
  std::vector<std::string> rejects;     // Paths below the place: rejects.jsonl files.
  std::string config;                   // What Find() takes where none is named; empty: its rule.
  std::string split;
  std::vector<std::string> problems;  // Sentences: a card that cannot be read, files that are gone.

  /// A folder, or a repository at its commit.  A card that cannot be read is a problem, not a
  /// failure: the names decide then.  Failures: kService, kWrongUsage (no such folder).
  static Result<DataSet> Open(const DataPlace& place);

  /// One data file at `path` below `place` as the split "train" of the config "default".
  static Result<DataSet> OpenFile(const DataPlace& place, const std::string& path);

  /// What a person names: a data file, a folder, OWNER/NAME, hub://OWNER/NAME[@REVISION][/PATH] or
  /// ...?config=&split=, or an Arrow URI.  What is not there is kWrongUsage.
  static Result<DataSet> OpenInput(const std::string& input, HubUris& uris);

  /// The split that is named.  An empty config is the default one (marked so, called "default", or
  /// the only one); an empty split is the only one, else "train", else the first.  What is not
  /// there is kWrongUsage and names the nearest.  Lives as long as this.
  Result<const DataSplit*> Find(const std::string& config_name,
                                const std::string& split_name) const;
};

/// "parquet", "jsonl", "csv", "zeek" by the end of a file's name (.gz and .zst may follow all but
/// the first); empty: none that hubmill reads.
std::string FormatOfName(std::string_view path);

/// Whether the footer of the Parquet file has the columns of a `dedup --clusters` table: id,
/// cluster, kept, representative.  False for what cannot be read, but kService where nobody tells.
Result<bool> IsClusterTable(const InputFile& file);

}  // namespace hubmill
