#include "run/wandb_access.h"

#include "run/hub_access.h"

namespace hubmill {

Result<WandbSettings> FindWandbSettings() {
  ARROW_ASSIGN_OR_RAISE(const EnvironmentLookup settings, FindSettings());
  WandbSettings out;
  if (const auto key = settings("WANDB_API_KEY")) out.api_key = *key;
  if (const auto url = settings("WANDB_BASE_URL"); url && !url->empty()) out.base_url = *url;
  while (out.base_url.ends_with('/')) out.base_url.pop_back();
  if (!out.base_url.starts_with("https://") && !out.base_url.starts_with("http://")) {
    return WrongUsage("not the URL of a W&B server: WANDB_BASE_URL; remedy: https://api.wandb.ai");
  }
  return out;
}

}  // namespace hubmill
