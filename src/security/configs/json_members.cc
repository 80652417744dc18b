#include "security/configs/json_members.h"

#include <utility>

#include "base/json_text.h"

namespace hubmill {
namespace {

constexpr size_t kLinearMax = 16;  // Up to here looking through all is faster than a hash.

}  // namespace

JsonMembers::Member* JsonMembers::FindOrNull(std::string_view key) {
  if (members_.size() <= kLinearMax) {
    for (Member& member : members_) {
      if (member.key == key) return &member;
    }
    return nullptr;
  }
  for (size_t i = index_.size(); i < members_.size(); ++i) index_.emplace(members_[i].key, i);
  const auto found = index_.find(std::string(key));
  return found == index_.end() ? nullptr : &members_[found->second];
}

JsonMembers::Member& JsonMembers::FindOrAdd(std::string_view key) {
  if (Member* found = FindOrNull(key)) return *found;
  members_.push_back({.key = std::string(key)});
  return members_.back();
}

bool JsonMembers::Set(std::string_view key, std::string json) {
  Member& member = FindOrAdd(key);
  const bool fresh = member.json.empty();
  member.json = std::move(json);
  return fresh;
}

bool JsonMembers::AddBlock(std::string_view type, const std::vector<std::string>& labels,
                           std::string json) {
  JsonMembers* level = this;
  Member* member = &FindOrAdd(type);
  for (const std::string& label : labels) {
    if (!member->blocks.empty()) return false;
    if (member->labels.empty()) member->labels.emplace_back();
    level = &member->labels[0];
    member = &level->FindOrAdd(label);
  }
  if (!member->labels.empty()) return false;
  member->blocks.push_back(std::move(json));
  return true;
}

void JsonMembers::AppendMember(const Member& member, std::string* out) {
  AppendJsonString(member.key, out);
  *out += ':';
  if (!member.json.empty()) {
    *out += member.json;
  } else if (!member.labels.empty()) {
    member.labels[0].Append("", out);
  } else {
    char before = '[';
    for (const std::string& block : member.blocks) {
      *out += before;
      *out += block;
      before = ',';
    }
    *out += ']';
  }
}

void JsonMembers::Append(std::string_view first, std::string* out) const {
  *out += '{';
  *out += first;
  bool comma = !first.empty();
  for (const Member& member : members_) {
    if (comma) *out += ',';
    comma = true;
    AppendMember(member, out);
  }
  *out += '}';
}

}  // namespace hubmill
