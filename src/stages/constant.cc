// constant: adds columns that hold the same value in every row, typed as YAML types the value.
#include "stages/constant.h"

#include <arrow/array/util.h>
#include <arrow/scalar.h>

#include "stages/columns.h"

namespace hubmill {
namespace {

struct ConstantOptions {
  Setting columns;
  StringMap types;
  bool replace = false;
  static void Describe(OptionTable<ConstantOptions>& table) {
    table.Field("columns", &ConstantOptions::columns, "Column name: value.").Required();
    table.Field("types", &ConstantOptions::types, "Column name: type, where YAML's is not meant.");
    table.Field("replace", &ConstantOptions::replace,
                "Replace a column that exists already; else it is an error.");
  }
};

bool IsNullText(const Setting& value) {
  if (value.kind == Setting::Kind::kNull) return true;
  return !value.quoted && (value.scalar.empty() || value.scalar == "null" || value.scalar == "~");
}

/// The value of one column; `type` may be null.
Result<std::shared_ptr<arrow::Scalar>> ValueOf(const std::string& name, const Setting& value,
                                               std::shared_ptr<arrow::DataType> type) {
  if (value.kind == Setting::Kind::kList || value.kind == Setting::Kind::kMap) {
    return WrongUsage("value is not a scalar: column=", name,
                      "; remedy: write a text, a number, true or false");
  }
  if (value.secret) {
    return WrongUsage("a secret would be written to the data: column=", name,
                      "; remedy: use a parameter that is not secret");
  }
  if (IsNullText(value)) {
    if (type == nullptr) {
      return WrongUsage("a null value has no type: column=", name, "; remedy: name it in types");
    }
    return arrow::MakeNullScalar(type);
  }
  if (type == nullptr) {
    bool truth = false;
    int64_t integer = 0;
    double number = 0;
    if (!value.quoted && ReadValue(value, &integer).empty()) {
      return std::make_shared<arrow::Int64Scalar>(integer);
    }
    if (!value.quoted && ReadValue(value, &number).empty()) {
      return std::make_shared<arrow::DoubleScalar>(number);
    }
    if (!value.quoted && ReadValue(value, &truth).empty()) {
      return std::make_shared<arrow::BooleanScalar>(truth);
    }
    return std::make_shared<arrow::StringScalar>(value.scalar);
  }
  auto parsed = arrow::Scalar::Parse(type, value.scalar);
  if (!parsed.ok()) {
    return WrongUsage("value does not fit the type: column=", name, " type=", type->ToString(),
                      "; remedy: change the value or the type");
  }
  return parsed;
}

class Constant : public Transform {
 public:
  static Result<std::unique_ptr<Constant>> Make(ConstantOptions options) {
    if (options.columns.kind != Setting::Kind::kMap || options.columns.entries.empty()) {
      return WrongUsage("columns is not a map of values; remedy: write {column: value}");
    }
    auto stage = std::make_unique<Constant>();
    stage->replace_ = options.replace;
    std::vector<std::string> names;
    for (const auto& [name, value] : options.columns.entries) names.push_back(name);
    std::map<std::string, std::shared_ptr<arrow::DataType>> types;
    for (const auto& [name, text] : options.types) {
      if (options.columns.Find(name) == nullptr) {
        const std::string nearest = NearestName(name, names);
        return WrongUsage("types names no column of this stage: column=", name, "; remedy: ",
                          nearest.empty() ? "add it to columns" : "did you mean " + nearest + "?");
      }
      ARROW_ASSIGN_OR_RAISE(types[name], ParseColumnType(text));
    }
    for (const auto& [name, value] : options.columns.entries) {
      ARROW_ASSIGN_OR_RAISE(auto scalar, ValueOf(name, value, types[name]));
      stage->values_.push_back({name, std::move(scalar)});
    }
    return stage;
  }

  Result<std::shared_ptr<arrow::Schema>> Bind(
      const std::shared_ptr<arrow::Schema>& input) override {
    schema_ = input;
    for (const auto& [name, value] : values_) {
      auto field = arrow::field(name, value->type);
      int index = schema_->num_fields();
      if (schema_->GetFieldIndex(name) >= 0 || !schema_->GetAllFieldIndices(name).empty()) {
        if (!replace_) {
          return DataRefused("column exists already: column=", name,
                             "; remedy: choose another name, or set replace: true");
        }
        ARROW_ASSIGN_OR_RAISE(index, ColumnIndex(*schema_, name));
        ARROW_ASSIGN_OR_RAISE(schema_, schema_->SetField(index, field));
      } else {
        ARROW_ASSIGN_OR_RAISE(schema_, schema_->AddField(index, field));
      }
      places_.push_back(index);
    }
    return schema_;
  }

  Result<Applied> Apply(const Batch& input) const override {
    const int64_t rows = input.rows->num_rows();
    std::vector<std::shared_ptr<arrow::Array>> columns = input.rows->columns();
    columns.resize(size_t(schema_->num_fields()));
    for (size_t i = 0; i < values_.size(); ++i) {
      ARROW_ASSIGN_OR_RAISE(columns[size_t(places_[i])],
                            arrow::MakeArrayFromScalar(*values_[i].second, rows));
    }
    Applied applied;
    applied.rows = arrow::RecordBatch::Make(schema_, rows, std::move(columns));
    return applied;
  }

 private:
  bool replace_ = false;
  std::vector<std::pair<std::string, std::shared_ptr<arrow::Scalar>>> values_;
  std::vector<int> places_;
  std::shared_ptr<arrow::Schema> schema_;
};

}  // namespace

StageEntry ConstantStage() {
  return DefineStage<Constant, ConstantOptions>(
      {.name = "constant",
       .summary = "Adds columns that hold the same value in every row.",
       .details =
           "A value has the type that YAML gives it: `3` is an int64, `0.5` a float64, `true` a "
           "bool, anything else and everything in quotes a string.  `types` says otherwise, and "
           "is needed for null.  New columns stand at the end, in the order written.\n\n"
           "Refused: a column that exists already (unless `replace: true`), a list or map, and a "
           "secret parameter, since the value would be published.",
       .example = "- constant: {columns: {source: gsm8k, version: \"1.0\", weight: 1}, "
                  "types: {weight: float64}}\n",
       .shorthand = ""});
}

}  // namespace hubmill
