// What the original program and openai-harmony 0.0.8 answered (tests/golden/llm, README in
// shared/golden): parse, flags, spans, render and ids of the source form; schemas, renderings and
// strict and lenient parses of the official one.
#include <gtest/gtest.h>

#include <fstream>
#include <map>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "base/hash.h"
#include "base/utf8.h"
#include "text/harmony.h"
#include "text/harmony_content.h"
#include "text/harmony_json.h"
#include "text/harmony_quality.h"

namespace hubmill {
namespace {

constexpr HarmonyParseOptions kSource = {.form = HarmonyForm::kSource};

JsonValue Golden(const std::string& name) {
  std::ifstream file(std::string(HUBMILL_SOURCE_DIR) + "/tests/golden/llm/" + name);
  std::ostringstream text;
  text << file.rdbuf();
  JsonValue value;
  const auto fault = ParseJsonValue(text.str(), &value);
  EXPECT_FALSE(fault.has_value()) << name;
  return value;
}

const std::string& Text(const JsonValue& object, std::string_view key) {
  static const std::string* const kNone = new std::string();
  const JsonValue* value = object.Find(key);
  return value == nullptr ? *kNone : value->text;
}

/// The value as one canonical text, so that two can be compared.
std::string Canonical(const JsonValue& value) {
  std::string text;
  AppendJsonValue(value, {.sort_keys = true}, &text);
  return text;
}

JsonValue Read(const std::string& json) {
  JsonValue value;
  const auto fault = ParseJsonValue(json, &value);
  EXPECT_FALSE(fault.has_value()) << json;
  return value;
}

std::string Number(size_t value) { return std::to_string(value); }

/// As the original's parse() answers: positions in code points.
std::string OriginalMessages(std::string_view text, const std::vector<HarmonyMessage>& messages) {
  std::string out = "[";
  const auto position = [&](size_t offset) {
    return Number(CountCodePoints(text.substr(0, offset)));
  };
  for (const HarmonyMessage& message : messages) {
    if (out.size() > 1) out += ", ";
    const size_t content = static_cast<size_t>(message.content.data() - text.data());
    const size_t content_end = content + message.content.size();
    JsonValue role{.kind = JsonValue::Kind::kString, .text = std::string(message.role)};
    JsonValue channel;
    if (message.channel) {
      channel = {.kind = JsonValue::Kind::kString, .text = std::string(*message.channel)};
    }
    JsonValue body{.kind = JsonValue::Kind::kString, .text = std::string(message.content)};
    const std::string_view tag = HarmonyEndTag(message.end);
    out += "{\"channel\": " + Canonical(channel) + ", \"content\": " + Canonical(body) +
           ", \"content_end\": " + position(content_end) +
           ", \"content_start\": " + position(content) +
           ", \"end\": " + position(content_end + tag.size()) + ", \"end_tag\": \"" +
           std::string(tag) + "\", \"role\": " + Canonical(role) +
           ", \"start\": " + position(message.offset_bytes) + "}";
  }
  return out + "]";
}

std::string FlagsText(const HarmonyFlags& flags) {
  const auto word = [](bool value) { return value ? "true" : "false"; };
  std::ostringstream out;
  out << "{\"completion_nonempty\": " << word(flags.completion_nonempty)
      << ", \"has_assistant\": " << word(flags.has_assistant)
      << ", \"has_return_tag\": " << word(flags.has_return_tag)
      << ", \"has_tool\": " << word(flags.has_tool)
      << ", \"num_assistant_messages\": " << flags.num_assistant_messages
      << ", \"num_messages\": " << flags.num_messages
      << ", \"valid_harmony\": " << word(flags.valid_harmony)
      << ", \"valid_tool_schema\": " << word(flags.valid_tool_schema) << "}";
  return out.str();
}

std::string SpansText(const std::vector<LossSpan>& spans) {
  std::ostringstream out;
  out << "[";
  for (const LossSpan& span : spans) {
    out << (&span == spans.data() ? "[" : ", [") << span.begin << ", " << span.end << "]";
  }
  out << "]";
  return out.str();
}

TEST(HarmonyGolden, ParseFlagsAndSpansOfTheOriginal) {
  int parses = 0;
  int flags = 0;
  int spans = 0;
  std::map<std::string, std::string> texts;  // By case; a probe that failed does not hold its own.
  const JsonValue probes = Golden("function_probes.json");
  for (const JsonValue& probe : probes.items) {
    const std::string& name = Text(probe, "case");
    if (name.starts_with("flags/")) {
      texts[name.substr(6)] = Text(*probe.Find("result"), "text");
    }
  }
  for (const JsonValue& probe : probes.items) {
    const std::string& name = Text(probe, "case");
    const JsonValue& result = *probe.Find("result");
    const std::string& text = texts[name.substr(name.find('/') + 1)];
    std::vector<HarmonyMessage> messages;
    if (name.starts_with("flags/")) {
      const HarmonyFlags ours = FlagHarmony(text, {.completion_chars_min = 32});
      EXPECT_EQ(FlagsText(ours), Canonical(*result.Find("flags"))) << name;
      ++flags;
    } else if (name.starts_with("parse/")) {
      const bool failed = ParseHarmony(text, kSource, &messages).has_value();
      ASSERT_EQ(failed, result.Find("error") != nullptr) << name;
      if (!failed) {
        EXPECT_EQ(OriginalMessages(text, messages), Canonical(*result.Find("messages"))) << name;
      }
      ++parses;
    } else if (name.starts_with("spans/")) {
      const bool failed = ParseHarmony(text, kSource, &messages).has_value();
      ASSERT_EQ(failed, result.Find("error") != nullptr) << name;
      if (!failed) {
        EXPECT_EQ(SpansText(LossSpans(text, messages, {})), Canonical(*result.Find("spans")))
            << name;
      }
      ++spans;
    }
  }
  EXPECT_EQ(parses, 15);
  EXPECT_EQ(flags, 38);
  EXPECT_EQ(spans, 15);
}

TEST(HarmonyGolden, SpansAndIdsOfScoredRows) {
  const JsonValue rows = Golden("nll_masks.json");
  ASSERT_EQ(rows.items.size(), 47U);
  for (const JsonValue& row : rows.items) {
    const std::string& text = Text(row, "text");
    std::vector<HarmonyMessage> messages;
    const bool failed = ParseHarmony(text, kSource, &messages).has_value();
    const std::string spans = failed ? "null" : SpansText(LossSpans(text, messages, {}));
    EXPECT_EQ(spans, Canonical(*row.Find("spans"))) << text;
    EXPECT_EQ(Sha1Hex(text), Text(row, "id"));
  }
}

std::string RenderSource(const std::string& json, HarmonyPurpose purpose) {
  const JsonValue value = Read(json);
  HarmonyConversation conversation;
  if (const auto error = ReadHarmonyJson(value, HarmonyForm::kSource, &conversation)) {
    return "error: " + *error;
  }
  std::string text;
  const HarmonyRenderOptions options = {.form = HarmonyForm::kSource, .purpose = purpose};
  EXPECT_FALSE(RenderHarmony(conversation.messages, options, &text).has_value()) << json;
  return text;
}

TEST(HarmonyGolden, RenderOfTheOriginal) {
  const auto training = [](const std::string& messages) {
    return RenderSource("{\"messages\": [" + messages + "]}", HarmonyPurpose::kTraining);
  };
  EXPECT_EQ(training(""), "");
  EXPECT_EQ(training(R"({"content": "x"})"), "error: expected a role: message=0");
  EXPECT_EQ(training(R"({"role": "assistant", "channel": "", "content": "y"})"),
            "<|start|>assistant<|message|>y<|return|>");
  EXPECT_EQ(
      RenderSource(R"({"messages": [{"role": "user", "content": "x"},
                         {"role": "assistant", "channel": "final", "content": "y"}]})",
                   HarmonyPurpose::kConversation),
      "<|start|>user<|message|>x<|end|><|start|>assistant<|channel|>final<|message|>y<|end|>");
  // The probes name Python's values; these are they, in their order.
  const char* const values[] = {"null",
                                "0",
                                "1",
                                "-0.0",
                                "0.1",
                                "1e15",
                                "1e16",
                                "1.2345678901234568e17",
                                "1e-4",
                                "1e-5",
                                "5e-324",
                                "1.7976931348623157e308",
                                "NaN",
                                "1e400",
                                "true",
                                "false",
                                "[]",
                                "{}",
                                R"([1, "a\u2028\"\\\n\t\u0001\u007f", null])",
                                R"({"b": {"y": 1, "x": 2}, "a": [{"d": 1, "c": 2}]})",
                                R"({"\u00e9": 1, "z": 2, "\ud835\udd38": 3, "\uffff": 4})",
                                "12345678901234567890123"};
  const JsonValue probes = Golden("function_probes.json");
  size_t which = 0;
  for (const JsonValue& probe : probes.items) {
    if (Text(probe, "case") != "render/value") continue;
    ASSERT_LT(which, std::size(values));
    EXPECT_EQ(training(R"({"role": "user", "content": )" + std::string(values[which]) + "}"),
              Text(*probe.Find("result"), "text"));
    ++which;
  }
  EXPECT_EQ(which, std::size(values));
}

