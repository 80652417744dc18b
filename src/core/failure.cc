#include "core/failure.h"

#include <memory>

#include "base/check.h"
#include "core/late_answer.h"
#include "core/shown_data.h"
#include "core/too_few_rows.h"

namespace hubmill {
namespace {

constexpr char kDetailType[] = "hubmill::FailureDetail";

class FailureDetail : public arrow::StatusDetail {
 public:
  explicit FailureDetail(FailureKind kind) : kind_(kind) {}
  const char* type_id() const override { return kDetailType; }
  std::string ToString() const override { return "exit=" + std::to_string(int(kind_)); }
  FailureKind kind() const { return kind_; }

 private:
  FailureKind kind_;
};

class TooFewRowsDetail : public FailureDetail {
 public:
  explicit TooFewRowsDetail(const TooFewRows& too_few)
      : FailureDetail(FailureKind::kDataRefused), too_few_(too_few) {}
  const TooFewRows& too_few() const { return too_few_; }

 private:
  TooFewRows too_few_;
};

class LateAnswerDetail : public FailureDetail {
 public:
  LateAnswerDetail() : FailureDetail(FailureKind::kService) {}
};

class ShownDataDetail : public FailureDetail {
 public:
  ShownDataDetail(FailureKind kind, std::string data)
      : FailureDetail(kind), data_(std::move(data)) {}
  const std::string& data() const { return data_; }

 private:
  std::string data_;
};

arrow::StatusCode CodeOf(FailureKind kind) {
  return kind == FailureKind::kRunFailed || kind == FailureKind::kService
             ? arrow::StatusCode::IOError
             : arrow::StatusCode::Invalid;
}

}  // namespace

Status Failure(FailureKind kind, std::string message) {
  return Status(CodeOf(kind), std::move(message), std::make_shared<FailureDetail>(kind));
}

FailureKind KindOf(const Status& status) {
  HUBMILL_CHECK(!status.ok(), "only a failure has a kind");
  const auto& detail = status.detail();
  if (detail == nullptr || detail->type_id() != kDetailType) return FailureKind::kRunFailed;
  return static_cast<const FailureDetail&>(*detail).kind();
}

Status WithContext(const Status& status, const std::string& context) {
  if (status.ok()) return status;
  return Status(status.code(), context + status.message(), status.detail());
}

Status Refusal(const TooFewRows& too_few) {
  return Status(CodeOf(FailureKind::kDataRefused),
                Concat("too few rows: ", too_few.rows, " < ", too_few.needed,
                       "; remedy: wait until there are more, or lower the bound"),
                std::make_shared<TooFewRowsDetail>(too_few));
}

Status LateAnswer(std::string message) {
  return Status(CodeOf(FailureKind::kService), std::move(message),
                std::make_shared<LateAnswerDetail>());
}

bool IsLateAnswer(const Status& status) {
  return dynamic_cast<const LateAnswerDetail*>(status.detail().get()) != nullptr;
}

Status WithShownData(const Status& status, std::string data) {
  return Status(status.code(), status.message(),
                std::make_shared<ShownDataDetail>(KindOf(status), std::move(data)));
}

std::string ShownDataOf(const Status& status) {
  const auto* detail = dynamic_cast<const ShownDataDetail*>(status.detail().get());
  return detail == nullptr ? "" : detail->data();
}

std::optional<TooFewRows> AsTooFewRows(const Status& status) {
  const auto* detail = dynamic_cast<const TooFewRowsDetail*>(status.detail().get());
  if (detail == nullptr) return std::nullopt;
  return detail->too_few();
}

}  // namespace hubmill
