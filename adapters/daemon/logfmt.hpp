#pragma once

#include <innkeeper/environment.hpp>

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <span>
#include <string>
#include <string_view>
#include <thread>

namespace innkeeper::daemon {

/// Appends a line such as `time=2024-03-04T01:02:03.000000Z level=info event=request status=200`. A value with anything but
/// plain characters in it is quoted, and what a terminal could take for a command is escaped, so that a line stays a line.
void append_line(std::string& out, Instant, Severity, std::string_view event, std::span<const LogField> fields);

/// Writes such lines to standard error, many with one system call: a line is there at most `delay` after it was written, a
/// warning or an error at once. Lines of several threads never mix.
class StderrLog final : public Log {
 public:
  static constexpr std::chrono::milliseconds delay{20};

  explicit StderrLog(Severity threshold);
  ~StderrLog() override;
  Severity threshold() const override { return threshold_; }
  void write(Severity, std::string_view event, std::span<const LogField> fields) override;

 private:
  void loop();
  void flush();

  const Severity threshold_;
  SystemClock clock_;
  std::mutex writing_;  ///< Held while lines go out. Taken before `mutex_`.
  std::mutex mutex_;
  std::condition_variable has_lines_;
  std::string lines_;
  bool is_ending_ = false;
  std::thread thread_;
};

}  // namespace innkeeper::daemon
