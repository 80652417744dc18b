#include "server/artefact_list.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>

#include "base/hash.h"
#include "base/utf8.h"

namespace hubmill::server {
namespace {

namespace fs = std::filesystem;

constexpr size_t kReadBytes = 1 << 20;

Artefact FileOfManifest(const nlohmann::json& file) {
  if (!file.is_object() || !file.contains("path") || !file["path"].is_string()) return {};
  if (!file.contains("sha256") || !file["sha256"].is_string()) return {};
  if (!file.contains("size") || !file["size"].is_number_integer()) return {};
  return {.name = file["path"], .size_bytes = file["size"], .sha256 = file["sha256"]};
}

/// By name, size and SHA-256 as the run wrote them; empty where there is no readable manifest.
std::map<std::string, Artefact> FilesOfManifest(const fs::path& folder) {
  std::map<std::string, Artefact> files;
  std::ifstream in(folder / "manifest.json", std::ios::binary);
  const nlohmann::json manifest = nlohmann::json::parse(in, nullptr, false);
  if (!manifest.is_object() || !manifest.contains("datasets")) return files;
  for (const nlohmann::json& dataset : manifest["datasets"]) {
    if (!dataset.is_object() || !dataset.contains("files")) continue;
    for (const nlohmann::json& file : dataset["files"]) {
      Artefact artefact = FileOfManifest(file);
      files.emplace(artefact.name, artefact);
    }
  }
  return files;
}

Result<std::string> HashOf(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  Sha256Stream hash;
  std::string buffer(kReadBytes, '\0');
  while (in) {
    in.read(buffer.data(), static_cast<std::streamsize>(buffer.size()));
    hash.Update(std::string_view(buffer).substr(0, static_cast<size_t>(in.gcount())));
  }
  if (!in.eof()) return RunFailed("cannot read an output file: file=", path.string());
  return hash.HexDigest();
}

}  // namespace

Result<std::vector<Artefact>> ListArtefacts(const std::string& folder) {
  std::vector<Artefact> artefacts;
  std::error_code error;
  if (!fs::is_directory(folder, error)) return artefacts;
  const std::map<std::string, Artefact> known = FilesOfManifest(folder);
  fs::recursive_directory_iterator entry(folder, error);
  for (; !error && entry != fs::recursive_directory_iterator(); entry.increment(error)) {
    std::error_code gone;
    if (!fs::is_regular_file(entry->symlink_status(gone))) continue;
    Artefact artefact{.name = entry->path().lexically_relative(folder).string(),
                      .size_bytes = static_cast<int64_t>(entry->file_size(gone))};
    if (gone) continue;
    if (!IsValidUtf8(artefact.name)) continue;  // No URL names it.
    const auto found = known.find(artefact.name);
    if (found != known.end() && found->second.size_bytes == artefact.size_bytes) {
      artefact.sha256 = found->second.sha256;
    } else {
      ARROW_ASSIGN_OR_RAISE(artefact.sha256, HashOf(entry->path()));
    }
    artefacts.push_back(std::move(artefact));
    if (artefacts.size() > kArtefactsMax) {
      return RunFailed("the output has too many files to list: files_max=", kArtefactsMax);
    }
  }
  if (error) return RunFailed("cannot list the output: why=", error.message());
  std::sort(artefacts.begin(), artefacts.end(),
            [](const Artefact& a, const Artefact& b) { return a.name < b.name; });
  return artefacts;
}

}  // namespace hubmill::server
