#include "view/leaf_join.h"

#include <arrow/array/array_nested.h>
#include <arrow/array/util.h>
#include <arrow/type.h>

#include <utility>
#include <vector>

namespace hubmill {
namespace {

using ArrayPtr = std::shared_ptr<arrow::Array>;

Status Disagree(const parquet::arrow::SchemaField& field) {
  return Status::Invalid("the leaves of a nested column disagree: column=", field.field->name());
}

/// The values of a list's rows; `same` tells whether `other` has as many in each row.
template <typename ListType>
ArrayPtr ValuesOf(const ArrayPtr& array) {
  const auto& list = static_cast<const ListType&>(*array);
  const int64_t begin = list.length() == 0 ? 0 : list.value_offset(0);
  const int64_t end = list.length() == 0 ? 0 : list.value_offset(list.length());
  return list.values()->Slice(begin, end - begin);
}

template <typename ListType>
bool SameLists(const ArrayPtr& a, const ArrayPtr& b) {
  const auto& first = static_cast<const ListType&>(*a);
  const auto& other = static_cast<const ListType&>(*b);
  for (int64_t i = 0; i < first.length(); ++i) {
    if (first.value_length(i) != other.value_length(i) || first.IsNull(i) != other.IsNull(i)) {
      return false;
    }
  }
  return true;
}

/// The array of `type` with what `like` says of nulls and lists.
ArrayPtr WithChildren(const std::shared_ptr<arrow::DataType>& type, const arrow::Array& like,
                      const std::vector<ArrayPtr>& children) {
  std::shared_ptr<arrow::ArrayData> data = like.data()->Copy();
  data->type = type;
  data->child_data.clear();
  for (const ArrayPtr& child : children) data->child_data.push_back(child->data());
  return arrow::MakeArray(data);
}

template <typename ListType>
Result<ArrayPtr> JoinLists(const parquet::arrow::SchemaField& field,
                           std::span<const ArrayPtr> leaves) {
  std::vector<ArrayPtr> values;
  for (const ArrayPtr& leaf : leaves) {
    const arrow::Type::type id = leaf->type_id();
    const bool is_list =
        id == ListType::TypeClass::type_id ||
        (id == arrow::Type::MAP && ListType::TypeClass::type_id == arrow::Type::LIST);
    if (!is_list || !SameLists<ListType>(leaves[0], leaf)) return Disagree(field);
    values.push_back(ValuesOf<ListType>(leaf));
  }
  ARROW_ASSIGN_OR_RAISE(auto joined, JoinLeaves(field.children[0], values));
  if (leaves[0]->length() > 0) {
    const auto& list = static_cast<const ListType&>(*leaves[0]);
    if (list.value_offset(0) != 0) return Disagree(field);  // Not what Concatenate makes.
  }
  return WithChildren(field.field->type(), *leaves[0], {std::move(joined)});
}

Result<ArrayPtr> JoinStruct(const parquet::arrow::SchemaField& field,
                            std::span<const ArrayPtr> leaves) {
  std::vector<ArrayPtr> children;
  size_t at = 0;
  for (const auto& child : field.children) {
    std::vector<ArrayPtr> parts;
    for (const size_t end = at + CountLeaves(child); at < end; ++at) {
      const ArrayPtr& leaf = leaves[at];
      if (leaf->type_id() != arrow::Type::STRUCT || leaf->num_fields() != 1 ||
          leaf->length() != leaves[0]->length()) {
        return Disagree(field);
      }
      for (int64_t i = 0; i < leaf->length(); ++i) {
        if (leaf->IsNull(i) != leaves[0]->IsNull(i)) return Disagree(field);
      }
      parts.push_back(static_cast<const arrow::StructArray&>(*leaf).field(0));
    }
    ARROW_ASSIGN_OR_RAISE(auto joined, JoinLeaves(child, parts));
    children.push_back(std::move(joined));
  }
  return WithChildren(field.field->type(), *leaves[0], children);
}

}  // namespace

size_t CountLeaves(const parquet::arrow::SchemaField& field) {
  if (field.is_leaf()) return 1;
  size_t leaves = 0;
  for (const auto& child : field.children) leaves += CountLeaves(child);
  return leaves;
}

Result<ArrayPtr> JoinLeaves(const parquet::arrow::SchemaField& field,
                            std::span<const ArrayPtr> leaves) {
  if (leaves.size() != CountLeaves(field) || leaves.empty()) return Disagree(field);
  for (const ArrayPtr& leaf : leaves) {
    if (leaf->length() != leaves[0]->length() || leaf->offset() < 0) return Disagree(field);
  }
  if (leaves.size() == 1) {
    if (!leaves[0]->type()->Equals(*field.field->type())) return Disagree(field);
    return leaves[0];
  }
  // Without an offset, so that what is taken of the first leaf fits the joined children.
  if (leaves[0]->offset() != 0) return Disagree(field);
  switch (field.field->type()->id()) {
    case arrow::Type::STRUCT:
      return JoinStruct(field, leaves);
    case arrow::Type::LIST:
    case arrow::Type::MAP:
      return JoinLists<arrow::ListArray>(field, leaves);
    case arrow::Type::LARGE_LIST:
      return JoinLists<arrow::LargeListArray>(field, leaves);
    default:
      return Disagree(field);  // The caller reads the column as a whole.
  }
}

}  // namespace hubmill
