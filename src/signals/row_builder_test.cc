#include "signals/row_builder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "base/ecma_number.h"
#include "signals/row_check.h"

namespace hubmill {
namespace {

using Json = nlohmann::ordered_json;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr char kGolden[] = HUBMILL_SOURCE_DIR "/tests/golden/signals/";

std::vector<std::string> LinesOf(const std::string& path) {
  std::ifstream file(kGolden + path, std::ios::binary);
  EXPECT_TRUE(file.good()) << path;
  std::vector<std::string> lines;
  for (std::string line; std::getline(file, line);) lines.push_back(line);
  return lines;
}

struct Outcome {
  RowState state = RowState::kRow;
  std::string text;  // Of the row, or of its faults.
  std::vector<std::string> unknown;
};

class Builder {
 public:
  explicit Builder(const std::string& name, RowOptions options = {}, bool enforce = false)
      : schema_(FindSignalsSchema(name).ValueOrDie()) {
    schema_.enforce = schema_.enforce || enforce;
    builder_ = std::make_unique<RowBuilder>(&schema_, options);
  }

  Outcome Build(const std::string& line) {
    BuiltRow row;
    arrow::BufferBuilder out;
    EXPECT_TRUE(builder_->Build(line, &row, &out).ok());
    Outcome outcome{.state = row.facts.state};
    outcome.text.assign(reinterpret_cast<const char*>(out.data()), size_t(out.length()));
    if (row.facts.state == RowState::kRefused) {
      EXPECT_EQ(outcome.text, "") << "of a refused row nothing is written";
      for (const RowFault& fault : row.faults) outcome.text += TextOf(schema_, fault) + "\n";
    }
    if (row.facts.state == RowState::kRow) {
      for (const std::string_view key : *row.unknown) outcome.unknown.emplace_back(key);
    }
    facts = row.facts;
    return outcome;
  }

  RowFacts facts;

