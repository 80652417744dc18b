#include "io/split_queries.h"

#include <utility>

#include "core/split_name.h"

namespace hubmill {
namespace {

/// Without what neither COPY (...) nor a subquery takes at the end.
std::string TrimQuery(std::string sql) {
  sql.resize(sql.find_last_not_of(" \t\r\n;") + 1);  // npos + 1 is 0
  return sql;
}

void AddError(const Setting& at, const OptionContext& context, const std::string& message,
              ErrorList* errors) {
  errors->Add(context.file, at.mark, context.owner + ": query: " + message);
}

void AddQuery(const std::string& split, const Setting& setting, const OptionContext& context,
              std::vector<SplitQuery>* queries, ErrorList* errors) {
  std::string sql;
  const std::string why = ReadValue(setting, &sql);
  sql = TrimQuery(std::move(sql));
  if (!why.empty() || sql.empty()) {
    AddError(setting, context, why.empty() ? "the text is empty" : why, errors);
  } else if (setting.secret) {
    AddError(setting, context, "it would stand in the manifest, and holds a secret", errors);
  } else if (const Status name = CheckSplitName(split); !name.ok()) {
    AddError(setting, context, name.message(), errors);
  } else {
    queries->push_back({split, std::move(sql)});
  }
}

}  // namespace

std::vector<SplitQuery> ReadSplitQueries(const Setting& setting, const OptionContext& context,
                                         ErrorList* errors) {
  std::vector<SplitQuery> queries;
  if (setting.kind != Setting::Kind::kMap) {
    AddQuery("train", setting, context, &queries, errors);
    return queries;
  }
  for (const auto& [split, query] : setting.entries) {
    AddQuery(split, query, context, &queries, errors);
  }
  if (setting.entries.empty()) AddError(setting, context, "there is none", errors);
  return queries;
}

void AlsoCheckQueries(SourceEntry* entry) {
  entry->check = [described = entry->check](const Setting& setting, const OptionContext& context,
                                            ErrorList* errors) {
    Setting options = described(setting, context, errors);
    const Setting* query = setting.kind == Setting::Kind::kMap ? setting.Find("query") : nullptr;
    if (query != nullptr) ReadSplitQueries(*query, context, errors);
    return options;
  };
}

}  // namespace hubmill
