// encode_label: turns label texts into the ids a classifier is trained on, exactly as listed.
//
// A text that is not in the list is not shown unless the recipe asks for it: it may be a person's
// words in the wrong column.
#include "stages/encode_label.h"

#include <arrow/array/builder_primitive.h>
#include <arrow/util/key_value_metadata.h>

#include <nlohmann/json.hpp>
#include <unordered_map>

#include "core/shown_data.h"
#include "stages/columns.h"
#include "text/pii.h"

namespace hubmill {
namespace {

struct EncodeLabelOptions {
  std::string column;
  Setting labels;
  std::string to;
  std::string unknown = "fail";
  double unknown_max = 1;
  bool show_unknown = false;
  static void Describe(OptionTable<EncodeLabelOptions>& table) {
    table.Field("column", &EncodeLabelOptions::column, "The text column with the labels.")
        .Required();
    table
        .Field("labels", &EncodeLabelOptions::labels,
               "List of the labels, ids 0, 1, … in this order; or a map label: id.")
        .Required();
    table.Field("to", &EncodeLabelOptions::to,
                "The new column for the ids; empty replaces the labels.");
    table
        .Field("unknown", &EncodeLabelOptions::unknown,
               "What becomes of null and of a text that is not listed.")
        .Choices({"fail", "drop", "null"});
    table
        .Field("unknown_max", &EncodeLabelOptions::unknown_max,
               "The part of the rows that may be unknown; above it the run is refused.")
        .Range(0, 1);
    table.Field("show_unknown", &EncodeLabelOptions::show_unknown,
                "Name unknown labels in the report; for columns that hold labels alone.");
  }
};

constexpr size_t kShownMax = 20;        // Different unknown labels that the report names.
constexpr size_t kShownBytesMax = 100;  // Of one; more is no label.

struct TextHash {
  using is_transparent = void;
  size_t operator()(std::string_view text) const { return std::hash<std::string_view>()(text); }
};
using IdOfLabel = std::unordered_map<std::string, int64_t, TextHash, std::equal_to<>>;

Result<IdOfLabel> ReadLabels(const Setting& labels, std::vector<std::string>* class_names) {
  std::vector<std::pair<std::string, int64_t>> pairs;
  if (labels.kind == Setting::Kind::kMap) {
    for (const auto& [name, value] : labels.entries) {
      int64_t id = 0;
      const std::string error = ReadValue(value, &id);
      if (!error.empty()) {
        return WrongUsage("id of a label is not an integer: label=", name,
                          "; remedy: write a whole number");
      }
      pairs.emplace_back(name, id);
    }
  } else {
    std::vector<std::string> names;
    const std::string error = ReadValue(labels, &names);
    if (!error.empty()) {
      return WrongUsage("labels cannot be read: ", error, "; remedy: labels: [first, second]");
    }
    for (std::string& name : names) {
      const auto id = int64_t(pairs.size());
      pairs.emplace_back(std::move(name), id);
    }
  }
  if (pairs.empty()) return WrongUsage("labels is empty; remedy: list the labels");
  IdOfLabel ids;
  class_names->assign(pairs.size(), "");
  bool dense = true;  // Ids are 0 … n-1, each once.
  std::vector<bool> taken(pairs.size(), false);
  for (const auto& [name, id] : pairs) {
    if (!ids.emplace(name, id).second) {
      return WrongUsage("label listed twice: label=", name, "; remedy: list it once");
    }
    if (id < 0 || id >= int64_t(pairs.size()) || taken[size_t(id)]) {
      dense = false;
    } else {
      taken[size_t(id)] = true;
      (*class_names)[size_t(id)] = name;
    }
  }
  if (!dense) class_names->clear();
  return ids;
}

/// A batch encoded, and the unknown texts in it that may be named.
struct Encoded : Prepared {
  Applied applied;
  std::vector<std::string> unknown;  // One a row, in row order.
};

/// An unknown label as the report may name it.
std::string ShownLabel(const TextView& text, int64_t row) {
  if (text.IsNull(row)) return "null";
  const std::string_view label = text[row];
  std::vector<PiiHit> hits;
  if (label.size() > kShownBytesMax) return "(a long text)";
  ScanPii(label, kAllPiiKinds, &hits);
  if (!hits.empty()) return "(personal data)";
  return Concat('"', label, '"');
}

class EncodeLabel : public Decider {
 public:
  static Result<std::unique_ptr<EncodeLabel>> Make(EncodeLabelOptions options) {
    auto stage = std::make_unique<EncodeLabel>();
    ARROW_ASSIGN_OR_RAISE(stage->ids_, ReadLabels(options.labels, &stage->class_names_));
    stage->options_ = std::move(options);
    if (stage->options_.to.empty()) stage->options_.to = stage->options_.column;
    return stage;
  }

