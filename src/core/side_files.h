// What few stages need beside rows; a stage that does derives from these too.
#pragma once

#include <string>
#include <vector>

#include "core/failure.h"
#include "core/source.h"
#include "core/uri_resolver.h"

namespace hubmill {

/// A stage that writes down which file a row came from.
class SeesFiles {
 public:
  virtual ~SeesFiles() = default;

  /// RowRun::file indexes these.  Called once, before Bind().
  virtual void BindFiles(const std::vector<SourceFile>& files) = 0;
};

/// A stage whose options name files that a URI may mean.
class SeesUris {
 public:
  virtual ~SeesUris() = default;

  /// Called once, before Bind(), where there is a resolver; it lives until Bind() returns.
  virtual void BindUris(UriResolver* uris) = 0;
};

/// A stage that leaves files of its own beside the rows: a catalog, an index.
class WritesFiles {
 public:
  virtual ~WritesFiles() = default;

  /// Called once after the last row, where no row refused the run.  Writes below `folder` only and
  /// returns the paths there.  What is written depends on the rows alone, not on their order.
  virtual Result<std::vector<std::string>> WriteFiles(const std::string& folder) = 0;
};

}  // namespace hubmill
