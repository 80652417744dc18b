// What can be wrong with a block's options and shows without any data, for `hubmill recipe check`.
#pragma once

#include <functional>
#include <utility>

#include "core/registry.h"

namespace hubmill {

/// Makes `entry` check options with `verify` too, once each of them was found good by itself; what
/// it refuses is named at the place of the options.  REQUIRES: `entry->shorthand` is set.
template <typename Options, typename EntryType>
void AlsoCheck(EntryType* entry, std::function<Status(const Options&)> verify) {
  entry->check = [described = entry->check, shorthand = entry->shorthand,
                  verify = std::move(verify)](const Setting& setting, const OptionContext& context,
                                              ErrorList* errors) {
    ErrorList own;
    Setting all = described(setting, context, &own);
    if (!own.empty()) {
      described(setting, context, errors);
      return all;
    }
    const Result<Options> options = ReadOptions<Options>(setting, shorthand, context);
    const Status status = options.ok() ? verify(*options) : options.status();
    if (!status.ok()) {
      errors->Add(context.file, setting.mark, context.owner + ": " + status.message());
    }
    return all;
  };
}

}  // namespace hubmill
