// The text cases: every tests/cases/<stage>/*.test, at three batch sizes.  Format: cases/README.md.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "stage_driver.h"

namespace hubmill::testing {
namespace {

using ::testing::HasSubstr;

struct Case {
  std::string stage;
  std::string schema;
  std::string input;  // JSON objects, comma-separated.
  std::string output;
  std::vector<std::string> output_splits;                 // "" where the line names none.
  std::map<std::string, std::vector<std::string>> facts;  // "drops", "error", …
};

void ReadOutputLine(const std::string& line, Case* out) {
  const size_t brace = line.find('{');
  const size_t colon = line.find(": ");
  if (brace == std::string::npos || colon < brace) {
    ASSERT_NE(colon, std::string::npos) << "neither a row nor a fact: " << line;
    out->facts[line.substr(0, colon)].push_back(line.substr(colon + 2));
    return;
  }
  out->output_splits.push_back(brace == 0 ? "" : line.substr(0, brace - 1));
  out->output += (out->output.empty() ? "" : ",") + line.substr(brace);
}

Case ReadCase(const std::string& path) {
  Case out;
  std::ifstream file(path);
  EXPECT_TRUE(file.good()) << path;
  std::string section;
  for (std::string line; std::getline(file, line);) {
    if (line.empty() || line[0] == '#') continue;
    if (line == "stage" || line == "schema" || line == "input" || line == "----") {
      section = line;
    } else if (section == "stage") {
      out.stage += line + "\n";
    } else if (section == "schema") {
      out.schema += line + " ";
    } else if (section == "input") {
      out.input += (out.input.empty() ? "" : ",") + line;
    } else {
      ReadOutputLine(line, &out);
    }
  }
  return out;
}

/// "a: int64, b: list<string>" as a schema.
std::shared_ptr<arrow::Schema> ReadSchema(const std::string& text) {
  const auto tree = ParseTypeText("struct<" + text + ">");
  EXPECT_TRUE(tree.ok()) << tree.status().ToString() << " in " << text;
  return tree.ok() ? SchemaOf(*tree) : arrow::schema({});
}

std::map<std::string, int64_t> ReadCounts(const std::vector<std::string>& lines) {
  std::map<std::string, int64_t> counts;
  for (const std::string& line : lines) {
    std::istringstream words(line);
    for (std::string word; words >> word;) {
      const size_t equals = word.rfind('=');
      counts[word.substr(0, equals)] = std::stoll(word.substr(equals + 1));
    }
  }
  return counts;
}

void CheckFacts(const Case& one, const StageOutcome& outcome) {
  for (const auto& [name, lines] : one.facts) {
    ASSERT_THAT((std::vector<std::string>{"drops", "splits", "counts", "violations", "violation",
                                          "columns"}),
                ::testing::Contains(name));
  }
  const auto lines = [&](const std::string& fact) {
    const auto found = one.facts.find(fact);
    return found == one.facts.end() ? std::vector<std::string>{} : found->second;
  };
  EXPECT_EQ(outcome.drops, ReadCounts(lines("drops")));
  for (const auto& [name, count] : ReadCounts(lines("counts"))) {
    const auto found = outcome.counts.find(name);
    EXPECT_EQ(found == outcome.counts.end() ? -1 : found->second, count) << name;
  }
  const auto violations = lines("violations");
  EXPECT_EQ(outcome.violations.size(), violations.empty() ? 0 : std::stoul(violations[0]));
  for (const std::string& what : lines("violation")) {
    EXPECT_THAT(outcome.violations, ::testing::Contains(HasSubstr(what)));
  }
  for (const std::string& columns : lines("columns")) {
    EXPECT_TRUE(outcome.rows->schema()->Equals(ReadSchema(columns), false))
        << outcome.rows->schema()->ToString();
  }
  if (!lines("splits").empty()) {
    std::map<std::string, int64_t> rows;
    for (const std::string& split : outcome.splits) ++rows[split];
    EXPECT_EQ(rows, ReadCounts(lines("splits")));
  }
}

void RunCase(const Case& one, int64_t batch_rows) {
  const auto rows = RowsFromJson(ReadSchema(one.schema), "[" + one.input + "]");
  ASSERT_TRUE(rows.ok()) << rows.status().ToString();
  const auto outcome = RunStage(one.stage, *rows, batch_rows);
  const auto error = one.facts.find("error");
  if (error != one.facts.end()) {
    ASSERT_FALSE(outcome.ok()) << "must fail with: " << error->second[0];
    for (const std::string& text : error->second) {
      EXPECT_THAT(outcome.status().message(), HasSubstr(text));
    }
    const auto exit = one.facts.find("exit");
    if (exit != one.facts.end()) {
      EXPECT_EQ(int(KindOf(outcome.status())), std::stoi(exit->second[0]));
    }
    return;
  }
  ASSERT_TRUE(outcome.ok()) << outcome.status().ToString();
  CheckFacts(one, *outcome);
  if (one.output.empty() && one.facts.count("splits") > 0) return;  // Only counted.
  const auto expected = RowsFromJson(outcome->rows->schema(), "[" + one.output + "]");
  ASSERT_TRUE(expected.ok()) << expected.status().ToString();
  EXPECT_TRUE(outcome->rows->Equals(**expected)) << "expected\n"
                                                 << (*expected)->ToString() << "\nfound\n"
                                                 << outcome->rows->ToString();
  for (size_t i = 0; i < one.output_splits.size() && i < outcome->splits.size(); ++i) {
    if (!one.output_splits[i].empty()) {
      EXPECT_EQ(outcome->splits[i], one.output_splits[i]) << "row " << i;
    }
  }
}

std::vector<std::string> AllCases() {
  std::vector<std::string> paths;
  const std::string root = std::string(HUBMILL_SOURCE_DIR) + "/tests/cases";
  for (const auto& entry : std::filesystem::recursive_directory_iterator(root)) {
    if (entry.path().extension() == ".test") {
      paths.push_back(std::filesystem::relative(entry.path(), root).string());
    }
  }
  std::sort(paths.begin(), paths.end());
  return paths;
}

class Cases : public ::testing::TestWithParam<std::string> {};

TEST_P(Cases, SameForEveryBatchSize) {
  const Case one = ReadCase(std::string(HUBMILL_SOURCE_DIR) + "/tests/cases/" + GetParam());
  for (int64_t batch_rows : {1, 7, 8192}) {
    SCOPED_TRACE("batch_rows=" + std::to_string(batch_rows));
    RunCase(one, batch_rows);
  }
}

INSTANTIATE_TEST_SUITE_P(All, Cases, ::testing::ValuesIn(AllCases()), [](const auto& info) {
  std::string name = info.param;
  for (char& c : name) {
    if (!std::isalnum(static_cast<unsigned char>(c))) c = '_';
  }
  return name;
});

TEST(Cases, EveryStageHasAtLeastThree) {
  Registry registry;
  RegisterStages(registry);
  std::map<std::string, int> count;
  for (const std::string& path : AllCases()) ++count[path.substr(0, path.find('/'))];
  for (const auto& [name, entry] : registry.stages) EXPECT_GE(count[name], 3) << name;
}

TEST(StageEntries, ExamplesAreAccepted) {
  Registry registry;
  RegisterStages(registry);
  for (const auto& [name, entry] : registry.stages) {
    SCOPED_TRACE(name);
    const auto list = ParseYaml(entry.example, "example");
    ASSERT_TRUE(list.ok()) << list.status().ToString();
    ASSERT_EQ(list->kind, Setting::Kind::kList);
    for (const Setting& item : list->items) {
      Setting options;
      std::string used = item.scalar;
      if (item.kind == Setting::Kind::kMap) {
        used = item.entries[0].first;
        options = item.entries[0].second;
      }
      EXPECT_EQ(used, name);
      ErrorList errors;
      const OptionContext context{.file = "example", .owner = "stage " + name};
      entry.check(options, context, &errors);
      EXPECT_THAT(errors.messages(), ::testing::IsEmpty());
      const auto made = entry.make(options, context);
      EXPECT_TRUE(made.ok()) << made.status().ToString();
    }
  }
}

}  // namespace
}  // namespace hubmill::testing