TEST(HarmonyGolden, IdsOfTheOriginal) {
  const JsonValue probes = Golden("function_probes.json");
  int ids = 0;
  for (const JsonValue& probe : probes.items) {
    if (Text(probe, "case") != "tools_id") continue;
    const JsonValue& result = *probe.Find("result");
    EXPECT_EQ(ToolsCatalogId(*result.Find("tools")), Text(result, "id"));
    ++ids;
  }
  EXPECT_EQ(ids, 5);
}

/// {"role": "developer", "content": [{"type": "developer_content", ...}]} as text.
std::string RenderOfficial(const JsonValue& conversation, HarmonyRenderOptions options) {
  HarmonyConversation read;
  if (const auto error = ReadHarmonyJson(conversation, HarmonyForm::kOfficial, &read)) {
    return "error: " + *error;
  }
  std::string text;
  options.markup = HarmonyMarkup::kVerbatim;
  const auto error = RenderHarmony(read.messages, options, &text);
  return error ? "error: " + std::string(error->expected) : text;
}

// Check 22 of spec/llm.md.
TEST(HarmonyGolden, SchemasOfTheOfficialRenderer) {
  const JsonValue golden = Golden("harmony_official.json");
  int cases = 0;
  for (const JsonValue& probe : golden.Find("ts")->items) {
    const std::string& name = Text(probe, "case");
    std::string content =
        R"({"type": "developer_content", "tools": {"functions": {"name": "functions", "tools": [)";
    if (name == "two_tools_with_instructions") {
      content += R"({"name": "a", "description": "First."}, {"name": "b", "description": "Second.",
                 "parameters": {"type": "object", "properties": {"q": {"type": "string"}},
                 "required": ["q"]}}]}}, "instructions": "Be brief.\n\nVery."})";
    } else {
      const JsonValue* description = probe.Find("description");
      const JsonValue* parameters = probe.Find("parameters");
      content += R"({"name": "f", "description": )" +
                 (description == nullptr ? "\"Does it.\"" : Canonical(*description)) +
                 R"(, "parameters": )";
      if (parameters == nullptr) {
        content += "null";
      } else {
        AppendJsonValue(*parameters, {}, &content);  // In the order given.
      }
      content += name == "instructions_empty" ? R"(}]}}, "instructions": ""})" : "}]}}}";
    }
    EXPECT_EQ(
        RenderOfficial(
            Read(R"({"messages": [{"role": "developer", "content": [)" + content + "]}]}"), {}),
        Text(probe, "text"))
        << name;
    ++cases;
  }
  EXPECT_EQ(cases, 32);
}

