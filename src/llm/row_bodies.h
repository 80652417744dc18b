// What was said in a row of Harmony text, without the tags around it.
#pragma once

#include <string_view>
#include <vector>

#include "text/harmony.h"

namespace hubmill {

enum class Bodies : uint8_t {
  kConversation = 0,  // All messages but those of system and developer.
  kAssistant = 1,     // Those of the assistant, calls included.
  kUser = 2,
};

/// Replaces *bodies, whose views point into `text`.  A text that is no Harmony is one body.
/// `scratch` may hold anything.
void CollectBodies(std::string_view text, Bodies which, std::vector<HarmonyMessage>* scratch,
                   std::vector<std::string_view>* bodies);

}  // namespace hubmill
