#include "core/bulk_pool.h"

#include <algorithm>
#include <atomic>
#include <bit>
#include <cstring>
#include <map>
#include <mutex>
#include <unordered_map>
#include <vector>

#include "base/check.h"

namespace hubmill {
namespace {

// A kept block hides a use after free from the address sanitizer.
#ifdef __SANITIZE_ADDRESS__
constexpr bool kKeepBlocks = false;
#else
constexpr bool kKeepBlocks = true;
#endif

/// Size classes lie an eighth of a power of two apart: at most 12.5 % of a block is unused.
int64_t ClassOf(int64_t size) {
  const int64_t step = int64_t(std::bit_floor(uint64_t(size))) / 8;
  return (size + step - 1) / step * step;
}

class KeepingPool : public arrow::MemoryPool {
 public:
  arrow::Status Allocate(int64_t size, int64_t alignment, uint8_t** out) override {
    if (size < kBlockBytesMin || alignment > kAlignment) {
      ARROW_RETURN_NOT_OK(base_->Allocate(size, alignment, out));
    } else {
      *out = TakeKept(ClassOf(size));
      if (*out == nullptr) ARROW_RETURN_NOT_OK(AllocateBlock(ClassOf(size), out));
    }
    Count(size);
    ++allocations_;
    return arrow::Status::OK();
  }

  arrow::Status Reallocate(int64_t old_size, int64_t new_size, int64_t alignment,
                           uint8_t** block) override {
    const bool plain =
        alignment > kAlignment || (old_size < kBlockBytesMin && new_size < kBlockBytesMin);
    if (plain) {
      ARROW_RETURN_NOT_OK(base_->Reallocate(old_size, new_size, alignment, block));
      Count(new_size - old_size);
      return arrow::Status::OK();
    }
    if (old_size >= kBlockBytesMin && Fits(new_size, BytesOf(*block))) {
      Count(new_size - old_size);
      return arrow::Status::OK();
    }
    uint8_t* moved = nullptr;
    ARROW_RETURN_NOT_OK(Allocate(new_size, alignment, &moved));
    std::memcpy(moved, *block, size_t(std::min(old_size, new_size)));
    Free(*block, old_size, alignment);
    *block = moved;
    return arrow::Status::OK();
  }

  void Free(uint8_t* block, int64_t size, int64_t alignment) override {
    bytes_allocated_ -= size;
    if (size < kBlockBytesMin || alignment > kAlignment) return base_->Free(block, size, alignment);
    int64_t block_bytes = 0;
    {
      std::lock_guard lock(mutex_);
      const auto lent = lent_.find(block);
      block_bytes = lent->second;
      lent_.erase(lent);
      if (kKeepBlocks && kept_bytes_ + block_bytes <= kept_bytes_max) {
        kept_[block_bytes].push_back(block);
        kept_bytes_ += block_bytes;
        return;
      }
    }
    base_->Free(block, block_bytes, kAlignment);
  }

  int64_t bytes_allocated() const override { return bytes_allocated_; }
  int64_t max_memory() const override { return bytes_max_; }
  int64_t total_bytes_allocated() const override { return bytes_total_; }
  int64_t num_allocations() const override { return allocations_; }
  std::string backend_name() const override { return "hubmill-bulk"; }

  std::atomic<int64_t> kept_bytes_max{kKeptBytesMax};

 private:
  static constexpr int64_t kAlignment = arrow::kDefaultBufferAlignment;

  /// Whether a block may hold `size`: large enough, and not half empty.
  static bool Fits(int64_t size, int64_t block_bytes) {
    return size >= kBlockBytesMin && size <= block_bytes && block_bytes <= 2 * ClassOf(size);
  }

  int64_t BytesOf(const uint8_t* block) {
    std::lock_guard lock(mutex_);
    return lent_.at(block);
  }

  /// The smallest kept block that fits, or null.
  uint8_t* TakeKept(int64_t size) {
    std::lock_guard lock(mutex_);
    auto found = kept_.lower_bound(size);
    if (found == kept_.end() || !Fits(size, found->first)) return nullptr;
    uint8_t* block = found->second.back();
    found->second.pop_back();
    kept_bytes_ -= found->first;
    lent_.emplace(block, found->first);
    if (found->second.empty()) kept_.erase(found);
    return block;
  }

  arrow::Status AllocateBlock(int64_t block_bytes, uint8_t** out) {
    ARROW_RETURN_NOT_OK(base_->Allocate(block_bytes, kAlignment, out));
    std::lock_guard lock(mutex_);
    lent_.emplace(*out, block_bytes);
    return arrow::Status::OK();
  }

  void Count(int64_t size) {
    const int64_t now = bytes_allocated_ += size;
    if (size > 0) bytes_total_ += size;
    int64_t max = bytes_max_;
    while (now > max && !bytes_max_.compare_exchange_weak(max, now)) {
    }
  }

  arrow::MemoryPool* const base_ = arrow::default_memory_pool();
  std::mutex mutex_;
  std::map<int64_t, std::vector<uint8_t*>> kept_;     // By bytes; last freed, first reused.
  std::unordered_map<const uint8_t*, int64_t> lent_;  // The real bytes of each block in use.
  int64_t kept_bytes_ = 0;
  std::atomic<int64_t> bytes_allocated_{0};
  std::atomic<int64_t> bytes_max_{0};
  std::atomic<int64_t> bytes_total_{0};
  std::atomic<int64_t> allocations_{0};
};

KeepingPool* ThePool() {
  static auto* pool = new KeepingPool;  // Never destroyed: buffers may outlive main().
  return pool;
}

}  // namespace

arrow::MemoryPool* BulkPool() { return ThePool(); }

void KeepBulkBytes(int64_t bytes_max) { ThePool()->kept_bytes_max = bytes_max; }

}  // namespace hubmill
