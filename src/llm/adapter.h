// An adapter: where one source data set keeps what the rows of Harmony text need, as a YAML file.
//
// The shipped ones (adapters/*.yaml) are part of the binary; a user's own file has the same form:
//   adapter: my-set
//   domain: math
//   messages: messages          # or `user` and `assistant`, or `text`
//   uuid: uuid                  # fields of a record; one that is left out gives null
// and, where messages are not {"role": "user", "content": "..."}:
//   role: from
//   content: value
//   roles: {human: user, gpt: assistant}
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/options.h"

namespace hubmill {

struct Adapter {
  std::string name;
  std::vector<std::string> datasets;
  std::string domain;
  // The conversation: exactly one of the three.
  std::string messages;                 // A list of chat messages:
  std::string role = "role";            // their fields,
  std::string content = "content";      // and
  StringMap roles;                      // what their roles mean: a chat role or kCallRole.
  std::string user, assistant, header;  // A text each; the header stands above the assistant's.
  std::string text;                     // Harmony text as it is.
  // Fields that become columns.
  std::string uuid, license, used_in, data_source, changed_answer, capability_target, reasoning;
  std::string tools, evaluation, expected_answer, subset, tags;
  // What stands before the conversation; {difficulty} is replaced.
  std::string system, developer;

  static void Describe(OptionTable<Adapter>& table);
};

/// The roles of chat messages.
bool IsChatRole(std::string_view role);

/// What a message means whose content is the call of a tool: {"name", "arguments"}.
inline constexpr char kCallRole[] = "call";

/// `file` is used in messages only.
Result<Adapter> ParseAdapter(std::string_view yaml, const std::string& file);
Result<Adapter> ReadAdapter(const Setting& setting, const std::string& file);

/// Name and YAML text of those in the binary.
const std::vector<std::pair<std::string, std::string>>& BuiltinAdapters();

/// The one for a data set of the Hub, or for a name such as `math-v2`; `chat` where none is meant
/// for it.
Result<Adapter> AdapterFor(const std::string& dataset);

/// What the adapter says, else by parts of the id, as the published sets have it: Proofs, Science,
/// Agentic, Instruction-Following, math (in any case); else empty, and math under `compat`.
std::string DomainOf(const Adapter& adapter, std::string_view dataset, bool compat);

/// low, medium or high where the split's name starts so; else empty.
std::string_view DifficultyOfSplit(std::string_view split);

/// Replaces what is put before the conversations of `dataset` by what `yaml` says: a map from data
/// set to {system, developer}.  A data set that is not there gets neither.
Status ApplyTemplates(std::string_view yaml, const std::string& file, const std::string& dataset,
                      Adapter* adapter);

/// `text` with {difficulty} replaced; "unknown" where there is none.
std::string FillTemplate(std::string_view text, std::string_view difficulty);

}  // namespace hubmill
