// Looks through texts for what must not be published: rows of private sets, canaries, credentials.
//
// A row is found wherever its words stand in a row, whatever stands around them: a window of at
// most kWindowWords words from the middle of its question is hashed, and every window of that
// length in a text is compared (Rabin and Karp).  Case, blanks and punctuation do not matter.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

namespace hubmill {

inline constexpr size_t kWindowWords = 40;
inline constexpr size_t kWindowWordsMin = 8;  // Fewer are compared with whole texts alone.
inline constexpr int kLeakDepthMax = 4;       // Of JSON within texts of JSON, base64 within text.

/// The rows of private sets, by what they show: about 40 bytes a row.
class PrivateRows {
 public:
  /// A line of a private set: whatever else it holds, its `question` and `meta.hash`.  False where
  /// there is no question.
  bool AddLine(std::string_view line);

  size_t size() const { return rows_; }
  /// Whether the words hold a question.
  bool HasQuestion(const std::vector<uint32_t>& words) const;
  /// Whether `text` is the hash of a private row.
  bool HasHash(std::string_view text) const;

 private:
  size_t rows_ = 0;
  std::map<size_t, std::unordered_set<uint64_t>> windows_;  // By words in them.
  std::unordered_set<uint64_t> hashes_;
};

enum class Leak : uint8_t { kQuestion, kHash, kCanary, kSecret };

/// "a row of a private set", …
const char* NameOf(Leak leak);

/// Counts what it finds in the texts of one file.  Not thread-safe.
class LeakScan {
 public:
  /// `rows` outlives the scan.
  explicit LeakScan(const PrivateRows* rows) : rows_(rows) {}

  /// A cell, a name, a whole file: the text itself, and what it carries as JSON or base64.
  void Look(std::string_view text, int depth = 0);

  /// Texts in which each leak was found.
  const std::map<Leak, int64_t>& found() const { return found_; }
  int64_t texts() const { return texts_; }
  /// Whether a JSON object had the keys of an evaluation set.
  bool eval_rows() const { return eval_rows_; }

 private:
  void LookAtPlain(std::string_view text);
  bool HoldsHash(std::string_view text) const;
  void LookAtJson(std::string_view text, int depth);
  void LookAtBase64(std::string_view text, int depth);

  const PrivateRows* rows_;
  std::map<Leak, int64_t> found_;
  int64_t texts_ = 0;
  bool eval_rows_ = false;
  std::vector<uint32_t> words_;
};

/// Whether these are the columns of an evaluation set.
template <typename Has>
bool IsEvalSchema(const Has& has) {
  return has("question") && has("meta") && (has("answer") || has("info"));
}

}  // namespace hubmill
