// What a data set says about a Harmony text without a model: where the loss is taken, whether the
// text is sound, and its id.  Pure functions, equal to the bit to the program whose data sets these
// are (tests/golden/llm), at the options that say so.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/json_value.h"
#include "text/harmony.h"

namespace hubmill {

/// The column `loss_mode`.
enum class LossMode : uint8_t {
  kAssistantAll = 0,   // Every message of the assistant: analysis, calls and answers.
  kAssistantLast = 1,  // Its last one on `final` or without a channel.
};

struct LossSpanOptions {
  LossMode mode = LossMode::kAssistantAll;
  bool in_bytes = false;         // Offsets count UTF-8 bytes, not code points as Python does.
  bool include_end_tag = false;  // The end tag too is learned.
};

/// Half open.
struct LossSpan {
  int64_t begin = 0;
  int64_t end = 0;
  bool operator==(const LossSpan&) const = default;
};

/// Contents only: header and end tag are context.  REQUIRES: ParseHarmony() made `messages` of
/// `text`, in either form.
std::vector<LossSpan> LossSpans(std::string_view text, std::span<const HarmonyMessage> messages,
                                const LossSpanOptions& options);

struct HarmonyFlagOptions {
  // Code points that the last answer must have, white space at its ends not counted.  The original
  // asks for 32 and so loses short answers that are right.
  int64_t completion_chars_min = 1;
};

/// Of the source form, which takes official text as well.  Where `valid_harmony` is false, all but
/// `has_return_tag` are false or 0.
struct HarmonyFlags {
  bool valid_harmony = false;
  bool has_assistant = false;
  bool completion_nonempty = false;  // The last assistant message on `final` or without a channel.
  bool has_tool = false;             // A <|call|> anywhere, or a message of a tool.
  bool valid_tool_schema = false;    // No tool output starts as JSON and is none.
  bool has_return_tag = false;       // The text ends in <|return|>.
  int64_t num_messages = 0;
  int64_t num_assistant_messages = 0;
};

HarmonyFlags FlagHarmony(std::string_view text, const HarmonyFlagOptions& options = {});

/// The same of a text that is parsed already.  REQUIRES: ParseHarmony() made `messages` of `text`,
/// in the source form.
HarmonyFlags FlagMessages(std::string_view text, std::span<const HarmonyMessage> messages,
                          const HarmonyFlagOptions& options);

/// The id that a tools catalog has: SHA-1 of its JSON with sorted keys and without blanks.
std::string ToolsCatalogId(const JsonValue& tools);

}  // namespace hubmill
