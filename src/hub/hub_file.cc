#include "hub/hub_file.h"

#include <arrow/buffer.h>

#include <algorithm>
#include <cstring>
#include <deque>
#include <future>

#include "core/parallel.h"
#include "hub/digest.h"
#include "net/redact.h"

namespace hubmill {
namespace {

/// What both kinds of Arrow file have: a place, and Read() in its two forms.
template <typename Base>
class PlacedFile : public Base {
 public:
  explicit PlacedFile(std::shared_ptr<HubFile> file) : file_(std::move(file)) {}

  Status Close() override {
    closed_ = true;
    return Status::OK();
  }
  bool closed() const override { return closed_; }
  Result<int64_t> Tell() const override { return position_; }
  Result<std::shared_ptr<arrow::Buffer>> Read(int64_t count) override {
    count = std::min(count, size() - position_);
    ARROW_ASSIGN_OR_RAISE(auto buffer, arrow::AllocateResizableBuffer(count));
    ARROW_ASSIGN_OR_RAISE(count, this->Read(count, buffer->mutable_data()));
    ARROW_RETURN_NOT_OK(buffer->Resize(count));
    return std::shared_ptr<arrow::Buffer>(std::move(buffer));
  }
  using Base::Read;

 protected:
  int64_t size() const { return file_->facts().size_bytes; }

  const std::shared_ptr<HubFile> file_;
  int64_t position_ = 0;
  bool closed_ = false;
};

class HubStream final : public PlacedFile<arrow::io::InputStream> {
 public:
  explicit HubStream(std::shared_ptr<HubFile> file)
      : PlacedFile(std::move(file)),
        digest_(KindOfDigest(file_->facts().digest), file_->facts().size_bytes) {}

  using PlacedFile::Read;
  Result<int64_t> Read(int64_t count, void* out) override {
    if (position_ == size()) return 0;
    if (at_ == piece_.size()) ARROW_RETURN_NOT_OK(NextPiece());
    const size_t given = std::min(static_cast<size_t>(count), piece_.size() - at_);
    std::memcpy(out, piece_.data() + at_, given);
    at_ += given;
    position_ += static_cast<int64_t>(given);
    return static_cast<int64_t>(given);
  }

 private:
  Status NextPiece() {
    const int64_t pieces = file_->piece_count();
    if (ahead_.empty()) Begin();
    piece_.clear();
    Result<std::string> read = ahead_.front().get();
    ahead_.pop_front();
    if (!read.ok()) {
      begun_ = taken_;  // A later call asks for it again.
      ahead_.clear();
      return read.status();
    }
    ++taken_;
    depth_ = std::min(2 * depth_, kHubPiecesAhead);
    while (begun_ < pieces && static_cast<int>(ahead_.size()) < depth_) Begin();
    digest_.Update(*read);
    if (taken_ == pieces && digest_.Hex() != file_->facts().digest) return file_->RefuseDigest();
    piece_ = std::move(read).ValueUnsafe();
    at_ = 0;
    return Status::OK();
  }

  void Begin() {
    ahead_.push_back(std::async(std::launch::async,
                                [file = file_, index = begun_] { return file->ReadPiece(index); }));
    ++begun_;
  }

  DigestStream digest_;
  std::string piece_;
  size_t at_ = 0;      // Of piece_.
  int64_t taken_ = 0;  // Pieces.
  int64_t begun_ = 0;
  int depth_ = 1;
  std::deque<std::future<Result<std::string>>> ahead_;
};

class HubRandomAccess final : public PlacedFile<arrow::io::RandomAccessFile> {
 public:
  using PlacedFile::PlacedFile;
  using PlacedFile::Read;

