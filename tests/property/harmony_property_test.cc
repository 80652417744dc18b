// Harmony: parse(render(x)) = x for every conversation that the renderer takes, whatever stands in
// its contents and fields; and a header that it refuses is one that would not read back.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <string>
#include <vector>

#include "text/harmony.h"

namespace hubmill {
namespace {

/// A message that owns its strings.
struct Spoken {
  std::string role, name, recipient, channel, content_type, content;
  bool has_channel = false;
  bool after = false;
  HarmonyEnd end = HarmonyEnd::kAuto;

  HarmonyMessage View() const {
    HarmonyMessage message = {.role = role,
                              .name = name,
                              .recipient = recipient,
                              .content_type = content_type,
                              .content = content,
                              .end = end,
                              .recipient_after_channel = after};
    if (has_channel) message.channel = channel;
    return message;
  }
};

void showValue(const Spoken& spoken, std::ostream& out) {
  out << spoken.role << "|" << spoken.name << "|" << spoken.recipient << "|" << spoken.channel
      << "|" << spoken.content_type << "|" << spoken.content << "\n";
}

/// Text of pieces that tags are made of, so that wrong joins are found soon.
rc::Gen<std::string> Content() {
  const auto piece = rc::gen::element<std::string>(
      "<|end|>", "<|start|>", "<|message|>", "<|channel|>", "<|call|>", "<", "|", "\\", ">", "end",
      "<|", "|>", "<\\|end|>", "<|x_1|>", "word ", "\n", "\u00e9", "<|constrain|>");
  return rc::gen::map(rc::gen::container<std::vector<std::string>>(piece),
                      [](const std::vector<std::string>& pieces) {
                        std::string text;
                        for (const std::string& piece : pieces) text += piece;
                        return text;
                      });
}

rc::Gen<std::string> OneOf(std::vector<std::string> usual) {
  return rc::gen::weightedOneOf<std::string>(
      {{12, rc::gen::elementOf(std::move(usual))}, {1, Content()}});
}

rc::Gen<Spoken> AnyMessage() {
  return rc::gen::build<Spoken>(
      rc::gen::set(&Spoken::role, OneOf({"system", "developer", "user", "assistant", "tool"})),
      rc::gen::set(&Spoken::name, OneOf({"", "", "functions.f", "python", "tool"})),
      rc::gen::set(&Spoken::recipient, OneOf({"", "assistant", "functions.f", "python"})),
      rc::gen::set(&Spoken::channel, OneOf({"final", "analysis", "commentary"})),
      rc::gen::set(&Spoken::content_type, OneOf({"", "<|constrain|>json", "code"})),
      rc::gen::set(&Spoken::content, Content()),
      rc::gen::set(&Spoken::has_channel, rc::gen::arbitrary<bool>()),
      rc::gen::set(&Spoken::after, rc::gen::arbitrary<bool>()),
      rc::gen::set(&Spoken::end,
                   rc::gen::element(HarmonyEnd::kEnd, HarmonyEnd::kCall, HarmonyEnd::kReturn)));
}

void AssertReadsBack(const HarmonyMessage& read, const HarmonyMessage& said, HarmonyForm form) {
  std::string content;
  UnescapeHarmonyMarkup(read.content, &content);
  RC_ASSERT(content == said.content);
  RC_ASSERT(read.role == said.role);
  RC_ASSERT(read.channel == said.channel);
  RC_ASSERT(read.end == said.end);
  if (form == HarmonyForm::kSource) return;
  RC_ASSERT(read.name == said.name);
  RC_ASSERT(read.recipient == said.recipient);
  RC_ASSERT(read.content_type == said.content_type);
}

/// Written all the same, with an empty content, the official header would not read back.
void AssertRightlyRefused(HarmonyMessage message) {
  if (message.role.empty() || (message.role == "tool" && message.name.empty())) return;
  message.content = "";
  std::string text;
  RC_ASSERT(!RenderHarmony(std::span(&message, 1), {.markup = HarmonyMarkup::kVerbatim}, &text));
  std::vector<HarmonyMessage> read;
  const bool same = !ParseHarmony(text, {}, &read) && read.size() == 1 &&
                    read[0].role == message.role && read[0].name == message.name &&
                    read[0].recipient == message.recipient && read[0].channel == message.channel &&
                    read[0].content_type == message.content_type && read[0].content.empty();
  RC_ASSERT(!same);
}

void RenderAndParse(HarmonyForm form) {
  const HarmonyRenderOptions options = {.form = form, .markup = HarmonyMarkup::kEscape};
  const auto spoken = *rc::gen::container<std::vector<Spoken>>(AnyMessage());
  std::vector<HarmonyMessage> said;
  std::string text;
  for (const Spoken& message : spoken) {
    const HarmonyMessage view = message.View();
    if (!RenderHarmony(std::span(&view, 1), options, &text)) {
      said.push_back(view);
    } else if (form == HarmonyForm::kOfficial) {
      AssertRightlyRefused(view);
    }
  }
  RC_CLASSIFY(said.size() > 1, "conversations");
  RC_ASSERT(!RenderHarmony(said, options, &text));
  std::vector<HarmonyMessage> read;
  RC_ASSERT(!ParseHarmony(text, {.form = form}, &read));
  RC_ASSERT(read.size() == said.size());
  for (size_t i = 0; i < read.size(); ++i) AssertReadsBack(read[i], said[i], form);
}

RC_GTEST_PROP(HarmonyProperty, ParseOfRenderIsTheSameOfficial, ()) {
  RenderAndParse(HarmonyForm::kOfficial);
}

RC_GTEST_PROP(HarmonyProperty, ParseOfRenderIsTheSameSource, ()) {
  RenderAndParse(HarmonyForm::kSource);
}

RC_GTEST_PROP(HarmonyProperty, UnescapeOfEscapeIsTheSame, ()) {
  const std::string text = *Content();
  std::string escaped, plain;
  EscapeHarmonyMarkup(text, &escaped);
  RC_ASSERT(FindHarmonyMarkup(escaped) == std::string_view::npos);
  UnescapeHarmonyMarkup(escaped, &plain);
  RC_ASSERT(plain == text);
}

// The contract lets the renderer refuse; these it must take.
TEST(HarmonyProperty, UsualHeadersAreTaken) {
  for (const char* recipient : {"", "functions.f"}) {
    for (const char* type : {"", "<|constrain|>json"}) {
      const HarmonyMessage message = {.role = "assistant",
                                      .recipient = recipient,
                                      .channel = "commentary",
                                      .content_type = type};
      std::string text;
      EXPECT_FALSE(RenderHarmony(std::span(&message, 1), {}, &text).has_value()) << text;
    }
  }
}

}  // namespace
}  // namespace hubmill
