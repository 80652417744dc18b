// Arrow reports most damage of a Parquet file as a Status and some as an exception: both become a
// refusal that names the file.
#pragma once

#include <parquet/exception.h>

#include <exception>
#include <string>
#include <string_view>

#include "io/input_files.h"
#include "net/redact.h"

namespace hubmill {

/// `message`: Arrow's and Thrift's go over several lines.
inline Status BrokenParquet(const std::string& file, std::string_view message) {
  std::string why = OneLine(message);
  while (why.ends_with(' ')) why.pop_back();
  if (IsServiceFailure(why)) return ServiceFailure("read a file", file, why);
  return DataRefused("a Parquet file is broken: file=", file, " why=", why,
                     "; remedy: copy or download it again");
}

/// What `function` returns, a Result.  Failures of a kind of their own pass.
template <typename Function>
auto GuardParquet(const std::string& file, const Function& function) -> decltype(function()) {
  try {
    auto out = function();
    if (out.ok() || out.status().detail() != nullptr) return out;
    return BrokenParquet(file, out.status().message());
  } catch (const parquet::ParquetStatusException& error) {
    if (error.status().detail() != nullptr) return error.status();
    return BrokenParquet(file, error.what());
  } catch (const std::exception& error) {
    return BrokenParquet(file, error.what());
  }
}

}  // namespace hubmill