  Result<int64_t> GetSize() override { return size(); }
  Status Seek(int64_t position) override {
    if (position < 0 || position > size()) return Status::Invalid("a place outside of the file");
    position_ = position;
    return Status::OK();
  }
  Result<int64_t> Read(int64_t count, void* out) override {
    ARROW_ASSIGN_OR_RAISE(count, ReadAt(position_, count, out));
    position_ += count;
    return count;
  }
  Result<int64_t> ReadAt(int64_t first, int64_t count, void* out) override {
    if (first < 0 || count < 0 || first > size()) {
      return Status::Invalid("a place outside of the file");
    }
    count = std::min(count, size() - first);
    ARROW_RETURN_NOT_OK(file_->ReadAt(first, count, static_cast<uint8_t*>(out)));
    return count;
  }
  Result<std::shared_ptr<arrow::Buffer>> ReadAt(int64_t first, int64_t count) override {
    if (first < 0 || count < 0 || first > size()) {
      return Status::Invalid("a place outside of the file");
    }
    count = std::min(count, size() - first);
    ARROW_ASSIGN_OR_RAISE(auto buffer, arrow::AllocateBuffer(count));
    ARROW_RETURN_NOT_OK(file_->ReadAt(first, count, buffer->mutable_data()));
    return std::shared_ptr<arrow::Buffer>(std::move(buffer));
  }
};

}  // namespace

HubFile::HubFile(std::shared_ptr<HubReading> reading, RepoId repo, std::string path,
                 FileFacts facts)
    : reading_(std::move(reading)),
      repo_(std::move(repo)),
      path_(std::move(path)),
      facts_(std::move(facts)) {}

int64_t HubFile::piece_count() const {
  return (facts_.size_bytes + kHubPieceBytes - 1) / kHubPieceBytes;
}

Result<std::string> HubFile::Read(int64_t first, int64_t count) {
  const std::string name =
      Concat("parts/", facts_.digest.substr(0, 2), "/", facts_.digest, "/", first, "-", count);
  if (auto cached = reading_->cache->Read(name)) return std::move(*cached);
  reading_->transfers.acquire();
  Result<std::string> bytes =
      reading_->client->ReadRange(repo_, facts_, path_, first, count, reading_->progress);
  reading_->transfers.release();
  if (bytes.ok()) reading_->cache->Write(name, *bytes);
  return bytes;
}

Result<std::string> HubFile::ReadPiece(int64_t index) {
  const int64_t first = index * kHubPieceBytes;
  return Read(first, std::min(kHubPieceBytes, facts_.size_bytes - first));
}

Result<std::shared_ptr<const std::string>> HubFile::Kept(int64_t first) {
  const std::lock_guard lock(mutex_);
  if (kept_ == nullptr) {
    ARROW_ASSIGN_OR_RAISE(std::string bytes, Read(first, facts_.size_bytes - first));
    kept_ = std::make_shared<const std::string>(std::move(bytes));
  }
  return kept_;
}

Status HubFile::ReadAt(int64_t first, int64_t count, uint8_t* out) {
  if (count == 0) return Status::OK();
  const bool small = facts_.size_bytes <= kHubPieceBytes;
  const int64_t kept_first = small ? 0 : facts_.size_bytes - kHubTailBytes;
  if (first >= kept_first) {
    ARROW_ASSIGN_OR_RAISE(const auto kept, Kept(kept_first));
    std::memcpy(out, kept->data() + (first - kept_first), static_cast<size_t>(count));
    return Status::OK();
  }
  const int64_t index_first = first / kHubPieceBytes;
  const int64_t index_last = (first + count - 1) / kHubPieceBytes;
  return ForEachParallel(
      static_cast<size_t>(index_last - index_first + 1), reading_->threads, [&](size_t i) {
        const int64_t index = index_first + static_cast<int64_t>(i);
        const int64_t begin = std::max(first, index * kHubPieceBytes);
        const int64_t end = std::min(first + count, (index + 1) * kHubPieceBytes);
        ARROW_ASSIGN_OR_RAISE(const std::string bytes, Read(begin, end - begin));
        std::copy(bytes.begin(), bytes.end(), out + (begin - first));
        return Status::OK();
      });
}

Status HubFile::RefuseDigest() {
  reading_->cache->Remove(Concat("parts/", facts_.digest.substr(0, 2), "/", facts_.digest));
  return Failure(FailureKind::kService,
                 Concat("a file from the Hub has a wrong checksum: repo=", repo_.full(),
                        " path=", OneLine(path_, 120), " wanted=", facts_.digest,
                        "; remedy: run this again; if it stays, the Hub or a proxy alters files"));
}

std::shared_ptr<arrow::io::InputStream> OpenHubStream(std::shared_ptr<HubFile> file) {
  return std::make_shared<HubStream>(std::move(file));
}

std::shared_ptr<arrow::io::RandomAccessFile> OpenHubRandomAccess(std::shared_ptr<HubFile> file) {
  return std::make_shared<HubRandomAccess>(std::move(file));
}

}  // namespace hubmill
