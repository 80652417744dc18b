// --push of the commands that write an output folder: options, the early check, and the publishing.
#pragma once

#include <optional>
#include <string>

#include "cli/publish_command.h"

namespace hubmill {

struct PushArguments : PublishArguments {
  bool push = false;
  bool is_public = false;
};

/// --push, --repo, --tag, --replace-config, --public and the choice of the Hub; returns the first.
CLI::Option* AddPushOptions(CLI::App* command, PushArguments* arguments);

/// Where the output goes once it is written; nowhere without --push.
class PushTarget {
 public:
  /// Finds out before any row is read whether publishing can succeed.  `hub` outlives the target.
  static Result<PushTarget> Open(const PushArguments& arguments, const RunHub& hub,
                                 const std::string& folder);

  /// Publishes the folder in one commit; nothing without --push.
  Result<std::optional<PublishReport>> Publish(Progress* progress) const;

 private:
  const HubConnection* hub_ = nullptr;  // Null: nothing is published.
  std::unique_ptr<HubConnection> own_;
  PublishOptions options_;
  std::string folder_;
};

}  // namespace hubmill
