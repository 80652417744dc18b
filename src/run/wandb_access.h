// Which W&B: WANDB_API_KEY and WANDB_BASE_URL, of the environment or .env.
#pragma once

#include "tracking/wandb_client.h"

namespace hubmill {

/// Without WANDB_API_KEY the key is empty.
Result<WandbSettings> FindWandbSettings();

}  // namespace hubmill
