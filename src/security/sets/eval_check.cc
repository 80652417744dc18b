#include "security/sets/eval_check.h"

#include <algorithm>
#include <cctype>
#include <cmath>
#include <unordered_map>

#include "base/check.h"
#include "base/hash.h"
#include "stages/near_clusters.h"
#include "text/minhash.h"

namespace hubmill {
namespace {

constexpr size_t kNamedMax = 5;  // Lines that a message names.

/// "3, 7, 9, …"
std::string Lines(const std::vector<int64_t>& lines) {
  std::string out;
  for (size_t i = 0; i < std::min(lines.size(), kNamedMax); ++i) {
    out += Concat(out.empty() ? "" : ", ", lines[i]);
  }
  return lines.size() > kNamedMax ? out + ", …" : out;
}

std::string Percent(const LabelCounts& counts) {
  const double part =
      counts.total() == 0 ? 0 : 100.0 * double(counts.malicious) / double(counts.total());
  return Concat(double(std::llround(part * 10)) / 10, "%");
}

void CheckLabels(const EvalFile& file, EvalFileCheck* check) {
  for (const EvalRow& row : file.rows) {
    for (LabelCounts* counts : {&check->labels[row.split], &check->all_labels}) {
      ++(row.answer == "Malicious" ? counts->malicious : counts->benign);
    }
  }
  if (!check->all_labels.balanced()) {
    check->errors.push_back(
        Concat("not balanced: Malicious=", Percent(check->all_labels), " allowed=45% to 55%"));
  }
  for (const auto& [split, counts] : check->labels) {
    if (counts.balanced()) continue;
    check->errors.push_back(Concat("a split is not balanced: split=", split, " Malicious=",
                                   Percent(counts), " of ", counts.total(), " rows"));
  }
}

void CheckHashes(const EvalFile& file, EvalFileCheck* check) {
  std::unordered_map<std::string_view, int64_t> seen;
  std::vector<int64_t> repeated;
  for (size_t i = 0; i < file.rows.size(); ++i) {
    if (!seen.emplace(file.rows[i].hash, file.lines[i]).second) repeated.push_back(file.lines[i]);
  }
  check->unique_hashes = int64_t(seen.size());
  if (repeated.empty()) return;
  check->errors.push_back(
      Concat("hashes stand more than once: rows=", repeated.size(), " lines=", Lines(repeated)));
}

void CountFindings(const EvalFile& file, EvalFileCheck* check) {
  for (const EvalRow& row : file.rows) {
    check->findings += int64_t(row.findings.size());
    check->with_findings += row.findings.empty() ? 0 : 1;
    for (const Finding& finding : row.findings) {
      ++check->by_tool[finding.tool];
      ++check->by_severity[finding.severity];
    }
  }
}

/// Of ASCII letters only.
std::string Lowered(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = c >= 'A' && c <= 'Z' ? char(c - 'A' + 'a') : c;
  return out;
}

/// `text` with blanks made one and case made small: what people take for the same.
std::string Folded(std::string_view text) {
  std::string out;
  for (const char c : Lowered(text)) {
    const bool blank = c == ' ' || (c >= '\t' && c <= '\r');
    if (!blank) out += c;
    if (blank && !out.empty() && out.back() != ' ') out += ' ';
  }
  while (out.ends_with(' ')) out.pop_back();
  return out;
}

/// Whether `word` stands in `text` by itself, whatever its case.
bool HoldsWord(const std::string& text, const std::string& word) {
  const std::string in = Lowered(text);
  const std::string what = Lowered(word);
  const auto letter = [&in](size_t i) {
    return i < in.size() && (std::isalnum(static_cast<unsigned char>(in[i])) != 0);
  };
  for (size_t at = in.find(what); at != in.npos; at = in.find(what, at + 1)) {
    if ((at == 0 || !letter(at - 1)) && !letter(at + what.size())) return true;
  }
  return false;
}

bool HoldsAny(const std::string& text, std::initializer_list<const char*> marks, int least) {
  int found = 0;
  for (const char* mark : marks) found += text.find(mark) != text.npos ? 1 : 0;
  return found >= least;
}

/// Whether the text looks like what it is said to be.
bool LooksRight(EvalSet set, const EvalRow& row) {
  if (set == EvalSet::kE1) {
    return row.question.find("observed") != row.question.npos &&
           row.question.find("→") != row.question.npos &&
           row.question.find("Malicious") != row.question.npos &&
           row.question.find("Benign") != row.question.npos;
  }
  if (row.lang == "k8s")
    return HoldsAny(row.question, {"apiVersion:", "kind:", "metadata:", "spec:"}, 2);
  return HoldsAny(row.question,
                  {"resource ", "module ", "data ", "variable ", "output ", "provider ",
                   "terraform ", "terraform{", "locals"},
                  1);
}

void CheckContent(EvalSet set, const EvalPart& part, const EvalFile& file, EvalFileCheck* check) {
  std::vector<int64_t> odd;
  std::vector<int64_t> other_lang;
  std::vector<int64_t> telling;
  std::vector<int64_t> astray;
  for (size_t i = 0; i < file.rows.size(); ++i) {
    const EvalRow& row = file.rows[i];
    if (!LooksRight(set, row)) odd.push_back(file.lines[i]);
    if (set == EvalSet::kE2 && row.lang != (part.dataset == "k8s" ? "k8s" : "tf")) {
      other_lang.push_back(file.lines[i]);
    }
    if (set == EvalSet::kE1 && (row.split == "ood") != (part.dataset == "ood")) {
      astray.push_back(file.lines[i]);
    }
    const bool named = row.answer == "Malicious" && !row.family.empty() && row.family != "NA" &&
                       row.family != "unknown" && row.family != "Malicious" &&
                       row.family != "Generic";
    if (set == EvalSet::kE1 && named && HoldsWord(row.question, row.family)) {
      telling.push_back(file.lines[i]);
    }
  }
  if (double(odd.size()) > double(file.rows.size()) * (1 - kContentPartMin)) {
    check->errors.push_back(Concat("questions do not look like what they are: rows=", odd.size(),
                                   " allowed=5% lines=", Lines(odd)));
  } else if (!odd.empty()) {
    check->notes.push_back(Concat(
        "questions that do not look like what they are: rows=", odd.size(), " lines=", Lines(odd)));
  }
  if (!other_lang.empty()) {
    check->errors.push_back(Concat("rows of the other language: rows=", other_lang.size(),
                                   " lines=", Lines(other_lang)));
  }
  if (!astray.empty()) {
    check->errors.push_back(Concat("rows of a split that this file does not hold: rows=",
                                   astray.size(), " lines=", Lines(astray)));
  }
  if (!telling.empty()) {
    check->errors.push_back(
        Concat("questions that name the attack: rows=", telling.size(), " lines=", Lines(telling)));
  }
}

/// Which split a row belongs to, over all files of a set.
struct Placed {
  const EvalRow* row = nullptr;
  std::string split;
};

std::vector<Placed> RowsOf(EvalSet set, const std::vector<EvalFile>& files) {
  std::vector<Placed> out;
  for (const EvalFile& file : files) {
    for (const EvalRow& row : file.rows)
      out.push_back({&row, set == EvalSet::kE1 ? row.split : "train"});
  }
  return out;
}

/// Rows that lie in a group with rows of another split.
int64_t CountAcross(const std::vector<Placed>& rows, const std::vector<uint32_t>& group) {
  std::unordered_map<uint32_t, std::string> first;
  std::unordered_map<uint32_t, bool> mixed;
  for (size_t i = 0; i < rows.size(); ++i) {
    const auto [at, fresh] = first.emplace(group[i], rows[i].split);
    if (!fresh && at->second != rows[i].split) mixed[group[i]] = true;
  }
  return std::count_if(group.begin(), group.end(),
                       [&mixed](uint32_t id) { return mixed.contains(id); });
}

}  // namespace

bool LabelCounts::balanced() const {
  const double off = std::abs(double(malicious) - double(total()) / 2);
  return off <= std::max(0.5, double(total()) * kBalancePercentMax / 100);
}

bool EvalCheck::passed() const {
  return errors.empty() && std::all_of(files.begin(), files.end(), [](const EvalFileCheck& file) {
           return file.errors.empty();
         });
}

EvalFileCheck CheckEvalFile(EvalSet set, const EvalPart& part, const EvalFile& file) {
  EvalFileCheck check{.dataset = part.dataset, .file = part.file};
  check.rows = int64_t(file.rows.size());
  check.bad = file.bad;
  if (file.bad > 0) check.errors.push_back(Concat("rows that break the schema: rows=", file.bad));
  if (file.rows.empty()) {
    check.errors.emplace_back("no good row");
    return check;
  }
  if (set == EvalSet::kE1) CheckLabels(file, &check);
  if (set == EvalSet::kE2) CountFindings(file, &check);
  CheckHashes(file, &check);
  CheckContent(set, part, file, &check);
  return check;
}

void CheckAcross(EvalSet set, const std::vector<EvalFile>& files, double near_max,
                 EvalCheck* check) {
  const std::vector<Placed> rows = RowsOf(set, files);
  std::unordered_map<std::string, uint32_t> first;
  std::unordered_map<std::string_view, uint32_t> first_hash;
  std::vector<uint32_t> same(rows.size());
  std::vector<uint32_t> same_hash(rows.size());
  int64_t contradicting = 0;
  int64_t repeated = 0;
  for (size_t i = 0; i < rows.size(); ++i) {
    const EvalRow& row = *rows[i].row;
    // Flows are one sentence: case and blanks make none of them another.
    const auto [at, fresh] =
        first.emplace(set == EvalSet::kE1 ? Folded(row.question) : row.question, uint32_t(i));
    same[i] = at->second;
    same_hash[i] = first_hash.emplace(row.hash, uint32_t(i)).first->second;
    if (!fresh) ++repeated;
    if (rows[at->second].row->answer != row.answer) ++contradicting;
  }
  check->repeated_across = CountAcross(rows, same);
  const auto fail = [check](const char* why, int64_t count) {
    if (count > 0) check->errors.push_back(Concat(why, ": rows=", count));
  };
  fail("questions that stand in several splits", check->repeated_across);
  fail("hashes that stand in several splits", CountAcross(rows, same_hash));
  fail("questions with both answers", contradicting);
  if (set == EvalSet::kE2) {
    fail("questions that stand more than once", repeated);
    return;
  }
  const MinHash hash(MinHashShape{});
  MinHashScratch scratch;
  NearClusters clusters({.bands = hash.shape().bands});
  for (size_t i = 0; i < rows.size(); ++i) {
    std::vector<uint64_t> keys;
    // A text without words is near none: it gets keys of its own.
    if (!hash.AppendBandKeys(rows[i].row->question, &scratch, &keys)) {
      keys.assign(size_t(hash.shape().bands), Xxh3Hash64("no words", i));
    }
    HUBMILL_CHECK(clusters.Add(keys).ok(), "keys stay in memory");
  }
  check->near_across =
      std::max<int64_t>(0, CountAcross(rows, *clusters.Cluster()) - check->repeated_across);
  if (double(check->near_across) > double(rows.size()) * near_max / 100) {
    fail("questions that are nearly the same as in another split, more than --near-max",
         check->near_across);
  }
}

}  // namespace hubmill