  Result<std::shared_ptr<arrow::Schema>> Bind(
      const std::shared_ptr<arrow::Schema>& input) override {
    ARROW_ASSIGN_OR_RAISE(from_, TextColumnIndex(*input, options_.column));
    auto field = arrow::field(options_.to, arrow::int64());
    if (!class_names_.empty()) {
      field = field->WithMetadata(arrow::key_value_metadata(
          {{"hubmill.class_names", nlohmann::json(class_names_).dump()}}));
    }
    if (options_.to == options_.column) {
      place_ = from_;
      ARROW_ASSIGN_OR_RAISE(schema_, input->SetField(place_, field));
    } else {
      if (!input->GetAllFieldIndices(options_.to).empty()) {
        return DataRefused("column exists already: column=", options_.to,
                           "; remedy: choose another name for option to");
      }
      place_ = input->num_fields();
      ARROW_ASSIGN_OR_RAISE(schema_, input->AddField(place_, field));
    }
    return schema_;
  }

  Result<std::unique_ptr<Prepared>> Prepare(const Batch& input) const override {
    const int64_t rows = input.rows->num_rows();
    const auto array = input.rows->column(from_);
    const TextView text(*array);
    arrow::Int64Builder builder;
    ARROW_RETURN_NOT_OK(builder.Reserve(rows));
    auto encoded = std::make_unique<Encoded>();
    Applied& applied = encoded->applied;
    int64_t unknown = 0;
    for (int64_t row = 0; row < rows; ++row) {
      const auto found = text.IsNull(row) ? ids_.end() : ids_.find(text[row]);
      if (found != ids_.end()) {
        builder.UnsafeAppend(found->second);
        continue;
      }
      builder.UnsafeAppendNull();
      ++unknown;
      if (options_.show_unknown) encoded->unknown.push_back(ShownLabel(text, row));
      if (options_.unknown == "drop") {
        applied.drops.push_back({.row = row, .reason = "unknown_label"});
      } else if (options_.unknown == "fail") {
        applied.violations.push_back(
            {.row = row,
             .what = Concat(text.IsNull(row) ? "null label" : "unknown label",
                            ": column=", options_.column)});
      }
    }
    if (unknown > 0) applied.counts["unknown_labels"] = unknown;
    auto columns = input.rows->columns();
    columns.resize(size_t(schema_->num_fields()));
    ARROW_ASSIGN_OR_RAISE(columns[size_t(place_)], builder.Finish());
    applied.rows = arrow::RecordBatch::Make(schema_, rows, std::move(columns));
    return encoded;
  }

  Result<Applied> Decide(const Batch& input, const Prepared& prepared) override {
    const auto& encoded = static_cast<const Encoded&>(prepared);
    rows_ += input.rows->num_rows();
    const auto found = encoded.applied.counts.find("unknown_labels");
    if (found != encoded.applied.counts.end()) unknown_ += found->second;
    for (const std::string& label : encoded.unknown) {
      const bool room = shown_.size() < kShownMax || shown_.contains(label);
      ++shown_[room ? label : "others"];
    }
    return encoded.applied;
  }

  Status Finish(std::map<std::string, int64_t>* counts) override {
    for (const auto& [label, count] : shown_) (*counts)["unknown_label " + label] = count;
    if (double(unknown_) <= options_.unknown_max * double(rows_)) return Status::OK();
    std::string names;
    for (const auto& [label, count] : shown_) {
      names += Concat(names.empty() ? "\n  labels: " : ", ", label, " (", count, ")");
    }
    return WithShownData(
        DataRefused("too many rows have an unknown label: column=", options_.column,
                    " rows=", unknown_, " of=", rows_, " part_max=", options_.unknown_max,
                    "; remedy: correct the labels, list them, or raise unknown_max"),
        names);
  }

 private:
  EncodeLabelOptions options_;
  IdOfLabel ids_;
  std::vector<std::string> class_names_;  // Empty unless the ids are 0 … n-1.
  int from_ = 0;
  int place_ = 0;
  std::shared_ptr<arrow::Schema> schema_;
  int64_t rows_ = 0;
  int64_t unknown_ = 0;
  std::map<std::string, int64_t> shown_;  // Of kShownMax labels at most, and "others".
};

}  // namespace

StageEntry EncodeLabelStage() {
  return DefineStage<EncodeLabel, EncodeLabelOptions>(
      {.name = "encode_label",
       .summary = "Turns label texts into integer ids.",
       .details =
           "Labels are compared exactly: case, spaces and punctuation count.  The ids are int64, "
           "whatever the data.  Where the ids are 0 to n-1, the names are kept in the column's "
           "metadata (`hubmill.class_names`), from which a sink writes ClassLabel features.\n\n"
           "`unknown` says what becomes of null and of a text that is not listed: `fail` looks at "
           "all rows, then refuses the run; `drop` drops the row with the reason `unknown_label`; "
           "`null` leaves a null.  They are counted as `unknown_labels`; where they are more than "
           "the part "
           "`unknown_max` of all rows, the run is refused.  The text is not shown, unless "
           "`show_unknown` asks for it: then up to 20 different ones are counted as "
           "`unknown_label \"TEXT\"`, those with personal data without their text.  They are shown "
           "to "
           "whoever runs it; neither the manifest nor the message of a failure names them.\n\n"
           "Refused: a column that is not text, a label listed twice, and a `to` that exists.",
       .example = "- encode_label: {column: urgency, to: label, "
                  "labels: [NORMAL, URGENT, HIGHLY URGENT], unknown: drop}\n",
       .shorthand = ""});
}

}  // namespace hubmill
