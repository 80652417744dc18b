#include "llm/licenses.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <set>

namespace hubmill {
namespace {

bool Contains(std::string_view text, std::string_view part) { return text.find(part) != text.npos; }

/// Whether `part` is one of the words of `id`, which dashes separate.
bool HasWord(std::string_view id, std::string_view word) {
  while (true) {
    const size_t end = std::min(id.find('-'), id.size());
    if (id.substr(0, end) == word) return true;
    if (end == id.size()) return false;
    id.remove_prefix(end + 1);
  }
}

/// Licences that let nobody pass on the work, or no adaptation of it.
bool Forbids(const std::string& id) {
  if (HasWord(id, "nd") || Contains(id, "noderivatives") || Contains(id, "no-derivatives")) {
    return true;
  }
  constexpr std::array<std::string_view, 6> kClosed = {"proprietary",  "all-rights-reserved",
                                                       "confidential", "no-redistribution",
                                                       "unlicensed",   "internal"};
  return std::any_of(kClosed.begin(), kClosed.end(),
                     [&](std::string_view closed) { return Contains(id, closed); });
}

bool NonCommercial(const std::string& id) {
  return HasWord(id, "nc") || Contains(id, "noncommercial") || Contains(id, "non-commercial");
}

/// The terms that adaptations must keep, by name; empty where there are none.
std::string ShareAlike(const std::string& id) {
  if (HasWord(id, "sa") || Contains(id, "sharealike")) {
    return NonCommercial(id) ? "cc-by-nc-sa" : "cc-by-sa";
  }
  if (HasWord(id, "odbl")) return "odbl";
  if (HasWord(id, "gpl") || HasWord(id, "agpl")) return "gpl";
  return "";
}

/// Those of the Hub's list that data sets have.
bool KnownToHub(const std::string& id) {
  static const std::set<std::string> kKnown = {"afl-3.0",
                                               "agpl-3.0",
                                               "apache-2.0",
                                               "artistic-2.0",
                                               "bsd",
                                               "bsd-2-clause",
                                               "bsd-3-clause",
                                               "bsl-1.0",
                                               "c-uda",
                                               "cc",
                                               "cc-by-2.0",
                                               "cc-by-2.5",
                                               "cc-by-3.0",
                                               "cc-by-4.0",
                                               "cc-by-nc-2.0",
                                               "cc-by-nc-3.0",
                                               "cc-by-nc-4.0",
                                               "cc-by-nc-sa-2.0",
                                               "cc-by-nc-sa-3.0",
                                               "cc-by-nc-sa-4.0",
                                               "cc-by-sa-3.0",
                                               "cc-by-sa-4.0",
                                               "cc0-1.0",
                                               "cdla-permissive-1.0",
                                               "cdla-permissive-2.0",
                                               "cdla-sharing-1.0",
                                               "ecl-2.0",
                                               "epl-2.0",
                                               "eupl-1.1",
                                               "eupl-1.2",
                                               "gfdl",
                                               "gpl",
                                               "gpl-2.0",
                                               "gpl-3.0",
                                               "isc",
                                               "lgpl",
                                               "lgpl-2.1",
                                               "lgpl-3.0",
                                               "mit",
                                               "mpl-2.0",
                                               "odbl",
                                               "odc-by",
                                               "openrail",
                                               "osl-3.0",
                                               "other",
                                               "pddl",
                                               "unknown",
                                               "unlicense",
                                               "wtfpl",
                                               "zlib"};
  return kKnown.contains(id);
}

}  // namespace

std::string LicenseId(std::string_view license) {
  std::string id;
  for (const char c : license) {
    const bool gap = c == ' ' || c == '_' || c == '\t' || c == '-' || c == '\n';
    if (!gap) id += char(std::tolower(static_cast<unsigned char>(c)));
    if (gap && !id.empty() && id.back() != '-') id += '-';
  }
  while (!id.empty() && id.back() == '-') id.pop_back();
  return id;
}

std::string LicenseConflict(const LicenseCounts& rows) {
  std::map<std::string, std::string> shared;  // Terms that adaptations must keep -> a licence.
  std::string no_profit;
  for (const auto& [license, count] : rows) {
    const std::string id = LicenseId(license);
    if (Forbids(id)) {
      return "a licence forbids to publish adaptations: license=" + license +
             " rows=" + std::to_string(count);
    }
    if (NonCommercial(id)) no_profit = license;
    if (const std::string terms = ShareAlike(id); !terms.empty()) shared.emplace(terms, license);
  }
  if (shared.size() > 1) {
    return "two licences want the whole under their own terms: license=" + shared.begin()->second +
           " license=" + std::next(shared.begin())->second;
  }
  if (!no_profit.empty() && !shared.empty() && shared.begin()->first != "cc-by-nc-sa") {
    return "one licence forbids commercial use, another forbids such a limit: license=" +
           no_profit + " license=" + shared.begin()->second;
  }
  return "";
}

std::vector<std::string> CardLicenses(const LicenseCounts& rows) {
  std::set<std::string> ids;
  for (const auto& [license, count] : rows) {
    const std::string id = LicenseId(license);
    ids.insert(id.empty() ? "unknown" : KnownToHub(id) ? id : "other");
  }
  return {ids.begin(), ids.end()};
}

}  // namespace hubmill
