// rename: gives columns other names.  No value is copied.
#include "stages/rename.h"

#include <map>
#include <set>

#include "stages/columns.h"

namespace hubmill {
namespace {

struct RenameOptions {
  StringMap columns;
  static void Describe(OptionTable<RenameOptions>& table) {
    table.Field("columns", &RenameOptions::columns, "Old name: new name.").Required();
  }
};

class Rename : public Transform {
 public:
  static Result<std::unique_ptr<Rename>> Make(RenameOptions options) {
    if (options.columns.empty()) {
      return WrongUsage("no column named: option=columns; remedy: write {old name: new name}");
    }
    for (const auto& [from, to] : options.columns) {
      if (to.empty()) {
        return WrongUsage("new name is empty: column=", from, "; remedy: give it a name");
      }
    }
    auto stage = std::make_unique<Rename>();
    stage->options_ = std::move(options);
    return stage;
  }

  Result<std::shared_ptr<arrow::Schema>> Bind(
      const std::shared_ptr<arrow::Schema>& input) override {
    std::vector<std::shared_ptr<arrow::Field>> fields = input->fields();
    for (const auto& [from, to] : options_.columns) {
      ARROW_ASSIGN_OR_RAISE(int index, ColumnIndex(*input, from));
      fields[size_t(index)] = input->field(index)->WithName(to);
    }
    std::set<std::string> names;
    for (const auto& field : fields) {
      if (!names.insert(field->name()).second) {
        return DataRefused("two columns would have the same name: column=", field->name(),
                           "; remedy: rename or drop one of them");
      }
    }
    schema_ = arrow::schema(std::move(fields), input->metadata());
    return schema_;
  }

  Result<Applied> Apply(const Batch& input) const override {
    Applied applied;
    applied.rows = arrow::RecordBatch::Make(schema_, input.rows->num_rows(), input.rows->columns());
    return applied;
  }

 private:
  RenameOptions options_;
  std::shared_ptr<arrow::Schema> schema_;
};

}  // namespace

StageEntry RenameStage() {
  return DefineStage<Rename, RenameOptions>(
      {.name = "rename",
       .summary = "Gives columns other names.",
       .details = "All names change at once, so two columns can swap names.  Positions, types and "
                  "values stay.\n\n"
                  "Refused: a column that does not exist (the error names the nearest one) and "
                  "names that would then stand twice.",
       .example = "- rename: {columns: {text: grievance, target: label}}\n",
       .shorthand = ""});
}

}  // namespace hubmill
