// What io/ offers to recipes: one function a kind, so that the list can be read.
#pragma once

namespace hubmill {

struct Registry;

/// Adds every source of this folder.
void RegisterSources(Registry& registry);

/// Adds every sink of this folder.
void RegisterSinks(Registry& registry);

}  // namespace hubmill
