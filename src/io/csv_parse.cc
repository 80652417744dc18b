#include "io/csv_parse.h"

#include <algorithm>
#include <cstring>

namespace hubmill {
namespace {

void MarkFieldEnds(const CsvDialect& dialect, bool* ends_field) {
  ends_field[uint8_t(dialect.delimiter)] = true;
  ends_field[uint8_t('\n')] = true;
  ends_field[uint8_t('\r')] = true;
}

}  // namespace

CsvParser::CsvParser(std::string_view text, CsvDialect dialect) : text_(text), dialect_(dialect) {
  MarkFieldEnds(dialect_, ends_field_);
}

CsvError CsvParser::QuotedField(std::vector<CsvField>* fields) {
  size_t field = ++at_, start = field;
  std::string* copy = nullptr;
  for (;;) {
    size_t close = text_.find(dialect_.quote, start);
    if (close == text_.npos) {
      at_ = text_.size();
      return CsvError::kUnclosedQuote;
    }
    bool doubled = close + 1 < text_.size() && text_[close + 1] == dialect_.quote;
    if (doubled && copy == nullptr) {
      if (unescaped_count_ == unescaped_.size()) unescaped_.emplace_back();
      copy = &unescaped_[unescaped_count_++];
      copy->clear();
    }
    if (copy != nullptr) copy->append(text_.substr(start, close - start + size_t(doubled)));
    if (!doubled) {
      std::string_view whole =
          copy != nullptr ? std::string_view(*copy) : text_.substr(field, close - field);
      fields->push_back({whole, true});
      at_ = close + 1;
      return CsvError::kNone;
    }
    start = close + 2;
  }
}

void CsvParser::PassField() {
  while (at_ < text_.size() && !ends_field_[uint8_t(text_[at_])]) ++at_;
}

void CsvParser::PassRowEnd() {
  if (at_ >= text_.size()) return;
  if (text_[at_] == '\r' && at_ + 1 < text_.size() && text_[at_ + 1] == '\n') ++at_;
  ++at_;
}

CsvError CsvParser::PassUnclosed(size_t start) {
  // Each unclosed record was read to the text's end: a few are taken, a text full of them is not.
  constexpr size_t kReadings = 16;
  unclosed_bytes_ += text_.size() - start;
  if (unclosed_bytes_ / kReadings > text_.size()) {
    at_ = text_.size();
    return CsvError::kTangled;
  }
  at_ = std::min(text_.find_first_of("\r\n", start), text_.size());
  PassRowEnd();
  return CsvError::kUnclosedQuote;
}

CsvError CsvParser::Next(std::vector<CsvField>* fields) {
  fields->clear();
  unescaped_count_ = 0;
  const size_t record = at_;
  CsvError error = CsvError::kNone;
  if (at_ < text_.size() && (text_[at_] == '\n' || text_[at_] == '\r')) {
    PassRowEnd();
    return error;
  }
  for (;;) {
    if (dialect_.quote != 0 && at_ < text_.size() && text_[at_] == dialect_.quote) {
      if (QuotedField(fields) != CsvError::kNone) return PassUnclosed(record);
      size_t closed = at_;
      PassField();
      if (at_ != closed) error = CsvError::kTextAfterQuote;
    } else {
      size_t start = at_;
      PassField();
      fields->push_back({text_.substr(start, at_ - start), false});
    }
    if (at_ == text_.size() || text_[at_] != dialect_.delimiter) break;
    ++at_;
  }
  PassRowEnd();
  return error;
}

CsvCutter::CsvCutter(CsvDialect dialect) : dialect_(dialect) {
  MarkFieldEnds(dialect_, ends_field_);
}

void CsvCutter::Restart() { state_ = State::kFieldStart; }

size_t CsvCutter::Scan(std::string_view text, size_t at, bool first) {
  size_t row_end = text.npos;
  const size_t size = text.size();
  while (at < size) {
    char c = text[at];
    switch (state_) {
      case State::kCarriageReturn:  // The row ended; a newline may belong to its end.
        state_ = State::kFieldStart;
        if (c == '\n') ++at;
        row_end = at;
        if (first) return row_end;
        break;
      case State::kQuoted: {
        const void* found = std::memchr(text.data() + at, dialect_.quote, size - at);
        if (found == nullptr) return row_end;
        at = size_t(static_cast<const char*>(found) - text.data()) + 1;
        state_ = State::kQuoteInQuoted;
        break;
      }
      case State::kQuoteInQuoted:
        if (c == dialect_.quote) {
          state_ = State::kQuoted;
          ++at;
        } else {
          state_ = State::kField;
        }
        break;
      case State::kFieldStart:
        state_ = State::kField;
        if (dialect_.quote != 0 && c == dialect_.quote) {
          state_ = State::kQuoted;
          ++at;
        }
        break;
      case State::kField:
        while (at < size && !ends_field_[uint8_t(text[at])]) ++at;
        if (at == size) return row_end;
        c = text[at++];
        state_ = c == '\r' ? State::kCarriageReturn : State::kFieldStart;
        if (c == '\n') {
          row_end = at;
          if (first) return row_end;
        }
        break;
    }
  }
  return row_end;
}

size_t CsvCutter::LastRowEnd(std::string_view text, size_t scanned) {
  size_t end = Scan(text, scanned, false);
  return end == text.npos ? 0 : end;
}

size_t CsvCutter::RowEndIn(std::string_view text) { return Scan(text, 0, true); }

size_t CsvCutter::LineEndIn(std::string_view text) {
  const size_t end = text.find_first_of("\r\n");
  if (end == text.npos) return 0;
  return end + (text[end] == '\r' && end + 1 < text.size() && text[end + 1] == '\n' ? 2 : 1);
}

}  // namespace hubmill
