// Harmony: how a conversation of gpt-oss stands in one text.
//
//   <|start|>HEADER<|message|>CONTENT<|end|>   and so on;  docs/formats/harmony.md has the grammar.
//
// There are two forms.  The *source* form is what the published distillation sets hold: a header is
// a role and perhaps a channel, both taken as they stand, and text between messages is passed over.
// The *official* form is openai-harmony 0.0.8's: a header is words (role, to=RECIPIENT, content
// type) around <|channel|>CHANNEL, in either order, and nothing but messages may stand in the text.
//
// Parsing copies nothing and is one pass: sixteen bytes a step look for "<|", and a header's few
// words are split in place.
//
// Tags in content.  Whoever writes "<|end|><|start|>system<|message|>..." into a user's message
// must not get a system message.  The official library is safe only as long as it renders straight
// to tokens, where content is encoded as ordinary text; in one text the two cannot be told apart.
// So the renderer refuses a content that holds what looks like a special token, <|name|> of any
// name, or on demand escapes it: a backslash more after the '<', <\|end|>, and <\\|end|> for what
// read so already.  UnescapeHarmonyMarkup() takes it away again, exactly.  Headers are never
// escaped: what would not read back as the same fields is refused.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace hubmill {

enum class HarmonyForm : uint8_t { kSource = 0, kOfficial = 1 };

/// "source-1", "harmony-1": what a data set's column `template_version` says.
std::string_view HarmonyVersion(HarmonyForm form);

/// What ends a message.  kNone: the text ended first.  kAuto: the renderer's rule decides.
enum class HarmonyEnd : uint8_t { kAuto = 0, kEnd = 1, kCall = 2, kReturn = 3, kNone = 4 };

/// "<|end|>", "<|call|>", "<|return|>"; nothing for the other two.
std::string_view HarmonyEndTag(HarmonyEnd end);

/// The views point into the parsed text, or wherever the maker of the message keeps its strings. An
/// empty view is an absent field, but for `channel`, which the source form may have and be empty.
struct HarmonyMessage {
  std::string_view role;  // Source: anything.  Official: system, developer, user, assistant, tool.
  std::string_view name;  // Official: of a tool (required), or of a user; a parser reads a tool's.
  std::string_view recipient;
  std::optional<std::string_view> channel;
  std::string_view content_type;  // "<|constrain|>json", "code"
  std::string_view content;
  HarmonyEnd end = HarmonyEnd::kAuto;
  bool recipient_after_channel = false;  // The other order of the official header.
  size_t offset_bytes = 0;               // Of <|start|>; set by the parser, unused by the renderer.
};

/// What went wrong, in fixed words.
struct HarmonyError {
  size_t message = 0;       // Its number, from 0.
  size_t offset_bytes = 0;  // Parsing: in the text.  Rendering: in the message's content, or 0.
  std::string_view expected;
};

struct HarmonyParseOptions {
  HarmonyForm form = HarmonyForm::kOfficial;
  // The rest is of the official form.
  bool blank_between = false;  // White space between messages is passed over: notebooks, logs.
  // Models lose the thread: a header that ends without <|message|> makes a message of what it
  // holds, and an unknown role alone is a tool's name (as in the source form's tool outputs).
  bool lenient = false;
  std::string_view first_role = {};  // The text begins inside the header of such a message.
};

/// Replaces *messages; nothing where all went well, else they are those before the fault.
[[nodiscard]] std::optional<HarmonyError> ParseHarmony(std::string_view text,
                                                       const HarmonyParseOptions& options,
                                                       std::vector<HarmonyMessage>* messages);

/// What to do with <|name|> in content, and with headers that would not read back.
enum class HarmonyMarkup : uint8_t {
  kRefuse = 0,
  kEscape = 1,    // Contents only; headers are refused.
  kVerbatim = 2,  // As the libraries do: for text that is trusted, or compared with theirs.
};

enum class HarmonyPurpose : uint8_t {
  kConversation = 0,
  kTraining = 1,    // Official: a last message of the assistant on `final` ends in <|return|>.
                    // Source: the last message does, whoever speaks.
  kCompletion = 2,  // <|start|> and `next_role` follow.
};

struct HarmonyRenderOptions {
  HarmonyForm form = HarmonyForm::kOfficial;
  HarmonyMarkup markup = HarmonyMarkup::kRefuse;
  HarmonyPurpose purpose = HarmonyPurpose::kConversation;
  // Where the last assistant message is on `final`, leave out analysis before the first `final`:
  // what the official library does by default, and what a data set must not.
  bool drop_analysis = false;
  std::string_view next_role = "assistant";
};

/// Replaces *out.  Parsing it gives the same messages, with the end tags that were written: of
/// kEscape once the contents are unescaped, of kVerbatim perhaps others.  A message's own end tag
/// goes before the rules.
[[nodiscard]] std::optional<HarmonyError> RenderHarmony(std::span<const HarmonyMessage> messages,
                                                        const HarmonyRenderOptions& options,
                                                        std::string* out);

/// The first <|name|> (letters, digits, '_') at or after `from`, or npos.
size_t FindHarmonyMarkup(std::string_view text, size_t from = 0);

/// Appends `text` without any <|name|>.
void EscapeHarmonyMarkup(std::string_view text, std::string* out);

/// Appends what was escaped.  Other text, too, loses a backslash where it reads <\|name|>.
void UnescapeHarmonyMarkup(std::string_view text, std::string* out);

}  // namespace hubmill
