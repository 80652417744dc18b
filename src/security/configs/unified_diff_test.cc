#include "security/configs/unified_diff.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <random>
#include <sstream>

namespace hubmill {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

constexpr char kText[] = "a\nb\nc\nd\ne\nf\ng\nh\n";

std::string Applied(std::string_view text, std::string_view diff, std::string_view path = {}) {
  const Result<std::string> out = ApplyUnifiedDiff(text, diff, path);
  EXPECT_TRUE(out.ok()) << out.status().ToString();
  return out.ok() ? *out : "";
}

std::string WhyNot(std::string_view text, std::string_view diff, std::string_view path = {}) {
  const Result<std::string> out = ApplyUnifiedDiff(text, diff, path);
  if (out.ok()) return "applied: " + *out;
  EXPECT_EQ(KindOf(out.status()), FailureKind::kDataRefused);
  EXPECT_THAT(out.status().message(), HasSubstr("remedy: "));
  return out.status().message();
}

std::string Diff(const std::string& hunks) { return "--- a/pod.yaml\n+++ b/pod.yaml\n" + hunks; }

void WriteText(const fs::path& path, const std::string& text) {
  std::ofstream(path, std::ios::binary) << text;
}

std::string ReadText(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

/// Few different lines, so that hunks could go to several places.
std::string RandomLines(std::mt19937* draw) {
  std::string text;
  for (size_t lines = (*draw)() % 60; lines > 0; --lines) {
    text += std::string(1, static_cast<char>('a' + (*draw)() % 6)) + (lines > 1 ? "\n" : "");
  }
  return text + ((*draw)() % 4 == 0 ? "" : "\n");
}

std::string Edited(std::string text, std::mt19937* draw) {
  for (size_t edits = 1 + (*draw)() % 6; edits > 0; --edits) {
    const size_t at = (*draw)() % (text.size() + 1);
    const size_t line = at == 0 ? 0 : text.rfind('\n', at - 1) + 1;
    if ((*draw)() % 2 == 0) {
      text.insert(line, (*draw)() % 2 == 0 ? "new\n" : "-- x\n\n++ y\n");
    } else {
      text.erase(line, 2 * (1 + (*draw)() % 4));
    }
  }
  return text;
}

TEST(UnifiedDiff, SeveralHunks) {
  EXPECT_EQ(
      Applied(kText, Diff("@@ -1,3 +1,4 @@ a title\n a\n-b\n+B\n+BB\n c\n@@ -7,2 +8 @@\n-g\n h\n")),
      "a\nB\nBB\nc\nd\ne\nf\nh\n");
  EXPECT_EQ(Applied(kText, Diff("@@ -0,0 +1 @@\n+first\n")), "first\n" + std::string(kText));
  EXPECT_EQ(Applied(kText, Diff("@@ -8,0 +9 @@\n+last\n")), std::string(kText) + "last\n");
  EXPECT_EQ(Applied("", Diff("@@ -0,0 +1 @@\n+x\n")), "x\n");
  EXPECT_EQ(Applied("x\n", Diff("@@ -1 +0,0 @@\n-x\n")), "");
  EXPECT_EQ(Applied("a\n\nb\n", Diff("@@ -1,3 +1,3 @@\n a\n\n-b\n+c\n")), "a\n\nc\n");
}

TEST(UnifiedDiff, GitAndMailsAroundIt) {
  const std::string head =
      "From: somebody\nSubject: a fix\n\ndiff --git a/x/pod.yaml b/x/pod.yaml\n"
      "index 1..2 100644\n";
  const std::string diff = head +
                           "--- a/x/pod.yaml\t2020-01-01\n+++ b/x/pod.yaml\n"
                           "@@ -1 +1 @@\n-a\n+A\n-- \n2.39.2\n";
  EXPECT_EQ(Applied("a\n", diff, "k8s/x/pod.yaml"), "A\n");
  EXPECT_EQ(Applied("a\n", diff, "pod.yaml"), "A\n");
  const std::string quoted =
      "--- \"a/p\\303\\263d.yaml\"\n+++ \"b/p\\303\\263d.yaml\"\n@@ -1 +1 @@\n-a\n+A\n";
  EXPECT_EQ(Applied("a\n", quoted, "k8s/p\303\263d.yaml"), "A\n");
  EXPECT_EQ(Applied("a\n", "rename the pod\ncopy its ports\n\n" + Diff("@@ -1 +1 @@\n-a\n+A\n")),
            "A\n");
}

TEST(UnifiedDiff, NoNewlineAtTheEnd) {
  const std::string mark = "\\ No newline at end of file\n";
  EXPECT_EQ(Applied("a\nb", Diff("@@ -1,2 +1,2 @@\n a\n-b\n" + mark + "+c\n" + mark)), "a\nc");
  EXPECT_EQ(Applied("a\nb", Diff("@@ -1,2 +1,3 @@\n a\n-b\n" + mark + "+b\n+c\n")), "a\nb\nc\n");
  EXPECT_EQ(Applied("a\nb\n", Diff("@@ -1,2 +1,2 @@\n a\n-b\n+b\n" + mark)), "a\nb");
  EXPECT_EQ(Applied("a\nb", Diff("@@ -1,2 +1,2 @@\n-a\n+A\n b\n" + mark)), "A\nb");
  EXPECT_THAT(WhyNot("a\nb\n", Diff("@@ -1,2 +1,2 @@\n a\n-b\n" + mark + "+c\n")),
              HasSubstr("no such lines"));
  EXPECT_THAT(WhyNot("a\nb\n", Diff("@@ -1,1 +1,1 @@\n-a\n+c\n" + mark)), HasSubstr("too early"));
  EXPECT_THAT(WhyNot("a\n", Diff("@@ -1 +1 @@\n" + mark)), HasSubstr("before any line"));
}

TEST(UnifiedDiff, CrlfFitsLf) {
  EXPECT_EQ(Applied("a\nb\n", "--- x\r\n+++ x\r\n@@ -1,2 +1,2 @@\r\n a\r\n-b\r\n+c\r\n"), "a\nc\n");
  EXPECT_EQ(Applied("a\r\nb\r\n", "--- x\r\n+++ x\r\n@@ -1,2 +1,2 @@\r\n a\r\n-b\r\n+c\r\n"),
            "a\r\nc\r\n");
  // As diff and git make it of a file in CRLF: their own lines are in LF.
  EXPECT_EQ(Applied("a\nb\n", Diff("@@ -1,2 +1,3 @@\n a\r\n-b\r\n+c\r\n+d\r\n")), "a\nc\nd\n");
  const std::string mark = "\\ No newline at end of file\n";
  EXPECT_EQ(Applied("a\nb", Diff("@@ -1,2 +1,2 @@\n a\r\n-b\n" + mark + "+c\r\n")), "a\nc\n");
  EXPECT_THAT(WhyNot("a\r\nb\r\n", Diff("@@ -1,2 +1,2 @@\n a\n-b\n+c\n")),
              HasSubstr("no such lines"));
}

TEST(UnifiedDiff, OffsetsAreBounded) {
  const std::string hunk = "@@ -1,2 +1,2 @@\n x\n-y\n+z\n";
  const auto far = [](int lines) {
    std::string text;
    for (int i = 0; i < lines; ++i) text += "-\n";
    return text;
  };
  EXPECT_EQ(Applied(far(kDiffOffsetMax) + "x\ny\n", Diff(hunk)), far(kDiffOffsetMax) + "x\nz\n");
  EXPECT_THAT(WhyNot(far(kDiffOffsetMax + 1) + "x\ny\n", Diff(hunk)), HasSubstr("no such lines"));
  // The nearest place counts; forwards before backwards.
  EXPECT_EQ(Applied("x\ny\n-\n-\nx\ny\n", Diff("@@ -3,2 +3,2 @@\n x\n-y\n+z\n")),
            "x\ny\n-\n-\nx\nz\n");
  // What an earlier hunk was off by, later ones are too; and they never go back.
  EXPECT_EQ(Applied("0\n0\na\nb\nc\nb\n", Diff("@@ -1 +1 @@\n-a\n+A\n@@ -2 +2 @@\n-b\n+B\n")),
            "0\n0\nA\nB\nc\nb\n");
  EXPECT_THAT(WhyNot("b\na\n", Diff("@@ -2 +2 @@\n-a\n+A\n@@ -3 +3 @@\n-b\n+B\n")),
              HasSubstr("line=6"));
}

TEST(UnifiedDiff, WhatIsRefused) {
  const std::string ok = "@@ -1 +1 @@\n-a\n+A\n";
  const std::pair<std::string, const char*> cases[] = {
      {"", "no --- and +++"},
      {"a\n", "no --- and +++"},
      {ok, "no --- and +++ lines above it"},
      {Diff(""), "no hunk"},
      {Diff("@@ -x +1 @@\n"), "not @@"},
      {Diff("@@ -99999999999,1 +1 @@\n"), "not @@"},
      {Diff("@@ -1,2 +1 @@\n-a\n"), "ends too early"},
      {Diff("@@ -1,1 +1,2 @@\n-a\n a\n+b\n"), "other numbers of lines"},
      {Diff("@@ -1 +1 @@\n-a\n*A\n"), "line=5 why=a line of a hunk that starts"},
      {Diff(ok) + Diff(ok), "several files"},
      {Diff(ok) + "diff --git a/y b/y\n", "several files"},
      {Diff(ok) + "garbage\n", "lines behind the last hunk"},
      {"--- /dev/null\n+++ b/x\n@@ -0,0 +1 @@\n+a\n", "it makes a file"},
      {"--- a/x\n+++ /dev/null\n@@ -1 +0,0 @@\n-a\n", "it deletes the file"},
      {"diff --git a/x b/x\nnew file mode 100644\n" + Diff(ok), "it makes a file"},
      {"diff --git a/x b/y\nrename from x\nrename to y\n" + Diff(ok), "it renames"},
      {"diff --git a/x b/y\ncopy from x\n" + Diff(ok), "it copies"},
      {"diff --git a/x b/x\nold mode 100644\nnew mode 120000\n" + Diff(ok),
       "line=2 why=it changes"},
      {"diff --git a/y b/y\ndiff --git a/x b/x\n" + Diff(ok), "several files"},
      {"--- /etc/pod.yaml\n+++ /etc/pod.yaml\n" + ok, "leads out"},
      {"--- a/pod.yaml\n+++ b/../pod.yaml\n" + ok, "line=2 why=it names a path that leads out"},
      {"diff --git a/x b/x\nGIT binary patch\nliteral 1\n", "it is binary"},
      {"diff --git a/x b/x\nBinary files a/x and b/x differ\n", "it is binary"},
      {Diff("@@ -1 +1 @@\n-b\n+A\n"), "line=3 why=the text has no such lines"},
      {Diff("@@ -5,0 +6 @@\n+A\n"), "no such lines"},
  };
  for (const auto& [diff, why] : cases) EXPECT_THAT(WhyNot("a\n", diff), HasSubstr(why)) << diff;
  EXPECT_THAT(WhyNot("a\n", Diff(ok), "k8s/service.yaml"), HasSubstr("another file"));
  EXPECT_THAT(WhyNot("a\n", Diff(ok), "k8s/mypod.yaml"), HasSubstr("another file"));
  EXPECT_THAT(WhyNot("a\n", std::string(kDiffBytesMax + 1, ' ')), HasSubstr("too large"));
}

// Random edits, made into diffs by GNU diff, git and Python's difflib.
TEST(UnifiedDiff, OtherProgramsDiffsApply) {
  if (std::system("diff -v >/dev/null && git --version >/dev/null && python3 -V >/dev/null") != 0) {
    GTEST_SKIP() << "needs diff, git and python3";
  }
  std::string name = (fs::temp_directory_path() / "hubmill_diff_XXXXXX").string();
  const fs::path folder = mkdtemp(name.data());
  std::mt19937 draw(7);
  constexpr int kCases = 150;
  for (int i = 0; i < kCases; ++i) {
    const std::string old_text = RandomLines(&draw);
    WriteText(folder / Concat(i, ".a"), old_text);
    WriteText(folder / Concat(i, ".b"), Edited(old_text, &draw));
  }
  constexpr char kMake[] =
      "import difflib, glob, subprocess\n"
      "for a in glob.glob('*.a'):\n"
      "    b = a[:-1] + 'b'\n"
      "    new = lambda *c: subprocess.run([*c, a, b], stdout=open(a + '.' + c[0], 'wb'))\n"
      "    new('diff', '-u'); new('git', 'diff', '--no-index', '-U1')\n"
      "    x, y = (open(n, newline='').read() for n in (a, b))\n"
      "    if all(t[-1:] in ('', '\\n') for t in (x, y)):\n"
      "        open(a + '.difflib', 'w', newline='').writelines(difflib.unified_diff(\n"
      "            x.splitlines(True), y.splitlines(True), a, b, n=2))\n";
  WriteText(folder / "make.py", kMake);
  ASSERT_EQ(std::system(("cd '" + folder.string() + "' && python3 make.py").c_str()), 0);
  int applied = 0;
  for (int i = 0; i < kCases; ++i) {
    const std::string old_text = ReadText(folder / Concat(i, ".a"));
    const std::string new_text = ReadText(folder / Concat(i, ".b"));
    for (const char* by : {"diff", "git", "difflib"}) {
      const std::string diff = ReadText(folder / Concat(i, ".a.", by));
      if (diff.empty()) continue;  // Nothing changed, or difflib cannot say it.
      EXPECT_EQ(Applied(old_text, diff), new_text) << by << "\n" << diff;
      ++applied;
    }
  }
  fs::remove_all(folder);
  EXPECT_GT(applied, 2 * kCases);
}

TEST(UnifiedDiff, TheOriginalReadsNdiff) {
  std::ifstream in(std::string(HUBMILL_SOURCE_DIR) + "/tests/golden/security/config_filters.json");
  for (const auto& [delta, lines] :
       nlohmann::json::parse(in)["difflib_restore_which2"]
           .get<std::vector<std::pair<std::string, std::vector<std::string>>>>()) {
    std::string expected;
    for (const std::string& line : lines) expected += line;
    EXPECT_EQ(RestoreNdiff(delta), expected) << delta;
  }
}

}  // namespace
}  // namespace hubmill
