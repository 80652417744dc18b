#include "io/file_output.h"

#include <arrow/io/file.h>
#include <arrow/util/io_util.h>

#include <filesystem>

#include "io/hashed_file.h"

namespace hubmill {
namespace {

class FileOutput final : public arrow::io::OutputStream {
 public:
  FileOutput(std::string path, std::shared_ptr<arrow::io::OutputStream> file)
      : path_(std::move(path)), file_(std::move(file)) {}

  using arrow::io::OutputStream::Write;
  Status Write(const void* data, int64_t bytes) override {
    return Named("write a file", file_->Write(data, bytes));
  }
  Status Close() override { return Named("close a file", file_->Close()); }
  Result<int64_t> Tell() const override { return file_->Tell(); }
  bool closed() const override { return file_->closed(); }

 private:
  Status Named(const char* act, const Status& status) const {
    if (status.ok()) return status;
    return FileFailure(act, path_, arrow::internal::ErrnoFromStatus(status));
  }

  const std::string path_;
  const std::shared_ptr<arrow::io::OutputStream> file_;
};

}  // namespace

Result<std::shared_ptr<arrow::io::OutputStream>> OpenFileOutput(const std::string& path) {
  std::error_code error;
  const auto parent = std::filesystem::path(path).parent_path();
  if (!parent.empty()) std::filesystem::create_directories(parent, error);
  if (error) return FileFailure("create a folder", parent.string(), error.value());
  auto file = arrow::io::FileOutputStream::Open(path);
  if (!file.ok()) {
    return FileFailure("create a file", path, arrow::internal::ErrnoFromStatus(file.status()));
  }
  return std::make_shared<FileOutput>(path, std::move(file).ValueUnsafe());
}

Status WriteFile(const std::string& path, std::string_view bytes) {
  ARROW_ASSIGN_OR_RAISE(auto file, OpenFileOutput(path));
  ARROW_RETURN_NOT_OK(file->Write(bytes));
  return file->Close();
}

}  // namespace hubmill
