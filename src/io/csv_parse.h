// RFC 4180 records: quoting, doubled quotes, newlines in quotes, CRLF, LF and CR mixed.
//
// A quote opens a quoted field at a field's start alone; elsewhere it is an ordinary character, as
// in `5" disk`.  What follows a closing quote must be a delimiter or a row's end.  A record that
// breaks this rule, or whose quote is not closed, may have begun with a stray quote and taken other
// rows in: its first line alone is bad, and reading goes on at the next one.
#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

#include "io/line_blocks.h"

namespace hubmill {

struct CsvDialect {
  char delimiter = ',';
  char quote = '"';  // 0: nothing is quoted.
};

/// One field of a record.
struct CsvField {
  std::string_view text;  // Without quotes; points into the input or the parser's own memory.
  bool quoted = false;
};

/// kTangled: so many records are broken by quotes that finding the rows among them would not end in
/// time.
enum class CsvError : uint8_t { kNone, kBrokenQuotes, kTangled };

/// Parses one record after another.  Not thread-safe.
class CsvParser {
 public:
  CsvParser(std::string_view text, CsvDialect dialect);

  bool at_end() const { return at_ == text_.size(); }
  size_t offset() const { return at_; }

  /// The next record's fields in place of what `fields` holds, valid until the next call; a blank
  /// line gives none.  Of a record that is broken by a quote its first line alone is passed, and it
  /// has no fields.
  CsvError Next(std::vector<CsvField>* fields);

 private:
  /// Whether the field is whole: closed, and followed by a delimiter or a row's end.
  bool QuotedField(CsvField* field);
  /// Unquoted fields from here to the row's end or the next quoted field, behind the first `count`
  /// of `fields`; how many there are then.  Whether the row goes on is in `more`.
  size_t PlainFields(std::vector<CsvField>* fields, size_t count, bool* more);
  bool EndsField(char c) const { return c == dialect_.delimiter || c == '\n' || c == '\r'; }
  void PassRowEnd();
  CsvError PassBrokenLine(size_t start);

  std::string_view text_;
  CsvDialect dialect_;
  size_t at_ = 0;
  size_t broken_bytes_ = 0;  // Read in vain by records that were broken.
  size_t unescaped_count_ = 0;
  std::deque<std::string> unescaped_;  // Fields with doubled quotes; never shrinks or moves.
  size_t window_ = 0;                  // Where the bytes stand that marks_ tells of.
  uint64_t marks_ = 0;                 // See CsvMarksAt(); those that were passed may be gone.
};

/// Finds where records end, quotes minded, by the same rules.
class CsvCutter final : public TextCutter {
 public:
  explicit CsvCutter(CsvDialect dialect);
  size_t LastRowEnd(std::string_view text, size_t scanned) override;
  void Restart() override;
  size_t RowEndIn(std::string_view text) override;
  size_t LineEndIn(std::string_view text) override;

 private:
  enum class State : uint8_t {
    kFieldStart,
    kField,
    kQuoted,
    kQuoteInQuoted,
    kBrokenLine,
    kCarriageReturn
  };

  /// Where no quote stands in the rest: behind its last newline, found without a look at each byte.
  /// 0: there is none, or quotes matter.
  size_t PassPlainRows(std::string_view text, size_t scanned);
  bool EndsField(char c) const { return ends_field_[uint8_t(c)]; }
  /// Where to go on once the quote before `at` turned out to close nothing.
  size_t RestartAtLine(std::string_view text, size_t at);

  CsvDialect dialect_;
  State state_ = State::kFieldStart;
  size_t record_ = 0;          // Where the row under way begins.
  size_t broken_bytes_ = 0;    // As CsvParser counts them.
  bool ends_field_[256] = {};  // Bytes that matter outside quotes.
};

}  // namespace hubmill
