// What io/ offers, by name.
#pragma once

namespace hubmill {

struct Registry;

void RegisterSources(Registry& registry);
void RegisterSinks(Registry& registry);

}  // namespace hubmill
