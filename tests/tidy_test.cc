// The rules that nobody checks by eye: who may include whom, how long things are, what they are
// called, that no file is forgotten and no link is dead.  It reads the tracked files as text.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <map>
#include <memory>
#include <set>
#include <sstream>
#include <string>
#include <vector>

namespace {

namespace fs = std::filesystem;

constexpr int kFunctionLinesMax = 70;
constexpr int kSourceLinesMax = 500;
constexpr int kHeaderLinesMax = 150;

// What a folder under src/ may include, besides itself (design.md, section 3, with what those
// reach).
const std::map<std::string, std::set<std::string>>& AllowedIncludes() {
  static const auto* allowed = new std::map<std::string, std::set<std::string>>{
      {"base", {}},
      {"text", {"base"}},
      {"core", {"base"}},
      {"io", {"core", "base"}},
      {"net", {"core", "base"}},
      {"hub", {"net", "core", "base"}},
      {"tracking", {"net", "core", "base"}},
      {"stages", {"core", "text", "io", "base"}},
      {"llm", {"stages", "core", "text", "io", "base"}},
      {"signals", {"core", "text", "io", "base"}},
      {"dedup", {"stages", "core", "text", "io", "base"}},
      {"security", {"stages", "core", "text", "io", "base"}},
      {"run",
       {"dedup", "llm", "signals", "security", "stages", "hub", "tracking", "net", "io", "core",
        "text", "base", "hubmill"}},
      {"view", {"run", "stages", "hub", "net", "io", "core", "text", "base"}},
      {"server", {"view", "run", "hub", "net", "io", "core", "base", "hubmill"}},
      {"cli",
       {"view", "server", "run", "dedup", "llm", "signals", "security", "hub", "tracking", "net",
        "stages", "io", "core", "text", "base", "hubmill"}},
      {"hubmill", {"core"}},
  };
  return *allowed;
}

// Longer than the rule, each with its reason.
const std::map<std::string, std::string>& LongFiles() {
  static const auto* files = new std::map<std::string, std::string>{
      {"src/core/options.h", "templates: the whole description of typed options is one contract"},
      {"tests/stage_driver.h", "reads and runs a text case; a program of its own, kept whole"},
  };
  return *files;
}
const std::map<std::string, std::string>& LongFunctions() {
  static const auto* functions = new std::map<std::string, std::string>{};
  return *functions;
}

std::string ReadText(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

// Tracked files below the source folder; those in a clone without git, all that are not built.
const std::vector<std::string>& TrackedFiles() {
  static const auto* files = [] {
    auto* found = new std::vector<std::string>;
    const std::string command =
        "git -C '" HUBMILL_SOURCE_DIR "' ls-files --cached --others --exclude-standard";
    std::unique_ptr<FILE, int (*)(FILE*)> pipe(popen(command.c_str(), "r"), &pclose);
    std::array<char, 4096> line{};
    while (pipe != nullptr && std::fgets(line.data(), line.size(), pipe.get()) != nullptr) {
      std::string name(line.data());
      while (!name.empty() && name.back() == '\n') name.pop_back();
      if (fs::exists(fs::path(HUBMILL_SOURCE_DIR) / name)) found->push_back(name);
    }
    return found;
  }();
  return *files;
}

bool EndsWith(const std::string& text, const std::string& end) {
  return text.size() >= end.size() && text.compare(text.size() - end.size(), end.size(), end) == 0;
}
bool StartsWith(const std::string& text, const std::string& start) {
  return text.compare(0, start.size(), start) == 0;
}
bool IsCode(const std::string& name) { return EndsWith(name, ".cc") || EndsWith(name, ".h"); }

std::vector<std::string> Lines(const std::string& name) {
  std::vector<std::string> lines;
  std::istringstream text(ReadText(fs::path(HUBMILL_SOURCE_DIR) / name));
  for (std::string line; std::getline(text, line);) lines.push_back(line);
  return lines;
}

// The line with strings, character literals and // comments blanked.
std::string WithoutText(const std::string& line) {
  std::string code;
  char quote = 0;
  for (size_t i = 0; i < line.size(); ++i) {
    if (quote != 0) {
      if (line[i] == '\\') {
        ++i;
      } else if (line[i] == quote) {
        quote = 0;
      }
      continue;
    }
    if (line[i] == '/' && i + 1 < line.size() && line[i + 1] == '/') break;
    const bool digit_separator = line[i] == '\'' && i > 0 && std::isxdigit(line[i - 1]) != 0;
    if (line[i] == '"' || (line[i] == '\'' && !digit_separator)) {
      quote = line[i];
      continue;
    }
    code += line[i];
  }
  return code;
}

// Where the declaration that opens a block at `line` begins: a signature may span lines.
size_t DeclarationStart(const std::vector<std::string>& lines, size_t line) {
  while (line > 0) {
    const std::string& above = lines[line - 1];
    const size_t indent = lines[line].find_first_not_of(' ');
    const bool continued =
        !above.empty() && std::string(";{}:>").find(above.back()) == std::string::npos;
    if (indent <= 2 || !continued) break;
    --line;
  }
  return line;
}

// Tidy's own idea of a function: a declaration at namespace or class level that holds '(' and whose
// block opens at its end.  It counts the lines to the closing brace of the same indentation.
void CheckFunctionLengths(const std::string& name, const std::vector<std::string>& lines) {
  for (size_t open = 0; open < lines.size(); ++open) {
    if (!EndsWith(lines[open], "{")) continue;
    const size_t start = DeclarationStart(lines, open);
    const std::string& line = lines[start];
    const size_t indent = line.find_first_not_of(' ');
    if (indent == std::string::npos || indent > 2 || line[indent] == '}') continue;
    if (line.find('(') == std::string::npos && lines[open].find('(') == std::string::npos) continue;
    const std::string closing = std::string(indent, ' ') + "}";
    size_t end = open + 1;
    while (end < lines.size() && !StartsWith(lines[end], closing)) ++end;
    const auto length = static_cast<int>(end - start + 1);
    if (length <= kFunctionLinesMax) continue;
    EXPECT_TRUE(LongFunctions().count(name + ":" + line) > 0)
        << name << ":" << start + 1 << ": " << length << " lines; remedy: split it: " << line;
  }
}

TEST(Tidy, FilesAreTracked) { EXPECT_GT(TrackedFiles().size(), 50U); }

TEST(Tidy, FoldersIncludeOnlyWhatTheyMay) {
  for (const std::string& name : TrackedFiles()) {
    if (!IsCode(name) || !StartsWith(name, "src/")) continue;
    const std::string folder = name.substr(4, name.find('/', 4) - 4);
    const auto allowed = AllowedIncludes().find(folder);
    ASSERT_TRUE(allowed != AllowedIncludes().end()) << name << ": a folder the design lacks";
    for (const std::string& line : Lines(name)) {
      if (!StartsWith(line, "#include \"")) continue;
      const std::string path = line.substr(10, line.find('"', 10) - 10);
      const std::string target = path.substr(0, path.find('/'));
      EXPECT_TRUE(target == folder || allowed->second.count(target) > 0)
          << name << ": includes \"" << path << "\"";
      EXPECT_TRUE(fs::exists(fs::path(HUBMILL_SOURCE_DIR) / "src" / path) ||
                  fs::exists(fs::path(HUBMILL_SOURCE_DIR) / "include" / path))
          << name << ": no such file: \"" << path << "\"";
    }
  }
}

TEST(Tidy, TextAndBaseUseNoArrowAndDoNoIo) {
  for (const std::string& name : TrackedFiles()) {
    if (!StartsWith(name, "src/text/") && !StartsWith(name, "src/base/")) continue;
    if (!IsCode(name) || EndsWith(name, "_test.cc") || name == "src/base/check.cc") continue;
    for (const std::string& line : Lines(name)) {
      for (const char* banned : {"<arrow/", "<parquet/", "<fstream>", "<iostream>", "<cstdio>"}) {
        EXPECT_TRUE(!StartsWith(line, "#include") || line.find(banned) == std::string::npos)
            << name << ": " << line;
      }
    }
  }
}

TEST(Tidy, FilesAndFunctionsAreShort) {
  for (const std::string& name : TrackedFiles()) {
    if (!IsCode(name)) continue;
    const std::vector<std::string> lines = Lines(name);
    const bool test = EndsWith(name, "_test.cc");
    const int limit = EndsWith(name, ".h") ? kHeaderLinesMax : kSourceLinesMax;
    EXPECT_TRUE(test || static_cast<int>(lines.size()) <= limit || LongFiles().count(name) > 0)
        << name << ": " << lines.size() << " lines; remedy: split by concept";
    if (!test) CheckFunctionLengths(name, lines);
  }
}

TEST(Tidy, ExceptionsAreStillNeeded) {
  for (const auto& [name, reason] : LongFiles()) {
    EXPECT_FALSE(reason.empty()) << name;
    const int limit = EndsWith(name, ".h") ? kHeaderLinesMax : kSourceLinesMax;
    EXPECT_GT(static_cast<int>(Lines(name).size()), limit) << name << " needs no exception";
  }
}

TEST(Tidy, NamesSayWhatThingsAre) {
  for (const std::string& name : TrackedFiles()) {
    if (StartsWith(name, "tests/golden/")) continue;
    const std::string stem = fs::path(name).stem().string();
    for (std::string banned : {"util", "helper", "common", "manager", "misc"}) {
      EXPECT_EQ(stem.find(banned), std::string::npos) << name;
      if (!IsCode(name)) continue;
      banned[0] = static_cast<char>(std::toupper(banned[0]));
      for (const std::string& line : Lines(name)) {
        const std::string code = WithoutText(line);
        const bool declares = StartsWith(code, "class ") || StartsWith(code, "struct ");
        EXPECT_TRUE(!declares || code.find(banned) == std::string::npos) << name << ": " << line;
      }
    }
  }
}

TEST(Tidy, TheLibraryIsSilentAndLinear) {
  const std::vector<std::string> anywhere = {"std::regex", "#include <regex>"};
  const std::vector<std::string> library = {"std::cout", "std::cerr", " printf(",   "std::printf(",
                                            "fprintf(",  " exit(",    "std::exit(", "std::abort("};
  for (const std::string& name : TrackedFiles()) {
    if (!IsCode(name) || name == "tests/tidy_test.cc") continue;
    const bool silent = StartsWith(name, "src/") && !StartsWith(name, "src/cli/") &&
                        name != "src/base/check.cc" && !EndsWith(name, "_test.cc");
    for (const std::string& line : Lines(name)) {
      const std::string code = WithoutText(line);
      for (const std::string& banned : anywhere) {
        EXPECT_EQ(code.find(banned), std::string::npos) << name << ": " << line;
      }
      for (const std::string& banned : library) {
        EXPECT_TRUE(!silent || code.find(banned) == std::string::npos) << name << ": " << line;
      }
      EXPECT_EQ(line.find(std::string("TO") + "DO"), std::string::npos) << name << ": " << line;
    }
  }
}

// CMake globs src/FOLDER/*.cc and one folder below; fuzz/*_fuzz.cc; tests/*_test.cc and one below.
// tests/CMakeLists.txt names the one program that is no test.
// Data and options are refused with a way out.  (Elsewhere too, but there a function may add it.)
TEST(Tidy, RefusalsNameARemedy) {
  int refusals = 0;
  for (const std::string& name : TrackedFiles()) {
    if (!StartsWith(name, "src/stages/") || !EndsWith(name, ".cc") || EndsWith(name, "_test.cc")) {
      continue;
    }
    const std::string text = ReadText(fs::path(HUBMILL_SOURCE_DIR) / name);
    for (const std::string call : {"WrongUsage(", "DataRefused("}) {
      for (size_t at = text.find(call); at != std::string::npos; at = text.find(call, at + 1)) {
        const std::string statement = text.substr(at, text.find(";\n", at) - at);
        ++refusals;
        EXPECT_TRUE(statement.find("remedy: ") != std::string::npos ||
                    statement.find("at, \" \", what") != std::string::npos)
            << name << ": " << statement;
      }
    }
  }
  EXPECT_GE(refusals, 50);
}

TEST(Tidy, EverySourceIsInABuild) {
  for (const std::string& name : TrackedFiles()) {
    if (!EndsWith(name, ".cc")) continue;
    const auto depth = std::count(name.begin(), name.end(), '/');
    const bool built = (StartsWith(name, "src/") && depth >= 2 && depth <= 3) ||
                       (StartsWith(name, "fuzz/") && depth == 1 && EndsWith(name, "_fuzz.cc")) ||
                       (StartsWith(name, "tests/") && depth <= 2 && EndsWith(name, "_test.cc")) ||
                       StartsWith(name, "bench/") || name == "tests/peers/hub/hub_serve_main.cc";
    EXPECT_TRUE(built) << name << " is in no build";
  }
}

TEST(Tidy, LinksInPagesResolve) {
  for (const std::string& name : TrackedFiles()) {
    if (!EndsWith(name, ".md")) continue;
    const std::string text = ReadText(fs::path(HUBMILL_SOURCE_DIR) / name);
    for (size_t at = text.find("]("); at != std::string::npos; at = text.find("](", at + 2)) {
      std::string link = text.substr(at + 2, text.find(')', at) - at - 2);
      link = link.substr(0, link.find('#'));
      if (link.empty() || link.find("://") != std::string::npos) continue;
      const fs::path folder = fs::path(HUBMILL_SOURCE_DIR) / fs::path(name).parent_path();
      EXPECT_TRUE(fs::exists(folder / link)) << name << ": dead link: " << link;
    }
  }
}

TEST(Tidy, EveryStageHasCasesAndAPage) {
  const std::string page = ReadText(fs::path(HUBMILL_SOURCE_DIR) / "docs/stages.md");
  int stages = 0;
  for (const std::string& name : TrackedFiles()) {
    if (!StartsWith(name, "src/stages/") || !EndsWith(name, ".h")) continue;
    if (ReadText(fs::path(HUBMILL_SOURCE_DIR) / name).find("StageEntry ") == std::string::npos) {
      continue;
    }
    const std::string stage = fs::path(name).stem().string();
    ++stages;
    EXPECT_TRUE(fs::is_directory(fs::path(HUBMILL_SOURCE_DIR) / "tests/cases" / stage)) << stage;
    EXPECT_NE(page.find("### " + stage + "\n"), std::string::npos)
        << stage << " is not in docs/stages.md; remedy: make docs";
  }
  EXPECT_GE(stages, 15);
}

// Put together from halves, so that this file does not hold them.
TEST(Tidy, NoHostsOfRegistriesAndNoTokens) {
  const std::vector<std::string> banned = {
      std::string("pypi.") + "org",          std::string("files.python") + "hosted.org",
      std::string("crates.") + "io",         std::string("npmjs.") + "org",
      std::string("deb.debian.") + "org",    std::string("proxy.golang.") + "org",
      std::string("repo.maven.") + "apache", std::string("-----BEGIN ") + "PRIVATE KEY"};
  for (const std::string& name : TrackedFiles()) {
    const std::string text = ReadText(fs::path(HUBMILL_SOURCE_DIR) / name);
    for (const std::string& word : banned) {
      EXPECT_EQ(text.find(word), std::string::npos) << name << " holds " << word;
    }
    for (size_t at = text.find("hf_"); at != std::string::npos; at = text.find("hf_", at + 1)) {
      size_t length = 0;
      while (at + 3 + length < text.size() && std::isalnum(text[at + 3 + length]) != 0) ++length;
      EXPECT_LT(length, 30U) << name << " holds what looks like a Hub token";
    }
  }
}

}  // namespace
