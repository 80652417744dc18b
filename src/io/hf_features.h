// An Arrow schema as the Features of the `datasets` library.
//
// The Hub's viewer and load_dataset() read the column types from the schema metadata "huggingface"
// =
// {"info": {"features": …}}.  Without it a class label is an integer without names.  The text is
// what Dataset.to_parquet() of datasets 5.2 writes, byte for byte.
#pragma once

#include <arrow/type.h>

#include <memory>
#include <optional>
#include <string>

namespace hubmill {

/// Field metadata: a JSON list of class names makes the integer column a ClassLabel.
inline constexpr char kClassNamesKey[] = "hubmill.class_names";

/// The metadata text; nothing where a type has no equivalent (maps), so that readers infer.
std::optional<std::string> RenderFeatures(const arrow::Schema& schema);

/// `schema` with the text under "huggingface"; other metadata stays.
std::shared_ptr<arrow::Schema> WithFeatures(const std::shared_ptr<arrow::Schema>& schema);

}  // namespace hubmill
