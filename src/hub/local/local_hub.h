// The embedded Hub: a server with a folder behind it that the official Hugging Face clients use
// like the real Hub.  docs/hub.md tells how to use it in tests of one's own.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "core/failure.h"

namespace hubmill {

struct LocalHubAccount {
  std::string name;
  std::string token;  // "" for the first account makes the Hub open: everybody is its owner.
  bool can_write = true;
};

struct LocalHubOptions {
  std::string root;  // Everything is kept here; made where it is missing.
  std::string host = "127.0.0.1";
  int port = 0;                                                   // 0 takes a free one.
  std::vector<LocalHubAccount> accounts = {{"local", "", true}};  // The first owns the Hub.
  /// For a server that lives as long as one command: how long it waits for another such command to
  /// end.  0: a server that stays, whose URL is left in the folder; it waits for nobody.
  int64_t wait_ms = 0;
  bool durable = true;                  // Wait for the disk before answering (fsync).
  int64_t multipart_bytes = 256 << 20;  // Larger LFS uploads go in parts of this size.
  int page_entries_max = 1'000;         // Of a tree listing.
  uint64_t fault_seed = 0;              // Not 0: answers fail by this seed (faults.h).
  bool test_controls = false;           // Serves /__stub/ for the tests of the clients.
};

class LocalHub {
 public:
  /// Opens the folder and serves it.  Only one server at a time may use a folder.
  static Result<std::unique_ptr<LocalHub>> Start(const LocalHubOptions& options);
  /// Stops.
  ~LocalHub();
  LocalHub(const LocalHub&) = delete;
  LocalHub& operator=(const LocalHub&) = delete;

  /// "http://127.0.0.1:39005"
  const std::string& url() const;
  /// Breaks all connections and frees the folder.  May be called twice.
  void Stop();

 private:
  struct State;
  explicit LocalHub(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace hubmill
