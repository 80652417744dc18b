// The members of a JSON object while its source is read: attributes and blocks of HCL, keys of
// YAML. HCL's blocks of one type and the same labels come together as a list, below their labels.
#pragma once

#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace hubmill {

/// Not thread-safe.
class JsonMembers {
 public:
  /// Sets `key` to `json`; false where it was set before: then the last one counts.
  bool Set(std::string_view key, std::string json);

  /// Adds a block's JSON; false where blocks of this type have other numbers of labels, so that one
  /// name would be both a list and an object.
  bool AddBlock(std::string_view type, const std::vector<std::string>& labels, std::string json);

  bool Has(std::string_view key) { return FindOrNull(key) != nullptr; }

  /// The object; `first` (JSON members, or nothing) stands before all others.  A member that is set
  /// hides blocks of the same name.
  void Append(std::string_view first, std::string* out) const;

 private:
  struct Member {
    std::string key;
    std::string json;  // Of an attribute; empty where there is none.
    std::vector<std::string> blocks;
    std::vector<JsonMembers> labels;  // One at most: what stands below the labels.
  };
  Member* FindOrNull(std::string_view key);
  Member& FindOrAdd(std::string_view key);
  static void AppendMember(const Member& member, std::string* out);

  std::vector<Member> members_;                    // In the order of their first appearance.
  std::unordered_map<std::string, size_t> index_;  // Of `members_`, where these are many.
};

}  // namespace hubmill
