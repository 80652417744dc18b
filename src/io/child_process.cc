// fork(2) and not posix_spawn(3), which can neither set a parent-death signal nor report which step
// failed.  Between fork and exec only calls that POSIX allows there are made: other threads may
// have held any lock.
#include "io/child_process.h"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstring>

namespace hubmill {
namespace {

constexpr int kLowestPipeFd = 10;  // Above those that a child's are moved to.

struct Pipe {
  Descriptor read;
  Descriptor write;
};

/// The child's end lies above the numbers that it is moved to.
Result<Pipe> MakePipe() {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) {
    return RunFailed("cannot make a pipe: why=", std::strerror(errno),
                     "; remedy: allow more open files");
  }
  Pipe pipe{Descriptor(ends[0]), Descriptor(ends[1])};
  pipe.write = Descriptor(fcntl(ends[1], F_DUPFD_CLOEXEC, kLowestPipeFd));
  if (pipe.write.get() < 0 || fcntl(ends[0], F_SETFL, O_NONBLOCK) != 0) {
    return RunFailed("cannot make a pipe: why=", std::strerror(errno),
                     "; remedy: allow more open files");
  }
  return pipe;
}

std::vector<char*> Pointers(const std::vector<std::string>& texts) {
  std::vector<char*> pointers;
  for (const std::string& text : texts) pointers.push_back(const_cast<char*>(text.c_str()));
  pointers.push_back(nullptr);
  return pointers;
}

struct ChildEnds {
  int input;
  int output;
  int messages;
  int progress;
  int failure;  // Gets errno where the program cannot be started.
};

/// Runs in the child; never returns.
[[noreturn]] void Become(char* const* arguments, char* const* environment, const char* directory,
                         const ChildEnds& ends, pid_t parent) {
  setpgid(0, 0);
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != parent) _exit(1);  // It ended before it could be watched.
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
  for (const int signal : {SIGPIPE, SIGXFSZ, SIGINT, SIGTERM, SIGHUP}) {
    std::signal(signal, SIG_DFL);
  }
  dup2(ends.input, STDIN_FILENO);
  dup2(ends.output, STDOUT_FILENO);
  dup2(ends.messages, STDERR_FILENO);
  dup2(ends.progress, kProgressFd);
  if (directory[0] == '\0' || chdir(directory) == 0) execve(arguments[0], arguments, environment);
  const int error = errno;
  static_cast<void>(!write(ends.failure, &error, sizeof error));
  _exit(127);
}

}  // namespace

void Descriptor::Close() {
  if (fd_ >= 0) close(std::exchange(fd_, -1));
}

Result<ChildProcess> ChildProcess::Start(const ChildCommand& command) {
  const std::vector<char*> arguments = Pointers(command.arguments);
  const std::vector<char*> environment = Pointers(command.environment);
  const Descriptor input(open("/dev/null", O_RDONLY | O_CLOEXEC));
  ARROW_ASSIGN_OR_RAISE(Pipe output, MakePipe());
  ARROW_ASSIGN_OR_RAISE(Pipe messages, MakePipe());
  ARROW_ASSIGN_OR_RAISE(Pipe progress, MakePipe());
  ARROW_ASSIGN_OR_RAISE(Pipe failure, MakePipe());
  fcntl(failure.read.get(), F_SETFL, 0);  // Start() waits for it.
  const ChildEnds ends = {input.get(), output.write.get(), messages.write.get(),
                          progress.write.get(), failure.write.get()};
  const pid_t parent = getpid();
  ChildProcess child;
  child.pid_ = fork();
  if (child.pid_ == 0) {
    Become(arguments.data(), environment.data(), command.directory.c_str(), ends, parent);
  }
  if (child.pid_ < 0) {
    return RunFailed("cannot start a process: why=", std::strerror(errno),
                     "; remedy: allow more processes or memory");
  }
  setpgid(child.pid_, child.pid_);  // In whichever of the two comes first.
  failure.write.Close();
  int error = 0;
  if (read(failure.read.get(), &error, sizeof error) == sizeof error) {
    waitpid(child.pid_, nullptr, 0);
    return RunFailed("cannot start the program: program=", command.arguments[0],
                     " why=", std::strerror(error),
                     "; remedy: check that it is there and may be executed");
  }
  child.ended_ = Descriptor(static_cast<int>(syscall(SYS_pidfd_open, child.pid_, 0)));
  child.output_ = std::move(output.read);
  child.messages_ = std::move(messages.read);
  child.progress_ = std::move(progress.read);
  if (child.ended_.get() < 0) {
    child.Reap();
    return RunFailed("cannot watch a process: why=", std::strerror(errno),
                     "; remedy: use Linux 5.3 or newer");
  }
  return child;
}

void ChildProcess::Signal(int signal) const { kill(-pid_, signal); }

ChildEnd ChildProcess::Reap() {
  Signal(SIGKILL);  // The child's number is its own, and so its group's, until waitpid.
  int status = 0;
  while (waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
  }
  if (WIFSIGNALED(status)) return {.exit_status = -1, .signal = WTERMSIG(status)};
  return {.exit_status = WEXITSTATUS(status), .signal = 0};
}

}  // namespace hubmill
