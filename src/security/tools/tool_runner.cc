#include "security/tools/tool_runner.h"

#include <algorithm>
#include <deque>
#include <mutex>
#include <thread>
#include <unordered_map>

#include "io/temporary_folder.h"
#include "security/tools/tool_program.h"

namespace hubmill {
namespace {

constexpr size_t kFilesPerTimeLimit = 64;
constexpr int64_t kHopelessFailures = 5;  // Texts one after the other, and none that went well.
constexpr int64_t kToolOutputBytesMax = int64_t{64} << 20;

/// A text that a tool is asked about, once for all files that have it.
struct Question {
  std::string_view text;
  std::string key;
  TextAnswer answer;
};

/// What one tool is asked about one language.
struct Asked {
  const Tool* tool = nullptr;
  ConfigLang lang = ConfigLang::kK8s;
  std::vector<Question> questions;
  std::unordered_map<std::string, size_t> numbers;  // By key.
  int64_t cached = 0;                               // Answered in an earlier run.
  std::atomic<int64_t> answered{0};                 // In this one.
  std::atomic<int64_t> failed{0};
};

struct Batch {
  Asked* asked = nullptr;
  std::vector<size_t> questions;
};

class Scan {
 public:
  Scan(const ToolRunOptions& options, Progress* progress)
      : options_(options), cache_(options.cache_dir), progress_(progress) {}

  Result<ScanReport> Run(std::span<const Tool> tools, std::span<const ConfigFile> files) {
    for (const Tool& tool : tools) {
      for (const ConfigLang lang : {ConfigLang::kK8s, ConfigLang::kTf}) {
        if (Reads(FactsOf(tool.adapter->id()), lang)) Ask(tool, lang, files);
      }
    }
    ARROW_RETURN_NOT_OK(Answer());
    return Report(tools, files);
  }

 private:
  int Threads() const {
    if (options_.threads > 0) return options_.threads;
    return std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
  }

  std::string KeyOf(const Asked& asked, const std::string& rules, const ConfigFile& file) const {
    return ToolCache::KeyOf(file.text, asked.tool->adapter->id(), asked.tool->version, rules,
                            asked.lang);
  }

  /// Looks up what is known, and puts the rest into batches.
  void Ask(const Tool& tool, ConfigLang lang, std::span<const ConfigFile> files) {
    Asked& asked = asked_.emplace_back();
    asked.tool = &tool;
    asked.lang = lang;
    const ToolFacts& facts = FactsOf(tool.adapter->id());
    const std::string rules = tool.adapter->RulesHash(lang);
    ToolUse& use = uses_[std::string(facts.name)];
    std::vector<size_t> unknown;
    for (const ConfigFile& file : files) {
      if (file.lang != lang) continue;
      std::string key = KeyOf(asked, rules, file);
      if (!asked.numbers.emplace(key, asked.questions.size()).second) continue;
      auto known = cache_.Find(key);
      ++use.texts;
      if (known) {
        ++use.cached;
        ++asked.cached;
        asked.questions.push_back({file.text, std::move(key), *std::move(known)});
        continue;
      }
      unknown.push_back(asked.questions.size());
      asked.questions.push_back({file.text, std::move(key), {}});
    }
    const auto threads = static_cast<size_t>(Threads());
    const size_t size =
        std::clamp<size_t>((unknown.size() + threads - 1) / threads, 1, facts.batch_max);
    for (size_t at = 0; at < unknown.size(); at += size) {
      const size_t end = std::min(unknown.size(), at + size);
      batches_.push_back({&asked,
                          {unknown.begin() + static_cast<ptrdiff_t>(at),
                           unknown.begin() + static_cast<ptrdiff_t>(end)}});
    }
  }

  /// All batches, on all threads.  A thread lives as long as its children (child_process.h).
  Status Answer() {
    // The slowest tools come last in the list, and begin first.
    std::stable_sort(batches_.begin(), batches_.end(), [](const Batch& a, const Batch& b) {
      return a.asked->tool->adapter->id() > b.asked->tool->adapter->id();
    });
    std::vector<std::thread> threads;
    for (int i = 0; i < Threads() && i < static_cast<int>(batches_.size()); ++i) {
      threads.emplace_back([this] { Work(); });
    }
    for (std::thread& thread : threads) thread.join();
    ARROW_RETURN_NOT_OK(failed_);
    return CheckHopeless();
  }

  static Status Hopeless(const Asked& asked, const std::string& why) {
    return RunFailed(
        "a tool gives no answer at all: tool=", FactsOf(asked.tool->adapter->id()).name,
        " why=", why, "; remedy: run it by hand, or hubmill security install-tools");
  }

  /// A tool that failed on all that it was ever asked says nothing of any file.
  Status CheckHopeless() const {
    for (const Asked& asked : asked_) {
      if (asked.failed == 0 || asked.answered > 0 || asked.cached > 0) continue;
      for (const Question& question : asked.questions) {
        if (!question.answer.failure.empty()) return Hopeless(asked, question.answer.failure);
      }
    }
    return Status::OK();
  }

  void Work() {
    for (;;) {
      Batch batch;
      {
        const std::lock_guard lock(mutex_);
        if (!failed_.ok() || batches_.empty()) return;
        batch = std::move(batches_.front());
        batches_.pop_front();
      }
      if (const Status status = AnswerBatch(*batch.asked, batch.questions); !status.ok()) {
        const std::lock_guard lock(mutex_);
        if (failed_.ok()) failed_ = status;
      }
    }
  }

