#include "llm/row_bodies.h"

namespace hubmill {
namespace {

bool Wanted(std::string_view role, Bodies which) {
  switch (which) {
    case Bodies::kConversation:
      return role != "system" && role != "developer";
    case Bodies::kAssistant:
      return role == "assistant" || role.starts_with("assistant ");
    case Bodies::kUser:
      return role == "user";
  }
  return false;
}

}  // namespace

void CollectBodies(std::string_view text, Bodies which, std::vector<HarmonyMessage>* scratch,
                   std::vector<std::string_view>* bodies) {
  bodies->clear();
  if (ParseHarmony(text, {.form = HarmonyForm::kSource}, scratch) || scratch->empty()) {
    bodies->push_back(text);
    return;
  }
  for (const HarmonyMessage& message : *scratch) {
    if (Wanted(message.role, which)) bodies->push_back(message.content);
  }
}

}  // namespace hubmill
