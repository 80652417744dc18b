#include "io/csv_parse.h"

#include <algorithm>
#include <bit>
#include <cstring>

#include "io/csv_marks.h"

namespace hubmill {
namespace {

void MarkFieldEnds(const CsvDialect& dialect, bool* ends_field) {
  ends_field[uint8_t(dialect.delimiter)] = true;
  ends_field[uint8_t('\n')] = true;
  ends_field[uint8_t('\r')] = true;
}

constexpr std::string_view kRowEnds = "\r\n";

/// Broken records are read to where they break, then again from their second line: a few are taken,
/// a text full of them is not.
bool IsTangled(size_t broken_bytes, size_t text_bytes) {
  constexpr size_t kReadings = 16;
  return broken_bytes / kReadings > text_bytes;
}

}  // namespace

CsvParser::CsvParser(std::string_view text, CsvDialect dialect)
    : text_(text), dialect_(dialect), marks_(CsvMarksAt(text, 0, dialect.delimiter)) {}

bool CsvParser::QuotedField(CsvField* out) {
  size_t field = ++at_, start = field;
  std::string* copy = nullptr;
  for (;;) {
    size_t close = text_.find(dialect_.quote, start);
    if (close == text_.npos) {
      at_ = text_.size();
      return false;
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
      *out = {whole, true};
      at_ = close + 1;
      return at_ == text_.size() || EndsField(text_[at_]);
    }
    start = close + 2;
  }
}

void CsvParser::PassRowEnd() {
  if (at_ >= text_.size()) return;
  if (text_[at_] == '\r' && at_ + 1 < text_.size() && text_[at_ + 1] == '\n') ++at_;
  ++at_;
}

CsvError CsvParser::PassBrokenLine(size_t start) {
  broken_bytes_ += at_ - start;
  if (IsTangled(broken_bytes_, text_.size())) {
    at_ = text_.size();
    return CsvError::kTangled;
  }
  at_ = std::min(text_.find_first_of(kRowEnds, start), text_.size());
  PassRowEnd();
  window_ = at_;  // This may be a step back, behind marks that are gone.
  marks_ = CsvMarksAt(text_, window_, dialect_.delimiter);
  return CsvError::kBrokenQuotes;
}

size_t CsvParser::PlainFields(std::vector<CsvField>* fields, size_t count, bool* more) {
  // The parser's members, in registers: this is where the time of reading CSV goes.
  const std::string_view all = text_;
  const char* const text = all.data();
  const size_t size = all.size();
  const char delimiter = dialect_.delimiter;
  const int quote = dialect_.quote == 0 ? -1 : uint8_t(dialect_.quote);
  size_t at = at_, window = window_;
  uint64_t marks = marks_;
  if (at - window >= kCsvWindow) {
    window = at;
    marks = CsvMarksAt(all, window, delimiter);
  }
  marks &= ~uint64_t{0} << (at - window);
  CsvField* out = fields->data() + count;
  const CsvField* last = fields->data() + fields->size();
  *more = false;
  for (;;) {
    while (marks == 0 && window + kCsvWindow < size) {
      window += kCsvWindow;
      marks = CsvMarksAt(all, window, delimiter);
    }
    const size_t end = marks == 0 ? size : window + size_t(std::countr_zero(marks));
    if (out == last) {
      count = fields->size();
      fields->resize(count + 1);
      out = fields->data() + count;
      last = out + 1;
    }
    *out++ = {{text + at, end - at}, false};
    at = end;
    if (end == size || text[end] != delimiter) break;
    marks &= marks - 1;
    ++at;
    if (at < size && uint8_t(text[at]) == quote) {
      *more = true;
      break;
    }
  }
  at_ = at;
  window_ = window;
  marks_ = marks;
  return size_t(out - fields->data());
}

CsvError CsvParser::Next(std::vector<CsvField>* fields) {
  unescaped_count_ = 0;
  const size_t record = at_;
  if (at_ < text_.size() && (text_[at_] == '\n' || text_[at_] == '\r')) {
    fields->clear();
    PassRowEnd();
    return CsvError::kNone;
  }
  // Most records have as many fields as the last one, whose places are written over.
  size_t count = 0;
  for (bool more = true; more;) {
    if (dialect_.quote == 0 || at_ == text_.size() || text_[at_] != dialect_.quote) {
      count = PlainFields(fields, count, &more);
      continue;
    }
    if (count == fields->size()) fields->emplace_back();
    if (!QuotedField(&(*fields)[count++])) {
      fields->clear();
      return PassBrokenLine(record);
    }
    more = at_ < text_.size() && text_[at_] == dialect_.delimiter;
    if (more) ++at_;
  }
  fields->resize(count);
  PassRowEnd();
  return CsvError::kNone;
}

CsvCutter::CsvCutter(CsvDialect dialect) : dialect_(dialect) {
  MarkFieldEnds(dialect_, ends_field_);
}

void CsvCutter::Restart() {
  state_ = State::kFieldStart;
  record_ = 0;
  broken_bytes_ = 0;
}

size_t CsvCutter::RestartAtLine(std::string_view text, size_t at) {
  state_ = State::kBrokenLine;
  broken_bytes_ += at - record_;
  // Beyond that the parser refuses the text, wherever it is cut.
  return IsTangled(broken_bytes_, text.size()) ? at : record_;
}

size_t CsvCutter::PassPlainRows(std::string_view text, size_t scanned) {
  if (state_ == State::kQuoted || state_ == State::kQuoteInQuoted) return 0;
  const char* const rest = text.data() + scanned;
  const size_t bytes = text.size() - scanned;
  if (dialect_.quote != 0 && std::memchr(rest, dialect_.quote, bytes) != nullptr) return 0;
  const void* newline = memrchr(rest, '\n', bytes);
  if (newline == nullptr) return 0;
  state_ = State::kFieldStart;
  record_ = size_t(static_cast<const char*>(newline) - text.data()) + 1;
  return record_;
}

size_t CsvCutter::LastRowEnd(std::string_view text, size_t scanned) {
  const size_t size = text.size();
  size_t row_end = PassPlainRows(text, scanned);
  for (size_t at = std::max(scanned, row_end); at < size;) {
    const char c = text[at];
    switch (state_) {
      case State::kCarriageReturn:  // The row ended; a newline may belong to its end.
        state_ = State::kFieldStart;
        if (c == '\n') ++at;
        record_ = row_end = at;
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
        } else if (EndsField(c)) {
          state_ = State::kField;
        } else {
          at = RestartAtLine(text, at);
        }
        break;
      case State::kFieldStart:
        state_ = State::kField;
        if (dialect_.quote != 0 && c == dialect_.quote) {
          state_ = State::kQuoted;
          ++at;
        }
        break;
      case State::kBrokenLine:
        at = std::min(text.find_first_of(kRowEnds, at), size);
        if (at < size) state_ = State::kField;
        break;
      case State::kField:
        while (at < size && !EndsField(text[at])) ++at;
        if (at == size) return row_end;
        state_ = text[at] == '\r' ? State::kCarriageReturn : State::kFieldStart;
        if (text[at++] == '\n') record_ = row_end = at;
        break;
    }
  }
  return row_end;
}

size_t CsvCutter::RowEndIn(std::string_view text) {
  const size_t end = LineEndIn(text);
  return end == 0 ? text.npos : end;
}

size_t CsvCutter::LineEndIn(std::string_view text) {
  const size_t end = text.find_first_of(kRowEnds);
  if (end == text.npos) return 0;
  return end + (text[end] == '\r' && end + 1 < text.size() && text[end + 1] == '\n' ? 2 : 1);
}

}  // namespace hubmill
