#include "security/configs/unified_diff.h"

#include <algorithm>
#include <charconv>
#include <vector>

namespace hubmill {
namespace {

constexpr int64_t kLineNumberMax = 1'000'000'000;

bool StartsWith(std::string_view text, std::string_view start) {
  return text.substr(0, start.size()) == start;
}

/// Each with its newline; the last one may have none.
std::vector<std::string_view> LinesOf(std::string_view text) {
  std::vector<std::string_view> lines;
  while (!text.empty()) {
    const size_t end = std::min(text.find('\n'), text.size() - 1) + 1;
    lines.push_back(text.substr(0, end));
    text.remove_prefix(end);
  }
  return lines;
}

std::string_view WithoutEnd(std::string_view line) {
  if (!line.empty() && line.back() == '\n') line.remove_suffix(1);
  if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
  return line;
}

struct Hunk {
  size_t line = 0;  // Of its header in the diff, from 1.
  int64_t old_start = 0;
  int64_t old_count = 1;
  int64_t new_count = 1;
  std::vector<std::string> old_lines;  // Context and removed lines.
  std::vector<std::string> new_lines;  // Context and added lines.
};

Status Refused(size_t line, std::string_view why) {
  return DataRefused("the patch cannot be applied: line=", line, " why=", why,
                     "; remedy: make it again with `diff -u` against this very file");
}

/// "12,3" or "12" into start and count.
bool ReadRange(std::string_view text, int64_t* start, int64_t* count) {
  const size_t comma = text.find(',');
  const auto read = [](std::string_view digits, int64_t* value) {
    const char* end = digits.data() + digits.size();
    const auto [at, error] = std::from_chars(digits.data(), end, *value);
    return error == std::errc() && at == end && *value >= 0 && *value <= kLineNumberMax;
  };
  *count = 1;
  return read(text.substr(0, comma), start) &&
         (comma == std::string_view::npos || read(text.substr(comma + 1), count));
}

/// "@@ -1,2 +3,4 @@ ..."
bool ReadHeader(std::string_view line, Hunk* hunk) {
  if (!StartsWith(line, "@@ -")) return false;
  const size_t plus = line.find(" +");
  const size_t end = line.find(" @@", 4);
  if (plus == std::string_view::npos || end == std::string_view::npos || end < plus) return false;
  int64_t new_start = 0;
  return ReadRange(line.substr(4, plus - 4), &hunk->old_start, &hunk->old_count) &&
         ReadRange(line.substr(plus + 2, end - plus - 2), &new_start, &hunk->new_count);
}

/// What git writes between quotes: \303\263, \", \\, \t.
std::string Unquoted(std::string_view text) {
  const auto octal = [&text](size_t i) {
    return i < text.size() && text[i] >= '0' && text[i] <= '7';
  };
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '\\' || i + 1 == text.size()) {
      out += text[i];
    } else if (octal(i + 1) && octal(i + 2) && octal(i + 3)) {
      out +=
          static_cast<char>((text[i + 1] - '0') * 64 + (text[i + 2] - '0') * 8 + text[i + 3] - '0');
      i += 3;
    } else {
      ++i;
      out += text[i] == 't' ? '\t' : text[i] == 'n' ? '\n' : text[i];
    }
  }
  return out;
}

/// The path of a `---` or `+++` line: up to a tab, without quotes.
std::string PathOf(std::string_view line) {
  line.remove_prefix(4);
  line = line.substr(0, line.find('\t'));
  while (!line.empty() && line.back() == ' ') line.remove_suffix(1);
  if (line.size() >= 2 && line.front() == '"' && line.back() == '"') {
    return Unquoted(line.substr(1, line.size() - 2));
  }
  return std::string(line);
}

/// Whether whoever applies the patch could write somewhere else by it.
bool LeadsOut(std::string_view path) {
  if (StartsWith(path, "/")) return true;
  for (size_t begin = 0; begin <= path.size();) {
    const size_t end = std::min(path.find('/', begin), path.size());
    if (path.substr(begin, end - begin) == "..") return true;
    begin = end + 1;
  }
  return false;
}

bool IsTailOf(std::string_view tail, std::string_view path) {
  if (tail.size() > path.size() || path.substr(path.size() - tail.size()) != tail) return false;
  return tail.size() == path.size() || path[path.size() - tail.size() - 1] == '/';
}

/// Whether the diff's name is that file's: git's a/ and b/ aside, one ends in the other.
bool NamesFile(std::string_view named, std::string_view path) {
  if (IsTailOf(named, path) || IsTailOf(path, named)) return true;
  if (StartsWith(named, "a/") || StartsWith(named, "b/")) {
    return IsTailOf(named.substr(2), path) || IsTailOf(path, named.substr(2));
  }
  return false;
}

