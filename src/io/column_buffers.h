// Columns under construction: plain growing buffers that a decoder writes to, one value after the
// other, and that can be cut back to an earlier row when a row turns out bad in its middle.
#pragma once

#include <arrow/buffer_builder.h>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "core/bulk_pool.h"
#include "core/failure.h"
#include "io/type_text.h"

namespace hubmill {

/// What is fixed for all blocks of a source: the tree of columns and how fields are found.
struct ColumnPlan {
  explicit ColumnPlan(const TypeTree& type, std::string name = "");

  /// Index of a child by its (unescaped) name, or -1.
  int Find(std::string_view name) const;

  TypeTree::Kind kind;
  bool exact;  // See TypeTree.
  std::string name;
  std::string
      key_text;  // The name and a quote, as it stands in JSON; empty where it needs escapes.
  std::string type_text;
  std::vector<ColumnPlan> children;
  std::shared_ptr<arrow::DataType> type;

 private:
  struct Hash {
    using is_transparent = void;
    size_t operator()(std::string_view text) const { return std::hash<std::string_view>()(text); }
  };
  std::unordered_map<std::string, int, Hash, std::equal_to<>> index_;
};

/// Not thread-safe.  The plan must outlive it.
class ColumnBuffers {
 public:
  explicit ColumnBuffers(const ColumnPlan* plan);

  void AppendNull();
  template <typename T>
  void AppendFixed(T value) {
    Room(int64_t(sizeof(T)));
    values_.UnsafeAppend(&value, int64_t(sizeof(T)));
    MarkValid();
  }
  void AppendText(std::string_view text);

  /// Room for text of so many bytes in all: where that is known, growing would copy it once more.
  void ReserveText(int64_t bytes);

  /// Room for `bytes` more of the string under construction; where to write.
  uint8_t* TextRoom(int64_t bytes);
  /// The same, where `written` bytes of it are already in place; they may move.
  void TextGrow(int64_t written, int64_t bytes);
  const uint8_t* TextEnd() const { return values_.data() + values_.capacity(); }
  uint8_t* TextData() { return values_.mutable_data(); }
  int64_t TextSize() const { return values_.length(); }
  /// Ends a string whose last byte was written before `end`.
  void FinishText(const uint8_t* end);

  /// Ends a list (its items are in child 0) or a struct (its fields are in the children).
  void FinishNested();

  /// Cuts back to `length` values.
  void Truncate(int64_t length);

  /// The array; this is empty afterwards.
  Result<std::shared_ptr<arrow::ArrayData>> Finish();

  int64_t length() const { return length_; }
  const ColumnPlan& plan() const { return *plan_; }
  std::vector<ColumnBuffers>& children() { return children_; }

 private:
  bool HasOffsets() const;
  int64_t FixedWidth() const;
  void Room(int64_t bytes);
  void MarkValid() {
    if (valid_.length() == valid_.capacity()) GrowValid();
    valid_.UnsafeAppend(1, 1);
    ++length_;
  }
  void GrowValid();
  void AppendOffset(int64_t end);

  const ColumnPlan* plan_;
  std::vector<ColumnBuffers> children_;
  int64_t length_ = 0;
  int64_t null_count_ = 0;
  arrow::BufferBuilder valid_{BulkPool()};   // A byte a value.
  arrow::BufferBuilder values_{BulkPool()};  // Text bytes, or values of fixed width (bool: a byte).
  arrow::BufferBuilder offsets_{
      BulkPool()};  // int32 ends; the leading zero is written at first use.
};

}  // namespace hubmill
