#include "io/column_buffers.h"

#include <arrow/array/data.h>
#include <arrow/type.h>
#include <arrow/util/bit_util.h>

#include <algorithm>
#include <cstring>

#include "base/check.h"

namespace hubmill {
namespace {

using Kind = TypeTree::Kind;

constexpr int64_t kFirstBytes = 1024;

/// Memory that cannot be had ends the process on this platform before malloc says no.
void MustGrow(arrow::BufferBuilder* builder, int64_t bytes) {
  int64_t wanted = std::max({builder->capacity() * 2, builder->length() + bytes, kFirstBytes});
  HUBMILL_CHECK(builder->Resize(wanted, false).ok(), "out of memory");
}

/// One bit a byte of `bytes`.
Result<std::shared_ptr<arrow::Buffer>> PackBits(const uint8_t* bytes, int64_t count) {
  ARROW_ASSIGN_OR_RAISE(auto bits, arrow::AllocateBuffer(arrow::bit_util::BytesForBits(count)));
  uint8_t* out = bits->mutable_data();
  std::memset(out, 0, size_t(bits->size()));
  for (int64_t i = 0; i < count; ++i) out[i >> 3] |= uint8_t(bytes[i] << (i & 7));
  return std::shared_ptr<arrow::Buffer>(std::move(bits));
}

}  // namespace

ColumnPlan::ColumnPlan(const TypeTree& tree, std::string its_name)
    : kind(tree.kind == Kind::kNull ? Kind::kString : tree.kind),
      exact(tree.exact),
      name(std::move(its_name)),
      type_text(PrintType(tree)),
      type(ArrowTypeOf(tree)) {
  bool plain = std::none_of(name.begin(), name.end(),
                            [](char c) { return c == '"' || c == '\\' || uint8_t(c) < 0x20; });
  if (plain) key_text = name + "\"";
  for (size_t i = 0; i < tree.children.size(); ++i) {
    children.emplace_back(tree.children[i], kind == Kind::kStruct ? tree.names[i] : "[]");
    if (kind == Kind::kStruct) index_.emplace(tree.names[i], int(i));
  }
}

int ColumnPlan::Find(std::string_view text) const {
  auto found = index_.find(text);
  return found == index_.end() ? -1 : found->second;
}

ColumnBuffers::ColumnBuffers(const ColumnPlan* plan) : plan_(plan) {
  children_.reserve(plan->children.size());
  for (const ColumnPlan& child : plan->children) children_.emplace_back(&child);
}

bool ColumnBuffers::HasOffsets() const {
  return plan_->kind == Kind::kString || plan_->kind == Kind::kJson || plan_->kind == Kind::kList;
}

int64_t ColumnBuffers::FixedWidth() const {
  switch (plan_->kind) {
    case Kind::kBool:
      return 1;
    case Kind::kInt32:
    case Kind::kFloat32:
    case Kind::kDate:
      return 4;
    case Kind::kInt64:
    case Kind::kFloat64:
    case Kind::kTimestamp:
      return 8;
    default:
      return 0;
  }
}

void ColumnBuffers::Room(int64_t bytes) {
  if (values_.length() + bytes > values_.capacity()) [[unlikely]]
    MustGrow(&values_, bytes);
}

void ColumnBuffers::GrowValid() { MustGrow(&valid_, 1); }

void ColumnBuffers::AppendOffset(int64_t end) {
  HUBMILL_CHECK(end <= INT32_MAX, "a batch is bounded, so its offsets fit");
  if (offsets_.length() + 8 > offsets_.capacity()) [[unlikely]]
    MustGrow(&offsets_, 8);
  int32_t values[2] = {0, int32_t(end)};
  if (offsets_.length() == 0) {
    offsets_.UnsafeAppend(values, 8);
  } else {
    offsets_.UnsafeAppend(values + 1, 4);
  }
}

void ColumnBuffers::AppendNull() {
  if (HasOffsets()) {
    AppendOffset(plan_->kind == Kind::kList ? children_[0].length() : values_.length());
  } else if (plan_->kind == Kind::kStruct) {
    for (ColumnBuffers& child : children_) child.AppendNull();
  } else {
    int64_t width = FixedWidth();
    Room(width);
    values_.UnsafeAppend(width, 0);
  }
  if (valid_.length() == valid_.capacity()) GrowValid();
  valid_.UnsafeAppend(1, 0);
  ++length_;
  ++null_count_;
}

void ColumnBuffers::AppendText(std::string_view text) {
  Room(int64_t(text.size()));
  values_.UnsafeAppend(text.data(), int64_t(text.size()));
  AppendOffset(values_.length());
  MarkValid();
}

void ColumnBuffers::ReserveText(int64_t bytes) {
  if (bytes > values_.capacity()) {
    HUBMILL_CHECK(values_.Resize(bytes, false).ok(), "out of memory");
  }
}

uint8_t* ColumnBuffers::TextRoom(int64_t bytes) {
  Room(bytes);
  return values_.mutable_data() + values_.length();
}

void ColumnBuffers::TextGrow(int64_t written, int64_t bytes) {
  values_.UnsafeAdvance(written);  // So that a move takes them along.
  Room(bytes);
  values_.Rewind(values_.length() - written);
}

void ColumnBuffers::FinishText(const uint8_t* end) {
  values_.UnsafeAdvance(end - (values_.data() + values_.length()));
  AppendOffset(values_.length());
  MarkValid();
}

void ColumnBuffers::FinishNested() {
  if (plan_->kind == Kind::kList) AppendOffset(children_[0].length());
  MarkValid();
}

void ColumnBuffers::Truncate(int64_t length) {
  if (plan_->kind == Kind::kStruct) {
    // Children may be ahead of their parent: its last row was not finished.
    for (ColumnBuffers& child : children_) child.Truncate(std::min(length, child.length()));
  }
  if (plan_->kind == Kind::kList) {
    int32_t end = 0;
    if (length > 0) std::memcpy(&end, offsets_.data() + length * 4, 4);
    children_[0].Truncate(end);
  }
  if (plan_->kind == Kind::kString || plan_->kind == Kind::kJson) {
    int32_t end = 0;
    if (length > 0) std::memcpy(&end, offsets_.data() + length * 4, 4);
    values_.Rewind(end);
  }
  if (HasOffsets()) offsets_.Rewind(length == 0 ? 0 : (length + 1) * 4);
  if (FixedWidth() > 0) values_.Rewind(length * FixedWidth());
  for (int64_t i = length; i < length_; ++i) null_count_ -= valid_.data()[i] == 0;
  valid_.Rewind(length);
  length_ = length;
}

Result<std::shared_ptr<arrow::ArrayData>> ColumnBuffers::Finish() {
  auto data = std::make_shared<arrow::ArrayData>();
  data->type = plan_->type;
  data->length = length_;
  data->null_count = null_count_;
  std::shared_ptr<arrow::Buffer> validity;
  if (null_count_ > 0) {
    ARROW_ASSIGN_OR_RAISE(validity, PackBits(valid_.data(), length_));
  }
  data->buffers.push_back(std::move(validity));
  if (HasOffsets()) {
    if (offsets_.length() == 0) ARROW_RETURN_NOT_OK(offsets_.Append(4, 0));
    ARROW_ASSIGN_OR_RAISE(auto offsets, offsets_.Finish(false));
    data->buffers.push_back(std::move(offsets));
  }
  if (plan_->kind == Kind::kBool) {
    ARROW_ASSIGN_OR_RAISE(auto bits, PackBits(values_.data(), length_));
    data->buffers.push_back(std::move(bits));
  } else if (plan_->kind != Kind::kList && plan_->kind != Kind::kStruct) {
    ARROW_ASSIGN_OR_RAISE(auto values, values_.Finish(false));
    data->buffers.push_back(std::move(values));
  }
  for (ColumnBuffers& child : children_) {
    ARROW_ASSIGN_OR_RAISE(auto child_data, child.Finish());
    data->child_data.push_back(std::move(child_data));
  }
  valid_.Reset();
  values_.Reset();
  offsets_.Reset();
  length_ = null_count_ = 0;
  return data;
}

}  // namespace hubmill
