#pragma once

#include <innkeeper/environment.hpp>

#include <span>
#include <string>
#include <string_view>

namespace innkeeper::daemon {

/// Appends a line such as `time=2024-03-04T01:02:03.000000Z level=info event=request status=200`. A value with anything but
/// plain characters in it is quoted, and what a terminal could take for a command is escaped, so that a line stays a line.
void append_line(std::string& out, Instant, Severity, std::string_view event, std::span<const LogField> fields);

/// Writes such lines to standard error, each with one system call, so that lines of several threads never mix.
class StderrLog final : public Log {
 public:
  explicit StderrLog(Severity threshold) : threshold_(threshold) {}
  Severity threshold() const override { return threshold_; }
  void write(Severity, std::string_view event, std::span<const LogField> fields) override;

 private:
  Severity threshold_;
  SystemClock clock_;
};

}  // namespace innkeeper::daemon
