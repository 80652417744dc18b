// The list of everything this build can read, do and write.
#include "hubmill/hubmill.h"
#include "io/register_io.h"
#include "llm/register_llm.h"
#include "security/register_security.h"
#include "stages/register_stages.h"

namespace hubmill {

const Registry& AllBlocks() {
  static const Registry* registry = [] {
    auto* made = new Registry;
    RegisterSources(*made);
    RegisterSinks(*made);
    RegisterStages(*made);
    RegisterLlmStages(*made);
    RegisterSecurityStages(*made);
    return made;
  }();
  return *registry;
}

}  // namespace hubmill
