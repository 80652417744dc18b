#include "hub/local/answer_cache.h"

namespace hubmill::local_hub {

std::shared_ptr<const CachedAnswer> AnswerCache::Find(const std::string& key) {
  const std::lock_guard guard(mutex_);
  const auto found = by_key_.find(key);
  if (found == by_key_.end()) return nullptr;
  by_use_.splice(by_use_.begin(), by_use_, found->second);
  return found->second->answer;
}

std::shared_ptr<const CachedAnswer> AnswerCache::Keep(const std::string& key, CachedAnswer answer) {
  auto kept = std::make_shared<const CachedAnswer>(std::move(answer));
  const std::lock_guard guard(mutex_);
  if (by_key_.contains(key)) return kept;
  by_use_.push_front({key, kept});
  by_key_[key] = by_use_.begin();
  bytes_ += by_use_.front().bytes();
  while (bytes_ > bytes_max_) {
    bytes_ -= by_use_.back().bytes();
    by_key_.erase(by_use_.back().key);
    by_use_.pop_back();
  }
  return kept;
}

}  // namespace hubmill::local_hub