/// What git says above `---` where a diff does more than change lines.
std::string_view WhyNoPlainChange(std::string_view line) {
  if (StartsWith(line, "new file mode")) return "it makes a file";
  if (StartsWith(line, "deleted file mode")) return "it deletes the file";
  if (StartsWith(line, "rename ")) return "it renames a file";
  if (StartsWith(line, "copy ")) return "it copies a file";
  if (StartsWith(line, "old mode ") || StartsWith(line, "new mode ")) {
    return "it changes the file's mode";
  }
  return "";
}

bool IsBinary(std::string_view line) {
  return StartsWith(line, "GIT binary patch") || StartsWith(line, "Binary files ");
}

class DiffReader {
 public:
  DiffReader(std::string_view diff, std::string_view path) : lines_(LinesOf(diff)), path_(path) {}

  Result<std::vector<Hunk>> Read() {
    ARROW_RETURN_NOT_OK(ReadFileNames());
    std::vector<Hunk> hunks;
    while (at_ < lines_.size() && StartsWith(lines_[at_], "@@")) {
      ARROW_ASSIGN_OR_RAISE(Hunk hunk, ReadHunk());
      hunks.push_back(std::move(hunk));
    }
    if (hunks.empty()) return Refused(at_ + 1, "no hunk (@@ -1,3 +1,3 @@) where one should stand");
    ARROW_RETURN_NOT_OK(CheckEnd());
    return hunks;
  }

  /// Lines of hunks with LF for CRLF.
  void DropCarriageReturns() { drop_ = true; }

 private:
  Status ReadFileNames() {
    bool of_git = false;  // Below `diff --git`; above it stands what a mail says.
    for (; at_ < lines_.size(); ++at_) {
      const std::string_view line = WithoutEnd(lines_[at_]);
      if (StartsWith(line, "diff --git ")) {
        if (of_git) return Refused(at_ + 1, "it is of several files");
        of_git = true;
      }
      const std::string_view why = of_git ? WhyNoPlainChange(line) : "";
      if (!why.empty() || IsBinary(line))
        return Refused(at_ + 1, why.empty() ? "it is binary" : why);
      if (StartsWith(line, "@@ -")) return Refused(at_ + 1, "no --- and +++ lines above it");
      if (StartsWith(line, "--- ") && at_ + 1 < lines_.size() &&
          StartsWith(lines_[at_ + 1], "+++ ")) {
        break;
      }
    }
    if (at_ >= lines_.size()) return Refused(lines_.size(), "no --- and +++ lines in it");
    for (const char* what : {"it makes a file", "it deletes the file"}) {
      const std::string named = PathOf(WithoutEnd(lines_[at_]));
      if (named == "/dev/null") return Refused(at_ + 1, what);
      if (LeadsOut(named)) return Refused(at_ + 1, "it names a path that leads out of the folder");
      if (!path_.empty() && !NamesFile(named, path_))
        return Refused(at_ + 1, "it is of another file");
      ++at_;
    }
    return Status::OK();
  }

  Result<Hunk> ReadHunk() {
    Hunk hunk;
    hunk.line = at_ + 1;
    if (!ReadHeader(lines_[at_], &hunk))
      return Refused(hunk.line, "not @@ -LINE,COUNT +LINE,COUNT @@");
    ++at_;
    const auto wants = [](const std::vector<std::string>& lines, int64_t count) {
      return static_cast<int64_t>(lines.size()) < count;
    };
    while (wants(hunk.old_lines, hunk.old_count) || wants(hunk.new_lines, hunk.new_count)) {
      if (at_ >= lines_.size()) return Refused(at_, "a hunk that ends too early");
      ARROW_RETURN_NOT_OK(ReadHunkLine(&hunk));
    }
    if (at_ < lines_.size() && StartsWith(lines_[at_], "\\")) DropLastNewline(&hunk);
    if (static_cast<int64_t>(hunk.old_lines.size()) != hunk.old_count ||
        static_cast<int64_t>(hunk.new_lines.size()) != hunk.new_count) {
      return Refused(hunk.line, "a hunk with other numbers of lines than its header says");
    }
    return hunk;
  }

  Status ReadHunkLine(Hunk* hunk) {
    const std::string_view line = lines_[at_];
    if (line[0] == '\\') {
      if (hunk->old_lines.empty() && hunk->new_lines.empty()) {
        return Refused(at_ + 1, "a remark (\\) before any line");
      }
      DropLastNewline(hunk);
      return Status::OK();
    }
    // Some programs take the blank from an empty line of context.
    const bool bare = WithoutEnd(line).empty();
    const char kind = bare ? ' ' : line[0];
    std::string text(bare ? line : line.substr(1));
    if (drop_ && text.size() >= 2 && text[text.size() - 2] == '\r') text.erase(text.size() - 2, 1);
    if (text.empty() || text.back() != '\n') text += '\n';  // The diff itself ends there.
    if (kind != ' ' && kind != '+' && kind != '-') {
      return Refused(at_ + 1, "a line of a hunk that starts with none of blank, + and -");
    }
    last_kind_ = kind;
    if (kind != '+') hunk->old_lines.push_back(text);
    if (kind != '-') hunk->new_lines.push_back(std::move(text));
    ++at_;
    return Status::OK();
  }