  /// Halves the batch as long as it fails.
  Status AnswerBatch(Asked& asked, std::span<const size_t> questions) {
    if (progress_ != nullptr && progress_->cancel.load()) {
      return RunFailed("interrupted; remedy: run again, what was found is kept in the cache");
    }
    std::string why;
    ARROW_ASSIGN_OR_RAISE(const bool answered, CallTool(asked, questions, &why));
    if (answered) {
      asked.answered += static_cast<int64_t>(questions.size());
      return Status::OK();
    }
    if (questions.size() == 1) {
      asked.questions[questions[0]].answer = {.findings = {}, .failure = why};
      if (++asked.failed < kHopelessFailures || asked.answered > 0) return Status::OK();
      return Hopeless(asked, why);
    }
    const size_t half = questions.size() / 2;
    ARROW_RETURN_NOT_OK(AnswerBatch(asked, questions.first(half)));
    return AnswerBatch(asked, questions.subspan(half));
  }

  /// False, with why, where the tool gave no answer that can be trusted.
  Result<bool> CallTool(Asked& asked, std::span<const size_t> questions, std::string* why) {
    const ToolAdapter& adapter = *asked.tool->adapter;
    const ToolFacts& facts = FactsOf(adapter.id());
    std::vector<std::string_view> texts;
    for (const size_t number : questions) texts.push_back(asked.questions[number].text);
    ARROW_ASSIGN_OR_RAISE(const auto folder, TemporaryFolder::Make("tool"));
    const std::string work = folder->path() + "/work";
    auto arguments = adapter.Prepare(work, asked.lang, texts);
    if (!arguments.ok()) {
      *why = arguments.status().message();
      if (KindOf(arguments.status()) != FailureKind::kDataRefused) return arguments.status();
      return false;
    }
    arguments->insert(arguments->begin(), asked.tool->program);
    const ChildCommand command{.arguments = *std::move(arguments),
                               .environment = ToolEnvironment(folder->path()),
                               .directory = work};
    const ProcessLimits limits{
        .wall_ms = static_cast<int>(
            std::min<size_t>(INT32_MAX, 1000 * static_cast<size_t>(options_.time_limit_s) *
                                            (1 + texts.size() / kFilesPerTimeLimit))),
        .memory_bytes = options_.memory_bytes > 0 ? options_.memory_bytes : facts.memory_bytes,
        .output_bytes = kToolOutputBytesMax};
    ARROW_ASSIGN_OR_RAISE(
        const ProcessAnswer answer,
        RunLimited(command, limits, progress_ == nullptr ? nullptr : &progress_->cancel));
    {
      const std::lock_guard lock(mutex_);
      ++uses_[std::string(facts.name)].calls;
    }
    if (!answer.Exited()) {
      *why = Concat(facts.name, " ", answer.Describe(limits));
      return false;
    }
    auto answers = adapter.Read(asked.lang, texts, answer);
    if (!answers.ok()) {
      *why = answers.status().message();
      return false;
    }
    for (size_t i = 0; i < questions.size(); ++i) {
      Question& question = asked.questions[questions[i]];
      question.answer = std::move((*answers)[i]);
      cache_.Keep(question.key, question.answer);
    }
    if (progress_ != nullptr) progress_->rows_read += static_cast<int64_t>(questions.size());
    return true;
  }

  ScanReport Report(std::span<const Tool> tools, std::span<const ConfigFile> files) {
    ScanReport report;
    report.files.resize(files.size());
    for (Asked& asked : asked_) {
      const ToolId id = asked.tool->adapter->id();
      const std::string name(FactsOf(id).name);
      ToolUse& use = uses_[name];
      for (const Question& question : asked.questions)
        use.failures += !question.answer.failure.empty();
      const std::string rules = asked.tool->adapter->RulesHash(asked.lang);
      for (size_t i = 0; i < files.size(); ++i) {
        if (files[i].lang != asked.lang) continue;
        const TextAnswer& answer =
            asked.questions[asked.numbers.at(KeyOf(asked, rules, files[i]))].answer;
        FileScan& scan = report.files[i];
        if (!answer.failure.empty() && scan.failure.empty()) {
          scan.failure = answer.failure;
          scan.failed_tool = name;
        }
        for (const TextFinding& finding : answer.findings) {
          scan.findings.push_back(FindingAt(id, finding, files[i].path));
          ++use.findings;
        }
      }
    }
    report.tools = std::move(uses_);
    return report;
  }

  const ToolRunOptions& options_;
  ToolCache cache_;
  Progress* progress_;
  std::deque<Asked> asked_;  // Batches point into it.
  std::deque<Batch> batches_;
  std::mutex mutex_;
  std::map<std::string, ToolUse> uses_;  // Guarded by mutex_ while batches run, as is failed_.
  Status failed_;
};

}  // namespace

Result<ScanReport> ScanConfigs(std::span<const Tool> tools, std::span<const ConfigFile> files,
                               const ToolRunOptions& options, Progress* progress) {
  return Scan(options, progress).Run(tools, files);
}

}  // namespace hubmill
