// Puts a nested column together again of its leaves, each read by itself.
//
// Pages of different leaves begin at different rows, so leaves are read one by one; Arrow gives for
// leaf `url` of list<struct<title, url>> a list<struct<url>>.  Lists and nulls are in every one of
// them, and must be the same.
#pragma once

#include <arrow/array/array_base.h>
#include <parquet/arrow/schema.h>

#include <memory>
#include <span>

#include "core/failure.h"

namespace hubmill {

/// `leaves`: the same rows of each leaf of `field`, in order, without offsets (Concatenate makes
/// such).  Fails where they disagree.  The result is not validated.
Result<std::shared_ptr<arrow::Array>> JoinLeaves(
    const parquet::arrow::SchemaField& field,
    std::span<const std::shared_ptr<arrow::Array>> leaves);

/// Leaves below `field`, itself where it is one.
size_t CountLeaves(const parquet::arrow::SchemaField& field);

}  // namespace hubmill
