// hubmill signals schema: check a schema file, show a built-in one.
#include <memory>

#include "cli/hub_command.h"
#include "cli/signals_command.h"
#include "cli/terminal.h"

namespace hubmill {
namespace {

struct SchemaArguments {
  std::string file;
  std::string against;
  OutputArguments output;
};

/// A version that built-in schemas have means the features of one of them; the nearest is named.
Status CheckBuiltins(const SignalsSchema& schema) {
  Status nearest;
  size_t fewest = SIZE_MAX;
  for (const auto& [name, text] : BuiltinSchemas()) {
    ARROW_ASSIGN_OR_RAISE(const SignalsSchema builtin, FindSignalsSchema(name));
    if (builtin.version != schema.version) continue;
    const size_t changes = FeatureChanges(builtin.Keys(), schema.Keys()).size();
    if (changes >= fewest) continue;
    fewest = changes;
    nearest = CheckVersionKept(builtin, schema);
  }
  return nearest;
}

Status Check(const SchemaArguments& arguments) {
  ARROW_ASSIGN_OR_RAISE(const SignalsSchema schema, FindSignalsSchema(arguments.file));
  if (arguments.against.empty()) {
    ARROW_RETURN_NOT_OK(CheckBuiltins(schema));
  } else {
    ARROW_ASSIGN_OR_RAISE(const SignalsSchema before, FindSignalsSchema(arguments.against));
    ARROW_RETURN_NOT_OK(CheckVersionKept(before, schema));
  }
  HubFacts facts = {{"schema", schema.name},
                    {"schema_version", schema.version},
                    {"schema_hash", SchemaHash(schema.version, schema.Keys())},
                    {"legacy_schema_hash", LegacySchemaHash(schema.Keys())},
                    {"features", int64_t(schema.features.size())}};
  for (const FeatureType type : {FeatureType::kEnum, FeatureType::kCount, FeatureType::kDays,
                                 FeatureType::kRatio, FeatureType::kFlag, FeatureType::kNumber}) {
    int64_t count = 0;
    for (const SignalsFeature& feature : schema.features) count += feature.type == type ? 1 : 0;
    if (count > 0) facts.emplace_back(Concat("features_", NameOf(type)), count);
  }
  PrintHubFacts(arguments.output, facts);
  return Status::OK();
}

Status Show(const std::string& name) {
  std::vector<std::string> names;
  for (const auto& [known, text] : BuiltinSchemas()) {
    if (known == name) {
      PrintFacts(text);
      return Status::OK();
    }
    names.push_back(known);
  }
  const std::string nearest = NearestName(name, names);
  return WrongUsage(
      "no built-in schema has this name: name=", name, "; remedy: ",
      nearest.empty() ? "signals_v1 or signals_v1_48" : "did you mean " + nearest + "?");
}

}  // namespace

void AddSignalsSchemaCommands(CLI::App& signals, CommandContext* context) {
  CLI::App* schema = signals.add_subcommand("schema", "Which features may be exported");
  schema->require_subcommand(1);
  auto arguments = std::make_shared<SchemaArguments>();
  CLI::App* check = schema->add_subcommand("check", "Check a schema file; print its hashes");
  check->footer(
      "Examples:\n  hubmill signals schema check signals_v1\n"
      "  hubmill signals schema check team.yaml --against team-old.yaml");
  check->add_option("FILE", arguments->file, "A schema file, or a built-in one's name")->required();
  check->add_option("--against", arguments->against,
                    "The schema before: other features need another schema_version");
  check->add_flag("--json", arguments->output.json, "Facts as one JSON object");
  check->add_flag("--quiet,-q", arguments->output.quiet, "No facts, only errors");
  check->callback([arguments, context] {
    const Status status = Check(*arguments);
    if (!status.ok()) context->exit_status = ReportFailure(status);
  });
  auto name = std::make_shared<std::string>();
  CLI::App* show = schema->add_subcommand("show", "The YAML of a built-in schema, to copy");
  show->footer("Example:\n  hubmill signals schema show signals_v1 > team.yaml");
  show->add_option("NAME", *name, "signals_v1, signals_v1_48")->required();
  show->callback([name, context] {
    const Status status = Show(*name);
    if (!status.ok()) context->exit_status = ReportFailure(status);
  });
}

}  // namespace hubmill