  /// "\ No newline at end of file" is about the line above.
  void DropLastNewline(Hunk* hunk) {
    const auto drop = [](std::vector<std::string>* lines) {
      if (!lines->empty() && !lines->back().empty() && lines->back().back() == '\n') {
        lines->back().pop_back();
      }
    };
    if (last_kind_ != '+') drop(&hunk->old_lines);
    if (last_kind_ != '-') drop(&hunk->new_lines);
    ++at_;
  }

  /// Behind the last hunk: nothing, or the signature of a mail.
  Status CheckEnd() {
    for (; at_ < lines_.size(); ++at_) {
      const std::string_view line = WithoutEnd(lines_[at_]);
      if (line == "-- " || line == "--") return Status::OK();
      if (StartsWith(line, "--- ") || StartsWith(line, "diff ") || StartsWith(line, "Index: ")) {
        return Refused(at_ + 1, "it is of several files");
      }
      if (!line.empty()) return Refused(at_ + 1, "lines behind the last hunk");
    }
    return Status::OK();
  }

  std::vector<std::string_view> lines_;
  std::string_view path_;
  size_t at_ = 0;
  bool drop_ = false;
  char last_kind_ = ' ';
};

/// Whether the hunk's old lines stand at line `at` (from 0) of the text.
bool StandsAt(const std::vector<std::string_view>& lines, const Hunk& hunk, int64_t at) {
  const auto count = static_cast<int64_t>(lines.size());
  const auto size = static_cast<int64_t>(hunk.old_lines.size());
  if (at < 0 || at + size > count) return false;
  return std::equal(hunk.old_lines.begin(), hunk.old_lines.end(), lines.begin() + at);
}

/// Where the hunk goes, or -1.
int64_t PlaceOf(const std::vector<std::string_view>& lines, const Hunk& hunk, int64_t wanted,
                int64_t lowest) {
  for (int64_t offset = 0; offset <= kDiffOffsetMax; ++offset) {
    if (wanted + offset >= lowest && StandsAt(lines, hunk, wanted + offset)) return wanted + offset;
    if (wanted - offset >= lowest && StandsAt(lines, hunk, wanted - offset)) return wanted - offset;
    if (hunk.old_lines.empty()) break;  // Nothing to find it by.
  }
  return -1;
}

}  // namespace

Result<std::string> ApplyUnifiedDiff(std::string_view text, std::string_view diff,
                                     std::string_view path) {
  if (diff.size() > kDiffBytesMax) {
    return DataRefused("the patch is too large: bytes_max=", kDiffBytesMax, "; remedy: split it");
  }
  DiffReader reader(diff, path);
  // What `diff` made of a file in CRLF, whose own lines above the hunks are in LF.
  if (text.find('\r') == std::string_view::npos) reader.DropCarriageReturns();
  ARROW_ASSIGN_OR_RAISE(const std::vector<Hunk> hunks, reader.Read());
  const std::vector<std::string_view> lines = LinesOf(text);
  std::string out;
  out.reserve(text.size() + diff.size());
  int64_t next = 0;   // Of `lines`, not yet copied.
  int64_t drift = 0;  // How far off the last hunk stood.
  for (const Hunk& hunk : hunks) {
    // A hunk without old lines names the line after which it goes.
    const int64_t wanted = hunk.old_start - (hunk.old_count > 0 ? 1 : 0) + drift;
    const int64_t place = PlaceOf(lines, hunk, wanted, next);
    if (place < 0) return Refused(hunk.line, "the text has no such lines there");
    for (; next < place; ++next) out += lines[static_cast<size_t>(next)];
    for (const std::string& line : hunk.new_lines) {
      if (!out.empty() && out.back() != '\n')
        return Refused(hunk.line, "it goes on behind the text's end");
      out += line;
    }
    next += static_cast<int64_t>(hunk.old_lines.size());
    drift += place - wanted;
  }
  for (; next < static_cast<int64_t>(lines.size()); ++next) {
    if (!out.empty() && out.back() != '\n')
      return Refused(hunks.back().line, "it ends the text too early");
    out += lines[static_cast<size_t>(next)];
  }
  return out;
}

std::string RestoreNdiff(std::string_view delta) {
  std::string text;
  for (const std::string_view line : LinesOf(delta)) {
    if (StartsWith(line, "+ ") || StartsWith(line, "  ")) text += line.substr(2);
  }
  return text;
}

}  // namespace hubmill
