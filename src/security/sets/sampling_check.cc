#include "security/sets/sampling_check.h"

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "base/hash.h"

namespace hubmill {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;

constexpr int64_t kSamplingBytesMax = 16 << 20;

std::string Sha256Of(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  Sha256Stream hash;
  std::string bytes(1 << 20, '\0');
  while (file) {
    file.read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    hash.Update(std::string_view(bytes).substr(0, static_cast<size_t>(file.gcount())));
  }
  return hash.HexDigest();
}

/// Holds what stands beside the total against the rows: each number that the file tells must be so.
class Facts {
 public:
  Facts(const Json& facts, const EvalPart& part, EvalFileCheck* check)
      : facts_(facts), part_(part), check_(check) {}

  void Check(const std::string& path) {
    for (const char* key : {"by_split", "labels"}) {
      const auto found = facts_.find(key);
      if (found == facts_.end() || !found->is_object()) continue;
      for (const auto& [name, rows] : found->items()) {
        Compare(Concat(key, "/", name), rows, *key == 'b' ? OfSplit(name) : OfLabel(name));
      }
    }
    if (facts_.contains("with_violations")) {
      Compare("with_violations", facts_["with_violations"], check_->with_findings);
    }
    const Json::json_pointer sha256("/file/sha256");
    if (!facts_.contains(sha256) || !facts_[sha256].is_string()) return;
    if (facts_[sha256].get_ref<const std::string&>() == Sha256Of(path)) return;
    check_->errors.push_back(Concat("the sampling file tells of other bytes: file=", part_.sampling,
                                    " key=file/sha256"));
  }

 private:
  int64_t OfSplit(const std::string& name) const {
    const auto found = check_->labels.find(name);
    return found == check_->labels.end() ? 0 : found->second.total();
  }

  int64_t OfLabel(const std::string& name) const {
    if (name == "Malicious") return check_->all_labels.malicious;
    return name == "Benign" ? check_->all_labels.benign : 0;
  }

  /// What is no number is told by nobody.
  void Compare(const std::string& key, const Json& told, int64_t rows) {
    if (!told.is_number_integer() || told.get<int64_t>() == rows) return;
    check_->errors.push_back(Concat("the sampling file counts other rows: file=", part_.sampling,
                                    " key=", key, " it_says=", told.get<int64_t>(),
                                    " rows=", rows));
  }

  const Json& facts_;
  const EvalPart& part_;
  EvalFileCheck* check_;
};

}  // namespace

std::string CheckSampling(const EvalPart& part, const std::string& dir, EvalFileCheck* check) {
  const auto fault = [&](const char* why) {
    check->errors.push_back(Concat(why, ": file=", part.sampling));
    return std::string();
  };
  const std::string path = dir + "/" + part.sampling;
  std::error_code error;
  if (!fs::is_regular_file(path, error)) return fault("the sampling file is missing");
  if (int64_t(fs::file_size(path, error)) > kSamplingBytesMax) {
    return fault("the sampling file is too large");
  }
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  const Json json = Json::parse(text.str(), nullptr, /*allow_exceptions=*/false);
  if (!json.is_object()) return fault("the sampling file is no JSON object");
  const Json::json_pointer total(part.total);
  if (!json.contains(total) || !json[total].is_number_integer()) {
    return fault(("the sampling file does not tell " + part.total).c_str());
  }
  if (json[total].get<int64_t>() != check->rows + check->bad) {
    check->errors.push_back(Concat("the sampling file counts other rows: file=", part.sampling,
                                   " it_says=", json[total].get<int64_t>(),
                                   " rows=", check->rows + check->bad));
  }
  if (check->bad == 0)
    Facts(json[total.parent_pointer()], part, check).Check(dir + "/" + part.file);
  return std::move(text).str();
}

}  // namespace hubmill
