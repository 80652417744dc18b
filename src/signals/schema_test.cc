#include "signals/schema.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

namespace hubmill {
namespace {

using ::testing::HasSubstr;

SignalsSchema Load(const std::string& name) { return FindSignalsSchema(name).ValueOrDie(); }

TEST(SignalsSchema, HashesAreTheOriginals) {
  const SignalsSchema schema = Load("signals_v1_48");
  auto keys = schema.Keys();
  EXPECT_EQ(keys.size(), 48U);
  EXPECT_EQ(keys.front(), "industry_key");
  EXPECT_EQ(keys.back(), "date_parse_error_rate");
  EXPECT_EQ(std::set<std::string>(keys.begin(), keys.end()).size(), 48U);
  EXPECT_EQ(SchemaHash(schema.version, keys), "3e09b767");
  EXPECT_EQ(LegacySchemaHash(keys), "5cda6ade");
  keys.emplace_back("new_feature");
  EXPECT_EQ(SchemaHash(schema.version, keys), "b066b8ba");
  EXPECT_EQ(SchemaHash(schema.version, {}), "debec0ba");
}

TEST(SignalsSchema, TheDefaultHasSeventyFeaturesInFourFamilies) {
  const SignalsSchema schema = Load("signals_v1");
  EXPECT_EQ(schema.features.size(), 70U);
  int words = 0;
  for (const SignalsFeature& feature : schema.features) {
    words += feature.type == FeatureType::kEnum ? 1 : 0;
    EXPECT_TRUE(feature.type == FeatureType::kEnum || !feature.about.empty()) << feature.key;
    EXPECT_EQ(BlockedWordIn(feature.key), "") << feature.key;
  }
  EXPECT_EQ(words, 3);
  for (const char* key :
       {"total_revenue", "total_jobs", "avg_job_value", "total_quoted_jobs", "avg_days_to_invoice",
        "avg_payment_lag_days", "pct_jobs_paid_on_time", "pct_quoted_won"}) {
    EXPECT_GE(schema.Find(key), 0) << key;
  }
  for (const std::string& key : Load("signals_v1_48").Keys()) EXPECT_GE(schema.Find(key), 0) << key;
  EXPECT_EQ(SchemaHash(schema.version, schema.Keys()),
            "181f9d61");  // A change needs a new version.
}

TEST(SignalsSchema, EverythingWrongIsNamedAtOnceWithItsPlace) {
  const auto status = ParseSignalsSchema(
                          "schema: A b\n"
                          "schema_version: v1\n"
                          "numbers: maybe\n"
                          "boundary_class: [ok, 555-123-4567, ok]\n"
                          "features:\n"
                          "  - {key: raw_text, type: count}\n"
                          "  - {key: a, type: enum}\n"
                          "  - {key: a, type: ratio, range: [2, 1]}\n"
                          "  - {key: b, type: money, colour: red}\n"
                          "  - {key: c, type: count, values: [x]}\n"
                          "  - {key: d, type: enum, values: [jane@x.com], range: [0, 1]}\n",
                          "team.yaml")
                          .status();
  EXPECT_EQ(KindOf(status), FailureKind::kWrongUsage);
  const std::string text = status.message();
  for (const char* part :
       {"team.yaml:1:", "schema is no name", "team.yaml:3:", "team.yaml:4:",
        "a value is no plain word", "a value stands twice", "team.yaml:6:", "holds raw_",
        "team.yaml:7:", "has no values", "team.yaml:8:", "stands twice", "is no range",
        "team.yaml:9:", "team.yaml:10:", "is no enum", "team.yaml:11:", "has a range"}) {
    EXPECT_THAT(text, HasSubstr(part));
  }
  EXPECT_EQ(text.find("jane@x.com"), text.npos);
  EXPECT_EQ(text.find("555-123"), text.npos);
}

TEST(SignalsSchema, AFeatureChangeNeedsAVersion) {
  const SignalsSchema before = Load("signals_v1_48");
  SignalsSchema after = before;
  EXPECT_TRUE(CheckVersionKept(before, after).ok());
  after.features.pop_back();
  after.features.push_back({.key = "new_feature"});
  const Status refused = CheckVersionKept(before, after);
  EXPECT_EQ(KindOf(refused), FailureKind::kDataRefused);
  EXPECT_THAT(refused.message(), HasSubstr("added: new_feature"));
  EXPECT_THAT(refused.message(), HasSubstr("removed: date_parse_error_rate"));
  EXPECT_THAT(refused.message(), HasSubstr("remedy: another schema_version"));
  after.version = "signals_v2";
  EXPECT_TRUE(CheckVersionKept(before, after).ok());
  SignalsSchema swapped = before;
  std::swap(swapped.features[3], swapped.features[4]);
  EXPECT_THAT(CheckVersionKept(before, swapped).message(), HasSubstr("the order"));
}

TEST(SignalsSchema, AnUnknownNameNamesTheNearest) {
  EXPECT_THAT(FindSignalsSchema("signals_v1_49").status().message(),
              HasSubstr("did you mean signals_v1_48?"));
  EXPECT_EQ(KindOf(FindSignalsSchema("/nowhere.yaml").status()), FailureKind::kWrongUsage);
}

}  // namespace
}  // namespace hubmill
