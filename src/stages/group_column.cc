#include "stages/group_column.h"

#include "stages/columns.h"

namespace hubmill {

Status GroupColumn::Bind(const arrow::Schema& schema, const std::string& name) {
  return TextColumnIndex(schema, name).Value(&index_);
}

void GroupColumn::Observe(const Batch& input) {
  const auto array = input.rows->column(index_);
  const TextView text(*array);
  for (int64_t row = 0; row < text.size(); ++row) {
    int32_t group = groups_;
    if (!text.IsNull(row)) {
      group = group_of_key_.try_emplace(Xxh3Hash128(text[row]), groups_).first->second;
    }
    if (group == groups_) ++groups_;
    group_of_row_.push_back(group);
  }
}

std::vector<std::vector<int64_t>> GroupColumn::Groups() const {
  std::vector<std::vector<int64_t>> rows(static_cast<size_t>(groups_));
  for (size_t row = 0; row < group_of_row_.size(); ++row) {
    rows[size_t(group_of_row_[row])].push_back(int64_t(row));
  }
  return rows;
}

int64_t GroupColumn::CountParted(std::span<const int32_t> part_of_row) const {
  int64_t parted = 0;
  for (const std::vector<int64_t>& rows : Groups()) {
    const int32_t part = part_of_row[size_t(rows[0])];
    for (const int64_t row : rows) {
      if (part_of_row[size_t(row)] == part) continue;
      ++parted;
      break;
    }
  }
  return parted;
}

}  // namespace hubmill
