// Files to findings: cached, in batches, in parallel, within bounds, and whatever one file does to
// a tool is that file's failure alone.
//
// A batch that fails (crash, time, memory, an answer that is not understood) is halved until single
// files remain; these are the ones that get a failure.  Batches of all tools wait in one queue, the
// slow tools first; the results do not depend on threads or batches.
#pragma once

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "core/executor.h"
#include "security/configs/config_file.h"
#include "security/tools/tool_adapter.h"
#include "security/tools/tool_cache.h"

namespace hubmill {

struct Tool {
  std::unique_ptr<ToolAdapter> adapter;
  std::string program;  // Absolute.
  std::string version;  // Its number.
};

struct ToolRunOptions {
  int threads = 0;           // 0: one a core.
  int time_limit_s = 120;    // Of one file; a call with n files gets n/64 times more.
  int64_t memory_bytes = 0;  // Of a call; 0: each tool's own bound.
  std::string cache_dir;     // Empty: none.
};

struct FileScan {
  std::vector<Finding> findings;  // By tool as kToolIds has them, then sorted.
  std::string failure;            // Why there is no whole answer, of the first tool; else empty.
  std::string failed_tool;
};

struct ToolUse {
  int64_t texts = 0;     // Different ones that it was asked about.
  int64_t cached = 0;    // Of these, known already.
  int64_t calls = 0;     // Processes.
  int64_t failures = 0;  // Texts without an answer.
  int64_t findings = 0;  // In all files.
};

struct ScanReport {
  std::vector<FileScan> files;  // As given.
  std::map<std::string, ToolUse> tools;
};

/// Every tool says what it has to say about every file that it reads.  `progress` may be null;
/// rows_read counts texts.  Fails where a program cannot be started, or on cancel.
Result<ScanReport> ScanConfigs(std::span<const Tool> tools, std::span<const ConfigFile> files,
                               const ToolRunOptions& options, Progress* progress);

}  // namespace hubmill
