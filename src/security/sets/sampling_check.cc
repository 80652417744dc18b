#include "security/sets/sampling_check.h"

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

namespace hubmill {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;

constexpr int64_t kSamplingBytesMax = 16 << 20;

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
  return std::move(text).str();
}

}  // namespace hubmill
