#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <thread>

namespace innkeeper::daemon {

/// Writes lines to a descriptor on a thread of its own, so that nobody waits for whoever reads them. Lines that do not fit into
/// `most` bytes, or for which there is no memory, are dropped, whole ones, until the reader goes on; `notice` puts their number
/// into words. Lines never mix, and one of which a part has gone out is completed before the next.
class LineWriter {
 public:
  using Notice = std::string (*)(std::uint64_t dropped);
  static constexpr std::size_t most = 1U << 20U;
  static constexpr std::chrono::milliseconds delay{20};        ///< So long a line may wait for others to go with.
  static constexpr std::chrono::milliseconds patience{1'000};  ///< For what is left at the end.

  LineWriter(int descriptor, Notice notice);
  ~LineWriter() { finish(); }
  LineWriter(const LineWriter&) = delete;
  LineWriter& operator=(const LineWriter&) = delete;

  void write(std::string_view line, bool is_urgent);
  /// Counts a line that could not be put together as dropped.
  void drop();
  /// Ends within about `patience`. Answers whether all lines have gone out.
  bool finish();

 private:
  struct State;
  std::shared_ptr<State> state_;  ///< Shared with the thread, which is left behind if a write hangs.
  std::thread thread_;
};

}  // namespace innkeeper::daemon