 private:
  SignalsSchema schema_;
  std::unique_ptr<RowBuilder> builder_;
};

std::string Joined(const std::vector<std::string>& lines) {
  std::string text;
  for (const std::string& line : lines) text += line + "\n";
  return text;
}

TEST(RowBuilder, GoldenRowsByteForByte) {
  for (const bool compat : {false, true}) {
    Builder builder("signals_v1_48", {.compat = compat});
    std::string text;
    for (const std::string& line : LinesOf("inputs/good.jsonl")) text += builder.Build(line).text;
    EXPECT_EQ(text, Joined(LinesOf("default/bundle/dataset.jsonl"))) << compat;
  }
}

TEST(RowBuilder, OddRowsAsTheOriginalWithCompat) {
  Builder builder("signals_v1_48", {.compat = true});
  std::string text;
  std::vector<std::string> unknown;
  for (const std::string& line : LinesOf("inputs/odd.jsonl")) {
    const Outcome row = builder.Build(line);
    text += row.text;
    unknown.insert(unknown.end(), row.unknown.begin(), row.unknown.end());
  }
  EXPECT_EQ(text, Joined(LinesOf("odd/bundle/dataset.jsonl")));
  EXPECT_THAT(unknown, ElementsAre("rag_context", "website_url"));
}

TEST(RowBuilder, OddRowsAreRefusedByDefaultWithoutTheirValues) {
  Builder builder("signals_v1_48");
  const auto lines = LinesOf("inputs/odd.jsonl");
  ASSERT_EQ(lines.size(), 5U);
  const Outcome words = builder.Build(lines[3]);
  EXPECT_THAT(words.text,
              HasSubstr("Unexpected string value in features: key=features.industry_key"));
  EXPECT_THAT(words.text, HasSubstr("key=features.quotes_count"));
  const Outcome leak = builder.Build(lines[4]);
  EXPECT_EQ(leak.state, RowState::kRefused);
  EXPECT_EQ(leak.text,
            "PII detected: key=industry_key rule=email\n"
            "PII detected: key=targets.pressure_keys rule=email\n"
            "Address detected: key=targets.boundary_class rule=address\n"
            "PII detected: key=labels.client_feedback rule=email\n");
}

TEST(RowBuilder, MessyAndFeaturelessLines) {
  Builder builder("signals_v1_48");
  int rows = 0, broken = 0;
  for (std::string line : LinesOf("inputs/messy.jsonl")) {
    if (line.find_first_not_of(" \t\r") == line.npos) continue;
    const Outcome row = builder.Build(line);
    rows += row.state == RowState::kRow;
    broken += row.state == RowState::kNotJson;
  }
  EXPECT_EQ(rows, 2);
  EXPECT_EQ(broken, 1);
  EXPECT_THAT(builder.Build(LinesOf("inputs/nofeat.jsonl")[0]).text,
              HasSubstr("key=features rule=missing"));
  EXPECT_EQ(builder.Build("[1]").text, "not as the schema says: key=(line) rule=not_object\n");
}

TEST(RowBuilder, AllProbesOfTheOriginalGuard) {
  std::ifstream file(std::string(kGolden) + "out_pii_probes.json");
  const Json probes = Json::parse(file);
  ASSERT_EQ(probes.size(), 37U);
  for (const bool compat : {false, true}) {
    Builder builder("signals_v1_48", {.compat = compat});
    for (const Json& probe : probes) {
      const auto value = probe.at("value").get<std::string>();
      const Json row{{"id", "ex_1"},
                     {"source", "mock"},
                     {"industry_key", "hvac"},
                     {"features", {{"industry_key", value}}}};
      const Outcome outcome = builder.Build(row.dump());
      const auto expected = probe.at("build_row").get<std::string>();
      if (expected == "ok") {
        const bool known =
            std::string(" hvac unknown ").find(" " + value + " ") != std::string::npos;
        EXPECT_EQ(outcome.state, known || compat ? RowState::kRow : RowState::kRefused) << value;
        continue;
      }
      EXPECT_EQ(outcome.state, RowState::kRefused) << value;
      const bool too_long = expected.starts_with("String feature too long");
      std::string words = expected.substr(0, expected.find(':'));
      if (too_long) words = "features.industry_key " + expected.substr(expected.find('('));
      EXPECT_THAT(outcome.text, HasSubstr(words)) << value;
      const bool tells = value.size() > 4 && outcome.text.find(value) != outcome.text.npos;
      EXPECT_FALSE(tells) << value;
    }
  }
}

// The document's own example, the elisions left out.
constexpr char kExample[] =
    R"({"example_id":"ex_001","created_at":"2026-01-01T00:00:00Z","source":"mock",)"
    R"("industry_key":"hvac","schema_version":"signals_v1","schema_hash":"a1b2c3d4",)"
    R"("window_rule":"last_90_days","features":{"total_revenue":150000,"total_jobs":50,)"
    R"("avg_job_value":3000},"targets":{"boundary_class":"healthy","pressure_keys":[]},)"
    R"("labels":{"reviewer_score":5,"mapping_was_wrong":false}})";

TEST(RowBuilder, TheDocumentsExampleIsAccepted) {
  Builder builder("signals_v1");
  const Outcome outcome = builder.Build(kExample);
  ASSERT_EQ(outcome.state, RowState::kRow) << outcome.text;
  const Json row = Json::parse(outcome.text);
  EXPECT_EQ(row.at("features").size(), 70U);
  EXPECT_EQ(row.at("features").at("avg_job_value"), 3000);
  EXPECT_TRUE(row.at("features").at("industry_key").is_null());
  EXPECT_EQ(row.at("window_rule"), "last_90_days");
  EXPECT_EQ(row.at("targets").dump(), R"({"pressure_keys":[],"boundary_class":"healthy"})");
  EXPECT_EQ(row.at("labels").at("reviewer_score"), 5);
  const Outcome again = builder.Build(outcome.text.substr(0, outcome.text.size() - 1));
  EXPECT_EQ(again.text, outcome.text) << "an exported row is exported as it is";
}

TEST(RowBuilder, AListInATextMayBeAsLongAsItLikes) {
  Json row = Json::parse(kExample);
  row["features"] = Json::object();
  row.erase("labels");
  row["targets"] = {{"pressure_keys", "[" + std::string(100000, ' ') + "\"a_b\"]"}};
  const Outcome list = Builder("signals_v1").Build(row.dump());
  EXPECT_THAT(list.text, HasSubstr(R"("targets":{"pressure_keys":["a_b"]})"));
  const Outcome text = Builder("signals_v1_48").Build(row.dump());
  EXPECT_THAT(text.text, HasSubstr(R"("targets":{"pressure_keys":"[\"a_b\"]"})"));
}

TEST(RowBuilder, ExportedRowsOfTheOriginalPassAgain) {
  Builder builder("signals_v1_48");
  for (const std::string& line : LinesOf("default/bundle/dataset.jsonl")) {
    EXPECT_EQ(builder.Build(line).text, line + "\n");
  }
}

/// What the default schema says of one member put into a good row.
std::string Refusal(const std::string& place, const Json& value) {
  Json row = Json::parse(kExample);
  if (place != "/example_id") {
    row.erase("example_id");
    row["id"] = "ex_001";
  }
  row[Json::json_pointer(place)] = value;
  return Builder("signals_v1").Build(row.dump()).text;
}

TEST(RowBuilder, EveryFieldIsGuarded) {
  EXPECT_THAT(Refusal("/features/total_jobs", -5), HasSubstr("total_jobs rule=out_of_range"));
  EXPECT_THAT(Refusal("/features/total_jobs", 5551234567), HasSubstr("rule=out_of_range"));
  EXPECT_THAT(Refusal("/features/total_jobs", 1.5), HasSubstr("rule=not_whole"));
  EXPECT_THAT(Refusal("/features/pct_quoted_won", 1.01), HasSubstr("rule=out_of_range"));
  EXPECT_THAT(Refusal("/features/has_quotes", 2), HasSubstr("rule=out_of_range"));
  EXPECT_THAT(Refusal("/features/has_quotes", true), HasSubstr("rule=not_number"));
  EXPECT_THAT(Refusal("/features/has_quotes", nullptr), HasSubstr("rule=null"));
  EXPECT_THAT(Refusal("/features/source", 5), HasSubstr("features.source rule=not_text"));
  EXPECT_THAT(Refusal("/features/source", "hvac"), HasSubstr("features.source rule=unexpected"));
  EXPECT_THAT(Refusal("/features/total_jobs", "call 555-123-4567"), HasSubstr("rule=phone"));
  EXPECT_THAT(Refusal("/example_id", "jane@x.com"), HasSubstr("example_id rule=email"));
  EXPECT_THAT(Refusal("/example_id", "555-123-4567"), HasSubstr("example_id rule=phone"));
  EXPECT_THAT(Refusal("/example_id", "Jane Doe"), HasSubstr("example_id rule=not_id"));
  EXPECT_THAT(Refusal("/example_id", 5), HasSubstr("example_id rule=not_id"));
  EXPECT_THAT(Refusal("/created_at", "yesterday"), HasSubstr("created_at rule=not_time"));
  EXPECT_THAT(Refusal("/created_at", "5551234567"), HasSubstr("created_at rule=phone"));
  EXPECT_THAT(Refusal("/source", "Jane"), HasSubstr("source rule=unexpected"));
  EXPECT_THAT(Refusal("/window_rule", "9 Elm ct"), HasSubstr("window_rule rule=address"));
  EXPECT_THAT(Refusal("/schema_version", "signals_v2"), HasSubstr("rule=other_schema"));
  EXPECT_THAT(Refusal("/targets/boundary_class", "x"), HasSubstr("rule=unexpected"));
  EXPECT_THAT(Refusal("/targets/pressure_keys", "Jane"), HasSubstr("rule=not_list"));
  EXPECT_THAT(Refusal("/targets/pressure_keys", {"p_5551234567"}), HasSubstr("rule=phone"));
  EXPECT_THAT(Refusal("/targets/pressure_keys", {"a", "b", "c", "d"}), HasSubstr("rule=too_many"));
  EXPECT_THAT(Refusal("/labels/reviewer_score", 6), HasSubstr("rule=out_of_range"));
  EXPECT_THAT(Refusal("/labels/reviewer_score", "5551234567"), HasSubstr("rule=phone"));
  EXPECT_THAT(Refusal("/labels/mapping_was_wrong", "a@b"), HasSubstr("rule=email"));
  EXPECT_THAT(Refusal("/labels/outcome_next_step_chosen", 1), HasSubstr("rule=not_boolean"));
  EXPECT_THAT(Refusal("/labels/client_feedback", std::string(101, 'a')), HasSubstr("(101 chars)"));
  EXPECT_THAT(Refusal("/targets", 5), HasSubstr("targets rule=not_object"));
  EXPECT_THAT(Refusal("/labels", "x"), HasSubstr("labels rule=not_object"));
}

TEST(RowBuilder, PressureKeysInEveryForm) {
  const std::string head = R"({"id":"a","source":"mock","industry_key":"hvac","features":{},)";
  const auto targets = [&](const char* schema, const std::string& keys) {
    const std::string text =
        Builder(schema).Build(head + R"("targets":{"pressure_keys":)" + keys + "}}").text;
    const size_t at = text.find("\"targets\":");
    return at == text.npos ? text : text.substr(at + 10);
  };
  for (const char* keys :
       {R"(["a","b_1"])", R"([ "a" , "b_1" ])", R"(["\u0061","b_1"])", R"("[\"a\", \"b_1\"]")"}) {
    EXPECT_EQ(targets("signals_v1", keys), "{\"pressure_keys\":[\"a\",\"b_1\"]}}\n") << keys;
    EXPECT_EQ(targets("signals_v1_48", keys), "{\"pressure_keys\":\"[\\\"a\\\",\\\"b_1\\\"]\"}}\n")
        << keys;
  }
  EXPECT_EQ(targets("signals_v1", "[ ]"), "{\"pressure_keys\":[]}}\n");
  for (const char* keys : {"{}", "5", "true", R"([1])", R"([["a"]])", R"("a")", R"("[\"a\",]")",
                           R"("[\"a\"] x")", R"("[,\"a\"]")"}) {
    EXPECT_THAT(targets("signals_v1", keys), HasSubstr("rule=not_list")) << keys;
  }
  EXPECT_THAT(targets("signals_v1", R"(["a b"])"), HasSubstr("rule=unexpected"));
  EXPECT_THAT(targets("signals_v1", R"(["jane@x.com"])"), HasSubstr("rule=email"));
}

TEST(RowBuilder, IdsThatMachinesMakePass) {
  for (const char* id : {"123e4567-e89b-12d3-a456-426614174000", "d41d8cd98f00b204e9800998ecf8427e",
                         "V1StGXR8_Z5jdHi6B-myT", "ex_001"}) {
    EXPECT_EQ(Refusal("/example_id", id).find("rule="), std::string::npos) << id;
  }
  EXPECT_THAT(Refusal("/example_id", "12345678901234567890123456789012"), HasSubstr("rule=phone"));
}

TEST(RowBuilder, FiltersComeBeforeEverythingElse) {
  Builder builder("signals_v1", {.source = "real"});
  EXPECT_EQ(builder.Build(kExample).state, RowState::kFiltered);
  EXPECT_EQ(builder.Build("5").state, RowState::kFiltered);
  EXPECT_EQ(builder.Build("{").state, RowState::kNotJson);
}

TEST(RowBuilder, RepeatedKeysAndBrokenJson) {
  Builder strict("signals_v1"), compat("signals_v1_48", {.compat = true});
  const std::string twice =
      R"({"id":"a","source":"mock","industry_key":"hvac","features":{"source":"jane@x.com",)"
      R"("source":"mock"},"labels":{"client_feedback":"x"},"labels":{}})";
  EXPECT_THAT(strict.Build(twice).text, HasSubstr("key=features.source rule=repeated_key"));
  EXPECT_THAT(strict.Build(twice).text, HasSubstr("key=labels rule=repeated_key"));
  EXPECT_THAT(compat.Build(twice).text, HasSubstr(R"("labels":{})"));
  for (const char* line :
       {"{", R"({"id":"a)", R"({"id":"a"}})", R"({"id":01})", R"({"features":{"source":"mock",}})",
        R"({"features":{"window_days":1.}})", R"({"features":{"window_days":-}})",
        R"({"features":{"window_days":1e}})", R"({"a":tru})", R"({"id":"\ud800"})", "{} x",
        R"({"features":{"window_days":12345678901234567.}})"}) {
    EXPECT_EQ(strict.Build(line).state, RowState::kNotJson) << line;
  }
}

TEST(RowBuilder, EveryNumberIsWrittenAsItsDouble) {
  Builder builder("signals_v1_48");
  uint64_t state = 88172645463325252;
  std::vector<std::string> texts = {"0",
                                    "-0",
                                    "0.0",
                                    "-0.0",
                                    "1e400",
                                    "-1e400",
                                    "1e-400",
                                    "0.1",
                                    "0.10",
                                    "1.50",
                                    "1E2",
                                    "1e21",
                                    "5e-324",
                                    "0.000001",
                                    "0.0000001",
                                    "123456789012345",
                                    "1234567890123456",
                                    "12345678901234567890",
                                    "0.123456789012345",
                                    "1.0000000000000001",
                                    "100.000",
                                    "9007199254740993",
                                    "0.1234567890123456789"};
  for (int i = 0; i < 20'000; ++i) {
    state ^= state << 13, state ^= state >> 7, state ^= state << 17;
    std::string digits = std::to_string(state);
    const size_t size = 1 + state % 19, point = (state >> 8) % 20;
    digits.resize(std::min(size, digits.size()));
    if (digits[0] == '0') digits[0] = '1';
    if (point < digits.size()) digits.insert(point, point == 0 ? "0." : ".");
    if (state % 7 == 0) digits += "e" + std::to_string(int(state >> 20 & 63) - 32);
    if (state % 3 == 0) digits.insert(0, 1, '-');
    texts.push_back(std::move(digits));
  }
  for (const std::string& text : texts) {
    FieldValue value;
    ASSERT_NE(ReadSignalsNumber(text.c_str(), &value), nullptr) << text;
    const double expected = std::strtod(text.c_str(), nullptr);
    EXPECT_EQ(value.number, expected) << text;
    if (!value.canonical) continue;
    char written[kEcmaNumberBytesMax];
    EXPECT_EQ(std::string(written, WriteEcmaNumber(expected, written)), text);
  }
}

TEST(RowBuilder, ReportedNumbersAreCounted) {
  Builder builder("signals_v1_48");
  ASSERT_EQ(builder.Build(LinesOf("inputs/good.jsonl")[0]).state, RowState::kRow);
  EXPECT_NE(builder.facts.out_of_range[0], 0U);
  EXPECT_EQ(Builder("signals_v1_48", {}, true).Build(LinesOf("inputs/good.jsonl")[0]).state,
            RowState::kRefused);
}

}  // namespace
}  // namespace hubmill
