#include "io/reject_writer.h"

#include <arrow/record_batch.h>
#include <errno.h>
#include <stdio.h>

#include <filesystem>
#include <nlohmann/json.hpp>

#include "io/hashed_file.h"
#include "io/json_rows.h"

namespace hubmill {
namespace {

constexpr size_t kBufferBytes = 1 << 20;

class RejectFile : public RejectWriter {
 public:
  RejectFile(HashedFile file, std::string path) : file_(std::move(file)), path_(std::move(path)) {}

  void BeginDataset(const std::string& name) override { dataset_ = name; }

  Status Reject(const RejectedRow& row, const arrow::RecordBatch* rows, int64_t index) override {
    nlohmann::ordered_json line{{"dataset", dataset_}, {"stage", row.stage}, {"reason", row.reason},
                                {"why", row.why},      {"file", row.file},   {"row", row.row}};
    std::string text = line.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
    text.pop_back();
    text += ",\"data\":";
    // A stage used twice is named pii_guard#2.
    if (rows == nullptr || row.stage.starts_with("pii_guard")) {
      text += "null";
    } else {
      ARROW_RETURN_NOT_OK(AppendRowJson(*rows, index, &text));
    }
    buffer_ += text + "}\n";
    return buffer_.size() < kBufferBytes ? Status::OK() : Flush();
  }

  Status Finish() override {
    ARROW_RETURN_NOT_OK(Flush());
    ARROW_RETURN_NOT_OK(file_.Close());
    if (rename(file_.path().c_str(), path_.c_str()) != 0) {
      return FileFailure("rename a file", path_, errno);
    }
    return Status::OK();
  }

 private:
  Status Flush() {
    ARROW_RETURN_NOT_OK(file_.Write(buffer_));
    buffer_.clear();
    return Status::OK();
  }

  HashedFile file_;
  const std::string path_;
  std::string dataset_;
  std::string buffer_;
};

}  // namespace

Result<std::unique_ptr<RejectWriter>> RejectWriter::Open(const std::string& dir) {
  const std::string path = dir + "/rejects.jsonl";
  const std::string part = path + ".part";
  std::error_code ignored;  // Create() reports what cannot be replaced.
  std::filesystem::remove(part, ignored);
  ARROW_ASSIGN_OR_RAISE(HashedFile file, HashedFile::Create(part));
  return std::unique_ptr<RejectWriter>(std::make_unique<RejectFile>(std::move(file), path));
}

Status CheckRejectsApart(const std::string& output_dir, const std::string& rejects_dir) {
  if (rejects_dir.empty() || output_dir.find("://") != std::string::npos) return Status::OK();
  namespace fs = std::filesystem;
  std::error_code ignored;  // What cannot be followed is reported where it is opened.
  const fs::path output = fs::weakly_canonical(fs::absolute(output_dir, ignored) / "", ignored);
  const fs::path rejects = fs::weakly_canonical(fs::absolute(rejects_dir, ignored) / "", ignored);
  const std::string apart = rejects.lexically_relative(output).string();
  if (output.empty() || apart.empty() || apart == ".." || apart.starts_with("../")) {
    return Status::OK();
  }
  return WrongUsage("the rejects would lie in the output folder: --rejects=", rejects_dir,
                    " --out=", output_dir, "; remedy: name a folder beside it");
}

}  // namespace hubmill
