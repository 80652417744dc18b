// What the routes of data sets share: the set, split and columns that a query names.
#pragma once

#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "server/api_call.h"

namespace hubmill::server {

inline constexpr size_t kNameCharsMax = 300;       // Of a query value that names something.
inline constexpr size_t kQuestionCharsMax = 1000;  // Of `q` and `filter`.

/// CheckQuery(), and kWrongUsage where a value is longer than that; `columns` and `key` may be.
Status CheckDataQuery(const ApiCall& call, std::initializer_list<std::string_view> names);

/// A 404.
http::Response NoSuchSet();

/// The set that the query's `set` and `revision` name; a 404 in `refusal` where there is none.
Result<std::shared_ptr<OpenSet>> SetOfCall(const ApiCall& call,
                                           std::optional<http::Response>* refusal);

/// The rows of the split that `config` and `split` of the query name.
Result<std::shared_ptr<RowTable>> TableOfCall(const ApiCall& call, OpenSet& set);

/// A query value that is a JSON array of texts; empty where absent.  kWrongUsage for anything else.
Result<std::vector<std::string>> TextsOf(const ApiCall& call, const char* name);

/// Appends {"row": number, "cells": […]} for the row at `index` of the batch.
void AppendRow(const arrow::RecordBatch& batch, int64_t index, int64_t number, std::string* out);

/// The set's manifest, where it is a JSON object of some sense; else null.
nlohmann::ordered_json ManifestOf(const DataSet& set);

/// A JSON text as an answer.
http::Response JsonText(std::string text);

}  // namespace hubmill::server
