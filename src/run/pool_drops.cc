#include "run/pool_drops.h"

#include <utility>

#include "core/side_files.h"
#include "hubmill/hubmill.h"

namespace hubmill {
namespace {

/// Equal texts have equal hashes, which are shorter.
std::string TextKey(const arrow::Schema& schema) {
  return schema.GetFieldIndex("text_sha1") >= 0 ? "text_sha1" : "text";
}

Setting OptionsOf(const std::string& key, const std::vector<std::string>& values) {
  std::vector<Setting> items;
  for (const std::string& value : values) {
    items.push_back(Setting::Scalar(value));
    items.back().quoted = true;
  }
  Setting map;
  map.kind = Setting::Kind::kMap;
  map.entries.emplace_back(key, Setting::List(std::move(items)));
  map.entry_marks.push_back({});
  return map;
}

}  // namespace

std::vector<std::string> PoolDropColumns(const PoolDropOptions& options,
                                         const arrow::Schema& schema) {
  std::vector<std::string> columns;
  if (!options.decontaminate.empty()) columns.emplace_back("text");
  if (options.dedup) columns.push_back(TextKey(schema));
  return columns;
}

Result<PoolDrops> PoolDrops::Bind(const PoolDropOptions& options,
                                  const std::shared_ptr<arrow::Schema>& schema, UriResolver* uris) {
  PoolDrops out;
  std::vector<std::pair<std::string, Setting>> uses;
  if (!options.decontaminate.empty()) {
    uses.emplace_back("decontaminate", OptionsOf("sets", options.decontaminate));
  }
  if (options.dedup) uses.emplace_back("dedup_exact", OptionsOf("columns", {TextKey(*schema)}));
  for (const auto& [name, setting] : uses) {
    ARROW_ASSIGN_OR_RAISE(Stage stage, AllBlocks().stages.at(name).make(setting, {}));
    NamedStage named{.name = name, .schema = schema};  // Neither changes a column.
    const auto bind = [&](auto& made) -> Status {
      if (auto* reader = dynamic_cast<SeesUris*>(made.get())) reader->BindUris(uris);
      return made->Bind(schema).status();
    };
    ARROW_RETURN_NOT_OK(std::visit(bind, stage));
    if (auto* transform = std::get_if<std::unique_ptr<Transform>>(&stage)) {
      named.transform = transform->get();
    } else {
      named.decider = std::get<std::unique_ptr<Decider>>(stage).get();
    }
    out.stages.push_back(std::move(stage));
    out.named.push_back(std::move(named));
  }
  return out;
}

}  // namespace hubmill
