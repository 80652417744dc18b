// RFC 4180 records: quoting, doubled quotes, newlines in quotes, CRLF, LF and CR mixed.
//
// A quote opens a quoted field at a field's start alone; elsewhere it is an ordinary character, as
// in `5" disk`.  What follows a closing quote must be a delimiter or a row's end.
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

/// kTangled: so many quotes stay open that finding the rows among them would not end in time.
enum class CsvError : uint8_t { kNone, kUnclosedQuote, kTextAfterQuote, kTangled };

/// Parses one record after another.  Not thread-safe.
class CsvParser {
 public:
  CsvParser(std::string_view text, CsvDialect dialect);

  bool at_end() const { return at_ == text_.size(); }
  size_t offset() const { return at_; }

  /// The next record's fields, valid until the next call; a blank line gives none.  A record that
  /// is bad is passed in whole: to the next row end outside quotes.  Of a record whose quote is not
  /// closed in the text its first line alone is passed, so that a stray quote takes no other row.
  CsvError Next(std::vector<CsvField>* fields);

 private:
  CsvError QuotedField(std::vector<CsvField>* fields);
  void PassField();
  void PassRowEnd();
  CsvError PassUnclosed(size_t start);

  std::string_view text_;
  CsvDialect dialect_;
  size_t at_ = 0;
  size_t unclosed_bytes_ = 0;  // Read in vain by records that did not close.
  size_t unescaped_count_ = 0;
  std::deque<std::string> unescaped_;  // Fields with doubled quotes; never shrinks or moves.
  bool ends_field_[256] = {};
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
  enum class State : uint8_t { kFieldStart, kField, kQuoted, kQuoteInQuoted, kCarriageReturn };

  /// Scans from `at`; stops at the first row end where `first`.  Returns the last row end seen, or
  /// npos.
  size_t Scan(std::string_view text, size_t at, bool first);

  CsvDialect dialect_;
  State state_ = State::kFieldStart;
  bool ends_field_[256] = {};  // Bytes that matter outside quotes.
};

}  // namespace hubmill
