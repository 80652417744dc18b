#include "cli/json_lines.h"

#include "base/json_text.h"
#include "base/utf8.h"
#include "cli/terminal.h"
#include "io/input_files.h"
#include "io/line_blocks.h"

namespace hubmill {
namespace {

constexpr std::string_view kBom = "\xEF\xBB\xBF";
constexpr int64_t kAnswerLineBytesMax = int64_t{1} << 30;

class LineAnswers {
 public:
  LineAnswers(const std::vector<InputFile>* files, const AnswerRow* answer)
      : files_(files), answer_(answer) {}

  void Answer(const LineBlock& block) {
    if (block.file_start) line_number_ = 0;
    std::string out;
    if (block.too_long) {
      ++line_number_;
      Count(AppendFault("a line of at most 1 GiB", "", &out), block);
      out += '\n';
    }
    std::string_view text = block.text;
    if (block.file_start && text.starts_with(kBom)) text.remove_prefix(kBom.size());
    while (!text.empty()) {
      const size_t end = text.find('\n');
      const std::string_view line = text.substr(0, end);
      text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
      ++line_number_;
      if (StripPythonSpace(line).empty()) continue;
      Count(AnswerLine(line, &out), block);
      out += '\n';
    }
    PrintFacts(out);
  }

  Status Finish() const {
    if (faults_ == 0) return Status::OK();
    return DataRefused("rows that could not be read: rows=", faults_, " of=", rows_,
                       " first=", first_fault_, "; remedy: look for \"error\" in the output");
  }

 private:
  bool AnswerLine(std::string_view line, std::string* out) const {
    if (!IsValidUtf8(line)) return AppendFault("valid UTF-8", "", out);
    JsonValue row;
    if (const auto fault = ParseJsonValue(line, &row)) {
      std::string facts = ",\"offset_bytes\":";
      AppendJsonInt(static_cast<int64_t>(fault->offset_bytes), &facts);
      return AppendFault("JSON: " + std::string(fault->expected), facts, out);
    }
    if (!row.IsObject()) return AppendFault("a JSON object", "", out);
    return (*answer_)(row, out);
  }

  void Count(bool good, const LineBlock& block) {
    ++rows_;
    if (good) return;
    if (faults_++ == 0) {
      first_fault_ = Concat((*files_)[static_cast<size_t>(block.file)].name, ":", line_number_);
    }
  }

  const std::vector<InputFile>* files_;
  const AnswerRow* answer_;
  int64_t line_number_ = 0;
  int64_t rows_ = 0;
  int64_t faults_ = 0;
  std::string first_fault_;
};

}  // namespace

bool AppendFault(std::string_view expected, const std::string& facts, std::string* out) {
  out->append("{\"error\":");
  AppendJsonString("expected " + std::string(expected), out);
  out->append(facts).append("}");
  return false;
}

Status AnswerLines(const std::vector<std::string>& files, const AnswerRow& answer) {
  InputFiles inputs;
  if (files == std::vector<std::string>{"-"}) {
    inputs.files.push_back({.name = "stdin"});
  } else {
    Setting paths = Setting::List({});
    for (const std::string& file : files) {
      paths.items.push_back(Setting::Scalar(file));
      paths.items.back().quoted = true;
    }
    ARROW_ASSIGN_OR_RAISE(inputs, ExpandPaths(paths, {".jsonl", ".json"}));
  }
  LineCutter cutter;
  LineBlocks blocks(&inputs.files, &cutter, {.line_bytes_max = kAnswerLineBytesMax});
  LineAnswers answers(&inputs.files, &answer);
  for (;;) {
    ARROW_ASSIGN_OR_RAISE(const auto block, blocks.Next());
    if (!block) return answers.Finish();
    answers.Answer(*block);
  }
}

}  // namespace hubmill
