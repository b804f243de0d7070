#include "adapters/daemon/line_writer.hpp"

#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <condition_variable>
#include <mutex>
#include <new>
#include <utility>

namespace innkeeper::daemon {

namespace {

using Clock = std::chrono::steady_clock;

/// Between attempts, where there is no room or writing fails: a disk may be emptied, a reader may come back.
constexpr std::chrono::milliseconds pause{100};

/// As much as a write takes without waiting, once there is room: of a pipe, PIPE_BUF bytes. A file always takes what it gets.
std::size_t portion_of(int descriptor) {
  struct stat about {};
  return ::fstat(descriptor, &about) == 0 && S_ISREG(about.st_mode) ? 64 * 1'024 : PIPE_BUF;
}

/// The bytes to write next: whole lines, or a part of one that is longer than a portion.
std::size_t next_size(std::string_view lines, std::size_t portion) {
  if (lines.size() <= portion) return lines.size();
  const auto end = lines.rfind('\n', portion - 1);
  return end == std::string_view::npos ? portion : end + 1;
}

}  // namespace

struct LineWriter::State {
  State(int into, Notice words) : descriptor(into), notice(words), portion(portion_of(into)) {}

  void run() {
    std::unique_lock lock(mutex);
    for (;;) {
      changed.wait(lock, [this] { return is_ending || has_any(); });
      changed.wait_for(lock, delay, [this] { return is_ending || is_urgent; });
      if (!has_any()) break;
      auto batch = std::exchange(lines, {});
      if (dropped > 0) add_notice(batch);
      is_urgent = false;
      lock.unlock();
      const bool is_out = put(batch);
      lock.lock();
      if (!is_out) break;
    }
    is_done = true;
    changed.notify_all();
  }

  /// Where there is no memory for it, the next batch has it; the last goes without.
  void add_notice(std::string& batch) {
    try {
      batch += notice(dropped);
      dropped = 0;
    } catch (const std::bad_alloc&) {
      if (is_ending) dropped = 0;
    }
  }

  bool has_any() const { return !lines.empty() || dropped > 0; }

  bool append(std::string_view line) {
    try {
      lines += line;
      return true;
    } catch (const std::bad_alloc&) {
      return false;
    }
  }

  void drop() {
    if (dropped++ == 0) changed.notify_all();
  }

  /// Waits for the reader until it is time to end.
  bool put(std::string_view rest) {
    while (!rest.empty()) {
      pollfd room{descriptor, POLLOUT, 0};
      const auto ready = ::poll(&room, 1, static_cast<int>(pause.count()));
      const auto written = ready > 0 ? ::write(descriptor, rest.data(), next_size(rest, portion)) : 0;
      if (written > 0) {
        rest.remove_prefix(static_cast<std::size_t>(written));
        continue;
      }
      const bool has_failed = written < 0 && errno != EAGAIN && errno != EINTR;
      if (must_give_up(has_failed)) return false;
      if (has_failed) ::poll(nullptr, 0, static_cast<int>(pause.count()));
    }
    return true;
  }

  bool must_give_up(bool has_failed) {
    const std::lock_guard lock(mutex);
    const bool gives_up = is_ending && (has_failed || Clock::now() >= end);
    is_all_out = is_all_out && !gives_up;
    return gives_up;
  }

  const int descriptor;
  const Notice notice;
  const std::size_t portion;
  std::mutex mutex;
  std::condition_variable changed;
  std::string lines;
  std::uint64_t dropped = 0;
  Clock::time_point end{};
  bool is_urgent = false;
  bool is_ending = false;
  bool is_all_out = true;
  bool is_done = false;
};

LineWriter::LineWriter(int descriptor, Notice notice)
    : state_(std::make_shared<State>(descriptor, notice)), thread_([state = state_] { state->run(); }) {}

void LineWriter::write(std::string_view line, bool is_urgent) {
  const std::lock_guard lock(state_->mutex);
  // What comes behind a dropped line is dropped too, until that is told.
  const bool is_first = state_->lines.empty();
  if (state_->dropped > 0 || state_->lines.size() + line.size() > most || !state_->append(line)) return state_->drop();
  state_->is_urgent = state_->is_urgent || is_urgent || state_->lines.size() >= most / 16;
  if (is_first || state_->is_urgent) state_->changed.notify_all();
}

void LineWriter::drop() {
  const std::lock_guard lock(state_->mutex);
  state_->drop();
}

bool LineWriter::finish() {
  std::unique_lock lock(state_->mutex);
  if (!thread_.joinable()) return state_->is_all_out;
  state_->is_ending = true;
  state_->end = Clock::now() + patience;
  state_->changed.notify_all();
  // Another process may have filled the pipe between a look and the write, which then waits for it.
  const bool is_done = state_->changed.wait_for(lock, patience + 5 * pause, [this] { return state_->is_done; });
  const bool is_all_out = is_done && state_->is_all_out;
  state_->is_all_out = is_all_out;
  lock.unlock();
  if (is_done)
    thread_.join();
  else
    thread_.detach();
  return is_all_out;
}

}  // namespace innkeeper::daemon
