#include "cli/push_target.h"

#include "io/input_files.h"

namespace hubmill {

CLI::Option* AddPushOptions(CLI::App* command, PushArguments* arguments) {
  auto* push =
      command->add_flag("--push", arguments->push, "Publish the output to a Hub, in one commit");
  for (CLI::Option* option : AddPublishOptions(command, arguments)) option->needs(push);
  command->add_flag("--public", arguments->is_public, "A new repository is public")->needs(push);
  return push;
}

Result<PushTarget> PushTarget::Open(const PushArguments& arguments, const RunHub& hub,
                                    const std::string& folder) {
  PushTarget target;
  if (!arguments.push) return target;
  if (IsUri(folder)) {
    return WrongUsage("what is published must lie on this machine: out=", folder,
                      "; remedy: name a local folder");
  }
  target.options_ = WithArguments({}, arguments);
  target.options_.create_private = !arguments.is_public;
  target.folder_ = folder;
  target.hub_ = hub.connection.get();
  if (target.hub_ == nullptr) {
    ARROW_ASSIGN_OR_RAISE(HubConnection connection, OpenHub(arguments));
    target.own_ = std::make_unique<HubConnection>(std::move(connection));
    target.hub_ = target.own_.get();
  }
  ARROW_RETURN_NOT_OK(CheckPublish(**target.hub_, target.options_));
  return target;
}

Result<std::optional<PublishReport>> PushTarget::Publish(Progress* progress) const {
  if (hub_ == nullptr) return std::nullopt;
  return PublishFolder(**hub_, folder_, options_, progress);
}

}  // namespace hubmill
