#include "llm/row_bodies.h"

namespace hubmill {

void CollectBodies(std::string_view text, Bodies which, std::vector<HarmonyMessage>* scratch,
                   std::vector<std::string_view>* bodies) {
  bodies->clear();
  if (ParseHarmony(text, {.form = HarmonyForm::kSource}, scratch) || scratch->empty()) {
    bodies->push_back(text);
    return;
  }
  for (const HarmonyMessage& message : *scratch) {
    const std::string_view role = message.role;
    const bool assistant = role == "assistant" || role.starts_with("assistant ");
    const bool put_before = role == "system" || role == "developer";
    if (which == Bodies::kAssistant ? assistant : !put_before) bodies->push_back(message.content);
  }
}

}  // namespace hubmill
