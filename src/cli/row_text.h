// Rows for people: many as a table, one as its columns one after the other.
#pragma once

#include <arrow/record_batch.h>

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "view/cell.h"

namespace hubmill {

/// A row and its number.
struct NumberedRow {
  int64_t row = 0;
  std::shared_ptr<arrow::RecordBatch> batch;
  int64_t index = 0;  // In the batch.
};

/// A table that is `width` columns wide at most: one line a row, long texts cut with …, columns
/// that do not fit named below it.  `columns` are those of every batch.
std::string RenderRows(const std::vector<NumberedRow>& rows, const std::vector<ColumnView>& columns,
                       size_t width);

/// A row as its columns: texts whole, nested values as indented JSON, conversations as such.
std::string RenderRow(const NumberedRow& row, const std::vector<ColumnView>& columns);

/// {"row": N, "cells": {"NAME": value, …}} and a line feed; values whole.
std::string RenderRowJson(const NumberedRow& row, const std::vector<ColumnView>& columns);

/// Compact JSON with line feeds and blanks; lists and objects that are short stay on one line.
std::string IndentJson(std::string_view json);

}  // namespace hubmill
