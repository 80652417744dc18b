// Listings that a commit alone decides, so that they never become stale: a repository of 1,000
// files costs 7 ms to list, and clients ask for the same listing again and again.
#pragma once

#include <cstddef>
#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>

namespace hubmill::local_hub {

struct CachedAnswer {
  std::string body;
  size_t next_cursor = 0;  // Of a page that is not the last.
};

/// Thread-safe.  Keeps what was used last, up to a number of bytes.
class AnswerCache {
 public:
  explicit AnswerCache(size_t bytes_max = 32 << 20) : bytes_max_(bytes_max) {}

  /// nullptr where it is not kept.  `key` holds the commit and everything else that decides.
  std::shared_ptr<const CachedAnswer> Find(const std::string& key);
  /// Keeps `answer` and returns it.
  std::shared_ptr<const CachedAnswer> Keep(const std::string& key, CachedAnswer answer);

 private:
  struct Kept {
    std::string key;
    std::shared_ptr<const CachedAnswer> answer;
    size_t bytes() const { return key.size() + answer->body.size(); }
  };
  const size_t bytes_max_;
  std::mutex mutex_;
  std::list<Kept> by_use_;  // The latest first.
  std::unordered_map<std::string, std::list<Kept>::iterator> by_key_;
  size_t bytes_ = 0;
};

}  // namespace hubmill::local_hub
