// Labels, questions and hashes against tables: those of the original (tests/golden/security), and
// what this product does otherwise.
#include <arrow/array/builder_binary.h>
#include <arrow/array/builder_primitive.h>
#include <arrow/array/util.h>
#include <arrow/record_batch.h>
#include <gmock/gmock.h>

#include <cmath>
#include <cstdlib>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "base/hash.h"
#include "base/mt19937.h"
#include "security/flows/flow_columns.h"
#include "security/flows/flow_labels.h"
#include "security/flows/flow_record.h"
#include "security/flows/flow_value.h"

namespace hubmill {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using Json = nlohmann::ordered_json;

template <typename Builder, typename Value>
std::shared_ptr<arrow::Array> One(const Value& value) {
  Builder builder;
  EXPECT_TRUE(builder.Append(value).ok());
  return builder.Finish().ValueOrDie();
}

/// A row of its own schema: each value becomes a column of its JSON type.
std::shared_ptr<arrow::RecordBatch> RowOf(const Json& row) {
  arrow::FieldVector fields;
  arrow::ArrayVector arrays;
  for (const auto& [name, value] : row.items()) {
    std::shared_ptr<arrow::Array> array;
    if (value.is_string()) {
      array = One<arrow::StringBuilder>(value.get<std::string>());
    } else if (value.is_boolean()) {
      array = One<arrow::BooleanBuilder>(value.get<bool>());
    } else if (value.is_number_integer()) {
      array = One<arrow::Int64Builder>(value.get<int64_t>());
    } else if (value.is_number()) {
      array = One<arrow::DoubleBuilder>(value.get<double>());
    } else {
      array = arrow::MakeArrayOfNull(arrow::null(), 1).ValueOrDie();
    }
    fields.push_back(arrow::field(name, array->type()));
    arrays.push_back(array);
  }
  return arrow::RecordBatch::Make(arrow::schema(fields), 1, arrays);
}

Result<FlowRecord> Read(FlowSource source, bool compat, const Json& row) {
  const auto batch = RowOf(row);
  ARROW_ASSIGN_OR_RAISE(const auto rules, compat ? CompatFlowRules(source, *batch->schema())
                                                 : CanonicalFlowRules(source, *batch->schema()));
  ARROW_ASSIGN_OR_RAISE(const auto reader, rules->Open(*batch));
  FlowRecord record;
  ARROW_RETURN_NOT_OK(reader->Read(0, &record));
  return record;
}

FlowRecord Compat(FlowSource source, const Json& row) {
  return Read(source, /*compat=*/true, row).ValueOrDie();
}
FlowRecord Ours(FlowSource source, const Json& row) {
  return Read(source, /*compat=*/false, row).ValueOrDie();
}

std::string HashOf(const FlowRecord& record) { return Sha256Hex(record.key).substr(0, 16); }

/// The tables; their NaN, which is no JSON, as the text "NaN", put back by RowsOf().
Json Tables() {
  std::ifstream file(std::string(HUBMILL_SOURCE_DIR) +
                     "/tests/golden/security/build_e1/unit_tables.json");
  std::stringstream text;
  text << file.rdbuf();
  std::string whole = text.str();
  for (size_t at = 0; (at = whole.find(": NaN", at)) != whole.npos; at += 7) {
    whole.replace(at, 5, ": \"NaN\"");
  }
  Json tables = Json::parse(whole);
  for (Json& pair : tables["iot23_prompt"]) {
    for (auto& [name, value] : pair[0].items()) {
      if (value == "NaN") value = std::nan("");
    }
  }
  return tables;
}

TEST(FlowCompat, LabelsAsTheOriginal) {
  const Json tables = Tables();
  for (const Json& pair : tables.at("iot23_label")) {
    EXPECT_EQ(NameOf(Compat(FlowSource::kIot23, pair[0]).answer), pair[1].get<std::string>())
        << pair;
  }
  for (const Json& pair : tables.at("ood_label")) {
    EXPECT_EQ(NameOf(Compat(FlowSource::kUnswNb15, {{"Label", pair[0]}}).answer),
              pair[1].get<std::string>())
        << pair;
  }
}

TEST(FlowCompat, KeysAsTheOriginal) {
  const Json tables = Tables();
  for (const Json& pair : tables.at("iot23_key")) {
    EXPECT_EQ(HashOf(Compat(FlowSource::kIot23, pair[0])), pair[1].get<std::string>()) << pair;
  }
}

TEST(FlowCompat, QuestionsAsTheOriginal) {
  const Json tables = Tables();
  for (const Json& pair : tables.at("iot23_prompt")) {
    const auto record = Read(FlowSource::kIot23, /*compat=*/true, pair[0]);
    if (pair[1].is_object()) {
      EXPECT_THAT(record.status().message(), HasSubstr("orig_bytes")) << pair;
    } else {
      EXPECT_EQ(record.ValueOrDie().question, pair[1].get<std::string>()) << pair;
    }
  }
}

TEST(FlowCompat, OutOfDistributionRowsAsTheOriginal) {
  const Json tables = Tables();
  for (const Json& pair : tables.at("ood_item")) {
    const FlowRecord record = Compat(FlowSource::kCicIds2017, pair[0]);
    const Json& expected = pair[1];
    EXPECT_EQ(record.question, expected.at("question").get<std::string>());
    EXPECT_EQ(NameOf(record.answer), expected.at("answer").get<std::string>());
    EXPECT_EQ(record.scenario, expected.at("meta").at("scenario").get<std::string>());
    EXPECT_EQ(record.attack_family, expected.at("meta").at("attack_family").get<std::string>());
    EXPECT_EQ(HashOf(record), expected.at("meta").at("hash").get<std::string>());
  }
}

const Json kIot = {{"id.orig_p", 0},     {"id.resp_p", 23},   {"proto", "TCP"},
                   {"duration", 0.0},    {"orig_bytes", 0},   {"resp_bytes", 0},
                   {"conn_state", "S0"}, {"history", "ShAf"}, {"label", "Malicious"},
                   {"service", nullptr}};

Json With(Json row, const std::string& name, const Json& value) {
  row[name] = value;
  return row;
}

TEST(FlowCanonical, ZeroIsAValue) {
  const FlowRecord record = Ours(FlowSource::kIot23, kIot);
  EXPECT_EQ(record.question,
            "Device unknown-device observed tcp 0\u219223, duration 0, bytes 0, flags [SAF]. "
            "Decide: Malicious or Benign (you may Abstain if unsure).");
  EXPECT_EQ(record.key, "?|?|0|23|tcp|0|0|0|s0|?");
  EXPECT_EQ(record.scenario, "S0");
  EXPECT_EQ(record.attack_family, "NA");
}

TEST(FlowCanonical, OneDirectionIsNoSum) {
  const FlowRecord record = Ours(FlowSource::kIot23, With(kIot, "resp_bytes", nullptr));
  EXPECT_THAT(record.question, HasSubstr("duration 0, bytes ?, flags"));
  EXPECT_EQ(record.key, "?|?|0|23|tcp|0|0|?|s0|?");
}

TEST(FlowCanonical, TheIdentityHasTheAddresses) {
  Json row = With(With(kIot, "id.orig_h", "192.0.2.1"), "id.resp_h", "192.0.2.2");
  EXPECT_EQ(Ours(FlowSource::kIot23, row).key, "192.0.2.1|192.0.2.2|0|23|tcp|0|0|0|s0|?");
}

TEST(FlowCanonical, TextsAreNumbersAndWhatIsNoneIsAbsent) {
  Json row = kIot;
  row["id.orig_p"] = " 80 ";
  row["id.resp_p"] = "0x50";
  row["duration"] = "0.000003";
  row["orig_bytes"] = "-";
  row["resp_bytes"] = "(empty)";
  EXPECT_THAT(Ours(FlowSource::kIot23, row).question,
              HasSubstr("tcp 80\u219280, duration 0.000003, bytes ?, flags"));
  for (const Json& absent : {Json("NaN"), Json("Infinity"), Json(-1), Json(std::nan("")),
                             Json(nullptr), Json("12x"), Json(1e300)}) {
    EXPECT_THAT(Ours(FlowSource::kIot23, With(row, "duration", absent)).question,
                HasSubstr("duration ?,"))
        << absent;
  }
  EXPECT_THAT(Ours(FlowSource::kIot23, With(row, "id.orig_p", 70000)).question,
              HasSubstr("tcp ?\u219280"));
}

TEST(FlowValue, DecimalsAreTheNearestDoubles) {
  Mt19937 random(5);
  const auto check = [](const std::string& text) {
    const auto number = NumberOf({.kind = FlowValue::Kind::kText, .text = text});
    ASSERT_TRUE(number) << text;
    EXPECT_EQ(*number, std::strtod(text.c_str(), nullptr)) << text;
  };
  for (int i = 0; i < 200'000; ++i) {
    std::string text;
    for (int64_t n = 1 + int64_t(random.Next32() % 18); n > 0; --n) {
      text += char('0' + random.Next32() % 10);
    }
    if (i % 4 != 0) text.insert(1 + random.Next32() % text.size(), ".");
    check(text);
  }
  for (const char* text : {"0", "007", "5.", "0.000001", "999999999999999", "9999999999999.99",
                           "1e5", "-3", " 2 ", "1.5e-3"}) {
    check(text);
  }
  for (const char* text : {"", ".", "1.2.3", "1,5", "1.5x", "--1", "+1"}) {
    EXPECT_FALSE(NumberOf({.kind = FlowValue::Kind::kText, .text = text})) << text;
  }
}

TEST(FlowCanonical, CicIsInSecondsAndBytes) {
  const Json published = {{" Destination Port", 80},
                          {" Flow Duration", "1500000"},
                          {"Total Length of Fwd Packets", 10},
                          {" Total Length of Bwd Packets", 20.0},
                          {"FIN Flag Count", 1},
                          {" SYN Flag Count", 0},
                          {" RST Flag Count", 0},
                          {" ACK Flag Count", 0},
                          {" Label", "Web Attack \uFFFD XSS"}};
  const FlowRecord record = Ours(FlowSource::kCicIds2017, published);
  EXPECT_THAT(record.question,
              HasSubstr("? ?\u219280, duration 1.5, bytes 30, flags [F]. Decide:"));
  EXPECT_EQ(record.attack_family, "Web Attack - XSS");
  // Without lengths they are the rate times the duration.
  const Json rate = {{"Src Port", 123},
                     {"Dst Port", 123},
                     {"Protocol", 17},
                     {"Flow Duration", 67000139},
                     {"Flow Bytes/s", 5.731331393},
                     {"Label", "BENIGN"}};
  EXPECT_THAT(Ours(FlowSource::kCicIds2017, rate).question,
              HasSubstr("udp 123\u2192123, duration 67.000139, bytes 384, flags []"));
}

TEST(FlowCanonical, NamesEveryColumnThatIsMissing) {
  const Status refused =
      Read(FlowSource::kUnswNb15, false, {{"dur", 1}, {"protocol_name", "x"}, {"label", 1}})
          .status();
  EXPECT_EQ(KindOf(refused), FailureKind::kDataRefused);
  EXPECT_THAT(
      refused.message(),
      AllOf(HasSubstr(R"(missing="proto", "service", "sbytes", "dbytes", "state", "attack_cat")"),
            HasSubstr(R"(found="dur", "protocol_name", "label")")));
}

/// What is said of columns of these names, of a file f.csv; empty where they are enough.
std::string Columns(FlowSource source, const std::vector<std::string>& names) {
  const auto found = FindFlowColumns(source, names, "f.csv");
  if (found.ok()) return "";
  EXPECT_EQ(KindOf(found.status()), FailureKind::kDataRefused);
  EXPECT_THAT(found.status().message(), AllOf(HasSubstr("file=f.csv"), HasSubstr("; remedy: ")));
  return found.status().message();
}

std::vector<std::string> Without(std::vector<std::string> names, const std::string& name) {
  EXPECT_EQ(std::erase(names, name), 1u) << name;
  return names;
}

std::vector<std::string> And(std::vector<std::string> names, const std::string& name) {
  names.push_back(name);
  return names;
}

// The columns of published forms, in the order and spelling in which they stand there, those that
// no rule looks at left out.
const std::vector<std::string> kZeekLog = {
    "ts",         "uid",        "id.orig_h", "id.orig_p",      "id.resp_h",  "id.resp_p",
    "proto",      "service",    "duration",  "orig_bytes",     "resp_bytes", "conn_state",
    "local_orig", "local_resp", "history",   "tunnel_parents", "label",      "detailed-label"};
const std::vector<std::string> kIotOfTheHub = {
    "id.orig_p",  "id.resp_p",  "proto",      "service", "duration",
    "orig_bytes", "resp_bytes", "conn_state", "history", "label"};
const std::vector<std::string> kMachineLearningCve = {" Destination Port",
                                                      " Flow Duration",
                                                      " Total Fwd Packets",
                                                      " Total Backward Packets",
                                                      "Total Length of Fwd Packets",
                                                      " Total Length of Bwd Packets",
                                                      "Flow Bytes/s",
                                                      " Fwd Header Length",
                                                      "FIN Flag Count",
                                                      " SYN Flag Count",
                                                      " RST Flag Count",
                                                      " PSH Flag Count",
                                                      " ACK Flag Count",
                                                      " URG Flag Count",
                                                      " Fwd Header Length.1",
                                                      " Label"};
const std::vector<std::string> kCicOfTheHub = {"Src Port",      "Dst Port",     "Protocol",
                                               "Flow Duration", "Flow Bytes/s", "Label"};
const std::vector<std::string> kUnswTrainingSet = {
    "id", "dur", "proto", "service", "state", "sbytes", "dbytes", "attack_cat", "label"};
const std::vector<std::string> kUnswRawPart = {"srcip", "sport",      "dstip",  "dsport", "proto",
                                               "state", "dur",        "sbytes", "dbytes", "service",
                                               "Stime", "attack_cat", "Label"};

TEST(FlowColumns, OfPublishedFormsAreEnough) {
  EXPECT_EQ(Columns(FlowSource::kIot23, kZeekLog), "");
  EXPECT_EQ(Columns(FlowSource::kIot23, kIotOfTheHub), "");
  EXPECT_EQ(
      Columns(FlowSource::kIot23, Without(Without(kZeekLog, "tunnel_parents"), "detailed-label")),
      "");  // As the Hub has it with all columns.
  EXPECT_EQ(Columns(FlowSource::kCicIds2017, kMachineLearningCve), "");
  EXPECT_EQ(Columns(FlowSource::kCicIds2017, kCicOfTheHub), "");
  std::vector<std::string> labelled = kMachineLearningCve;
  labelled.insert(labelled.begin(), {"Flow ID", " Source IP", " Source Port", " Destination IP",
                                     " Protocol", " Timestamp"});
  EXPECT_EQ(Columns(FlowSource::kCicIds2017, labelled), "");
  EXPECT_THAT(Columns(FlowSource::kCicIds2017, Without(labelled, " Protocol")),
              HasSubstr(R"(missing="Protocol" (published with "Flow ID"))"));
  EXPECT_THAT(Columns(FlowSource::kCicIds2017, Without(labelled, " Source Port")),
              HasSubstr(R"(missing="Source Port" )"));
  EXPECT_EQ(Columns(FlowSource::kUnswNb15, kUnswTrainingSet), "");
  EXPECT_EQ(Columns(FlowSource::kUnswNb15, kUnswRawPart), "");
}

TEST(FlowColumns, MissingOnesAreNamed) {
  EXPECT_THAT(Columns(FlowSource::kIot23, Without(kZeekLog, "detailed-label")),
              HasSubstr(R"(missing="detailed-label" (published with "tunnel_parents"))"));
  EXPECT_THAT(Columns(FlowSource::kIot23, Without(kZeekLog, "id.orig_h")),
              HasSubstr(R"(missing="id.orig_h" )"));
  for (const char* name : {"history", "service", "resp_bytes"}) {
    EXPECT_THAT(Columns(FlowSource::kIot23, Without(kIotOfTheHub, name)),
                HasSubstr(Concat("missing=\"", name, "\" found=")));
  }
  for (const char* name : {" Total Length of Bwd Packets", "Total Length of Fwd Packets",
                           "FIN Flag Count", " ACK Flag Count", " Label", " Flow Duration"}) {
    const std::string published = name[0] == ' ' ? name + 1 : name;
    EXPECT_THAT(Columns(FlowSource::kCicIds2017, And(Without(kMachineLearningCve, name), "other")),
                HasSubstr("missing=\"" + published + "\""));
  }
  EXPECT_THAT(Columns(FlowSource::kCicIds2017, Without(kCicOfTheHub, "Protocol")),
              HasSubstr(R"(missing="Protocol" (published with "Src Port"))"));
  for (const char* name : {"srcip", "sport", "dsport", "service", "dbytes"}) {
    EXPECT_THAT(Columns(FlowSource::kUnswNb15, Without(kUnswRawPart, name)),
                HasSubstr(Concat("missing=\"", name, "\"")));
  }
}

TEST(FlowColumns, OfOneMeaningAreRefused) {
  EXPECT_THAT(Columns(FlowSource::kCicIds2017, And(kMachineLearningCve, "Label")),
              HasSubstr(R"(of_one_meaning=" Label" "Label")"));
  EXPECT_THAT(Columns(FlowSource::kUnswNb15, And(kUnswTrainingSet, "label.1")),
              HasSubstr(R"(of_one_meaning="label" "label.1")"));
  EXPECT_THAT(Columns(FlowSource::kIot23, And(kIotOfTheHub, "src_port")),
              HasSubstr(R"(of_one_meaning="id.orig_p" "src_port")"));
  EXPECT_THAT(
      Columns(FlowSource::kIot23, Without(And(kIotOfTheHub, "Proto"), "label")),
      AllOf(HasSubstr(R"(missing="label")"), HasSubstr(R"(of_one_meaning="proto" "Proto")")));
}

FlowLabel Label(FlowSource source, const Json& label, const Json& family = nullptr) {
  static std::vector<std::string> texts;
  texts.reserve(1000);
  const auto value = [&](const Json& from) {
    FlowValue out;
    if (from.is_string()) {
      texts.push_back(from.get<std::string>());
      out = {.kind = FlowValue::Kind::kText, .text = texts.back()};
    } else if (from.is_boolean()) {
      out = {.kind = FlowValue::Kind::kBool, .integer = from.get<bool>() ? 1 : 0};
    } else if (from.is_number()) {
      out = {.kind = FlowValue::Kind::kNumber, .number = from.get<double>()};
    }
    return out;
  };
  return ReadFlowLabel(source, value(label), value(family));
}

TEST(FlowLabels, ByTheTableOfTheSource) {
  const auto is = [](const FlowLabel& label, FlowAnswer answer, const char* family) {
    EXPECT_EQ(label.answer, answer) << family;
    if (answer != FlowAnswer::kUnknown) {
      EXPECT_EQ(label.family, family);
    }
  };
  const auto iot = FlowSource::kIot23, cic = FlowSource::kCicIds2017, unsw = FlowSource::kUnswNb15;
  const auto benign = FlowAnswer::kBenign, malicious = FlowAnswer::kMalicious,
             unknown = FlowAnswer::kUnknown;
  is(Label(iot, "normal"), benign, "NA");
  is(Label(iot, "Malicious"), malicious, "NA");
  is(Label(iot, " BENIGN "), benign, "NA");
  is(Label(iot, "C&C"), malicious, "C&C");
  is(Label(iot, "Malicious", "C&C-HeartBeat"), malicious, "C&C-HeartBeat");
  is(Label(iot, "Benign", "-"), benign, "NA");
  is(Label(iot, "(empty)   Malicious   DDoS"), malicious, "DDoS");
  is(Label(iot, "-   Benign   -"), benign, "NA");
  is(Label(iot, "Malicious   PartOfAHorizontalPortScan"), malicious, "PartOfAHorizontalPortScan");
  for (const Json& bad : {Json("small"), Json("-"), Json(""), Json(nullptr), Json("mal"), Json(2),
                          Json("maliciousish")}) {
    is(Label(iot, bad), unknown, "");
  }
  is(Label(iot, "Benign", "DDoS"), unknown, "");  // They contradict each other.
  is(Label(iot, "Malicious", "Normal"), unknown, "");
  is(Label(iot, true), malicious, "NA");
  is(Label(iot, "1.0"), malicious, "NA");
  is(Label(cic, "BENIGN"), benign, "NA");
  is(Label(cic, "Web Attack \u2013 Sql Injection"), malicious, "Web Attack - Sql Injection");
  is(Label(cic, "DoS slowloris"), malicious, "DoS slowloris");
  is(Label(cic, "Infilteration"), malicious, "Infiltration");
  is(Label(cic, "DDoS - Attempted"), unknown, "");
  is(Label(unsw, 0, "Normal"), benign, "NA");
  is(Label(unsw, 1, " Fuzzers "), malicious, "Fuzzers");
  is(Label(unsw, 1, "Backdoors"), malicious, "Backdoor");
  is(Label(unsw, 0, ""), benign, "NA");
  is(Label(unsw, 0, "Fuzzers"), unknown, "");
  is(Label(unsw, 1, "Normal"), unknown, "");
  is(Label(unsw, 1, "Gremlins"), unknown, "");
  is(Label(unsw, nullptr, "DoS"), malicious, "DoS");
  is(Label(unsw, nullptr, nullptr), unknown, "");
}

}  // namespace
}  // namespace hubmill
