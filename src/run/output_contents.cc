#include "run/output_contents.h"

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "core/parallel.h"
#include "hub/digest.h"
#include "hub/repo_id.h"
#include "net/redact.h"
#include "run/license_rollup.h"

namespace hubmill {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;

constexpr int64_t kManifestBytesMax = 1 << 30;

Status NoOutput(const std::string& folder, const std::string& why) {
  return WrongUsage("not an output folder of hubmill: folder=", folder, " why=", OneLine(why, 160),
                    "; remedy: give the folder that `hubmill run` wrote");
}

Status DamagedManifest(const std::string& folder, const std::string& why) {
  return DataRefused("the manifest is not as a run writes it: file=", folder,
                     "/manifest.json why=", why,
                     "; remedy: run the recipe again, and do not change its output");
}

/// Whether a stage pii_guard of a manifest's data set has the action report.
bool GuardReports(const Json& dataset) {
  const Json::json_pointer of_guard("/pii_guard/action");
  const Json::json_pointer of_stages("/options/stages");
  if (!dataset.contains(of_stages)) return false;
  for (const Json& stage : dataset.at(of_stages)) {
    if (stage.contains(of_guard) && stage.at(of_guard) == "report") return true;
  }
  return false;
}

/// The data files and rows that the manifest states.
Status ReadManifest(const std::string& folder, OutputContents* contents) {
  const auto text = ReadWholeFile(folder + "/manifest.json", kManifestBytesMax);
  if (!text.ok()) return NoOutput(folder, text.status().message());
  try {
    const Json manifest = Json::parse(*text);
    contents->recipe = manifest.at("recipe").get<std::string>();
    if (manifest.contains("limit")) {
      contents->notes.push_back(
          Concat("the set that is published is cut: limit=", manifest["limit"].get<int64_t>(),
                 "; remedy: run it without --limit, and publish again"));
    }
    for (const Json& dataset : manifest.at("datasets")) {
      for (const Json& file : dataset.at("files")) {
        const auto path = file.at("path").get<std::string>();
        ARROW_RETURN_NOT_OK(CheckRepoPath(path));
        contents->files.push_back({.path = path,
                                   .local = folder + "/" + path,
                                   .size_bytes = file.at("size").get<int64_t>(),
                                   .sha256 = file.at("sha256").get<std::string>()});
        contents->rows += file.at("rows").get<int64_t>();
      }
      contents->guard_reports = contents->guard_reports || GuardReports(dataset);
      const Json splits = dataset.value("splits", Json::object());
      for (const auto& split : splits.items()) {
        if (split.value().get<int64_t>() > 0) continue;
        contents->notes.push_back(
            EmptySplitNote(dataset.at("name").get<std::string>(), split.key()));
      }
    }
  } catch (const Json::parse_error& error) {
    return DamagedManifest(folder, Concat("no JSON at byte ", error.byte));
  } catch (const Json::exception&) {  // Its own words name types and keys of a library.
    return DamagedManifest(folder, "a field is missing or of another type");
  }
  return Status::OK();
}

Status CheckFile(const PublishFile& file) {
  const auto digest = Sha256OfFile(file.local);
  if (digest.ok() && digest->size_bytes == file.size_bytes && digest->hex == file.sha256) {
    return Status::OK();
  }
  return DataRefused("a data file is not what the manifest says: file=", file.local,
                     digest.ok() ? Concat(" size_bytes=", digest->size_bytes,
                                          " size_bytes_manifest=", file.size_bytes)
                                 : " why=" + digest.status().message(),
                     "; remedy: run the recipe again, and do not change its output");
}

Status AddTraceFile(const std::string& local, const std::string& path, OutputContents* contents) {
  ARROW_ASSIGN_OR_RAISE(FileDigest digest, Sha256OfFile(local));
  contents->files.push_back({.path = TraceFolderOf(contents->recipe) + path,
                             .local = local,
                             .size_bytes = digest.size_bytes,
                             .sha256 = std::move(digest.hex)});
  return Status::OK();
}

}  // namespace

std::string EmptySplitNote(const std::string& dataset, const std::string& split) {
  return Concat("a split has no rows, and the datasets library refuses it: data_set=", dataset,
                " split=", split, "; remedy: check its input, or leave it out");
}

Result<bool> HasBytesOf(const TreeEntry& entry, const PublishFile& file) {
  if (entry.directory || entry.size_bytes != file.size_bytes) return false;
  if (entry.large()) return entry.sha256 == file.sha256;
  ARROW_ASSIGN_OR_RAISE(const FileDigest digest, GitBlobIdOfFile(file.local));
  return entry.git_id == digest.hex;
}

std::string TraceFolderOf(const std::string& recipe) { return ".hubmill/" + recipe + "/"; }

Result<OutputContents> ReadOutputFolder(const std::string& folder, int threads) {
  OutputContents contents;
  ARROW_RETURN_NOT_OK(ReadManifest(folder, &contents));
  ARROW_RETURN_NOT_OK(CheckLicenses(folder));
  auto readme = ReadWholeFile(folder + "/README.md", kCardBytesMax);
  if (!readme.ok()) return NoOutput(folder, readme.status().message());
  contents.readme = *std::move(readme);
  ARROW_ASSIGN_OR_RAISE(contents.card, ParseCard(contents.readme));
  if (contents.card.configs.empty()) return NoOutput(folder, "README.md states no config");
  ARROW_RETURN_NOT_OK(ForEachParallel(contents.files.size(), threads,
                                      [&](size_t i) { return CheckFile(contents.files[i]); }));
  ARROW_RETURN_NOT_OK(AddTraceFile(folder + "/manifest.json", "manifest.json", &contents));
  std::error_code error;
  for (const std::string kind : {"lineage/", "ids/"}) {
    for (const auto& entry : fs::directory_iterator(folder + "/.hubmill/" + kind, error)) {
      if (!entry.is_regular_file(error)) continue;
      const std::string name = entry.path().filename().string();
      ARROW_RETURN_NOT_OK(AddTraceFile(entry.path().string(), kind + name, &contents));
    }
  }
  std::sort(contents.files.begin(), contents.files.end(),
            [](const PublishFile& a, const PublishFile& b) { return a.path < b.path; });
  return contents;
}

}  // namespace hubmill