// Check 23 of spec/llm.md.
TEST(HarmonyGolden, RenderingsOfTheOfficialRenderer) {
  const JsonValue golden = Golden("harmony_official.json");
  int cases = 0;
  for (const JsonValue& probe : golden.Find("render")->items) {
    const std::string& mode = Text(probe, "mode");
    const JsonValue* drop = probe.Find("auto_drop_analysis");
    HarmonyRenderOptions options;
    // Its Python interface drops reasoning unless it is told not to.
    options.drop_analysis =
        drop == nullptr || drop->kind == JsonValue::Kind::kNull || drop->boolean;
    if (mode == "training") options.purpose = HarmonyPurpose::kTraining;
    if (mode == "completion") options.purpose = HarmonyPurpose::kCompletion;
    const std::string ours = RenderOfficial(*probe.Find("conversation"), options);
    if (probe.Find("error") == nullptr) {
      EXPECT_EQ(ours, Text(probe, "text")) << Text(probe, "case");
    } else {
      EXPECT_EQ(ours, "error: a name of the tool") << Text(probe, "case");
    }
    ++cases;
  }
  EXPECT_EQ(cases, 37);
}

/// As Message.to_dict() has them; end tags and header order are ours.
std::string OfficialMessages(std::vector<HarmonyMessage> messages) {
  for (HarmonyMessage& message : messages) {
    message.end = HarmonyEnd::kAuto;
    message.recipient_after_channel = false;
  }
  std::string text;
  AppendHarmonyJson(messages, HarmonyForm::kOfficial, /*unescape=*/false, &text);
  return Canonical(Read(text));
}

TEST(HarmonyGolden, ParsesOfTheOfficialParser) {
  // The official strict parser takes `refuse<|end|><|start|>assistant` for a content type.
  const std::set<std::string> refused = {"strict_missing_message"};
  const JsonValue golden = Golden("harmony_official.json");
  int cases = 0;
  for (const JsonValue& probe : golden.Find("parse")->items) {
    const std::string& name = Text(probe, "case");
    const HarmonyParseOptions options = {.lenient = !probe.Find("strict")->boolean,
                                         .first_role = Text(probe, "role")};
    std::vector<HarmonyMessage> messages;
    const bool failed = ParseHarmony(Text(probe, "text"), options, &messages).has_value();
    ++cases;
    EXPECT_EQ(failed, probe.Find("error") != nullptr || refused.count(name) > 0) << name;
    if (failed) continue;
    JsonValue expected = *probe.Find("messages");
    for (JsonValue& message : expected.items) {
      std::erase_if(message.members, [](const JsonMember& member) {
        return member.value.kind == JsonValue::Kind::kNull;
      });
    }
    EXPECT_EQ(OfficialMessages(messages), Canonical(expected)) << name;
  }
  EXPECT_EQ(cases, 31);
}

}  // namespace
}  // namespace hubmill
