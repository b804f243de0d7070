#pragma once

#include <innkeeper/environment.hpp>

#include "adapters/daemon/line_writer.hpp"

#include <span>
#include <string>
#include <string_view>

namespace innkeeper::daemon {

/// Appends a line such as `time=2024-03-04T01:02:03.000000Z level=info event=request status=200`. A value with anything but
/// plain characters in it is quoted, and what a terminal could take for a command is escaped, so that a line stays a line.
void append_line(std::string& out, Instant, Severity, std::string_view event, std::span<const LogField> fields);

/// Writes such lines to standard error, many with one system call: a line is there within a moment after it was written, and a
/// warning or an error at once, if somebody reads. If nobody does, lines are dropped and counted, and the next that is read is
/// `event=log.dropped lines=N`.
class StderrLog final : public Log {
 public:
  explicit StderrLog(Severity threshold);
  Severity threshold() const override { return threshold_; }
  void write(Severity, std::string_view event, std::span<const LogField> fields) override;

 private:
  const Severity threshold_;
  SystemClock clock_;
  LineWriter lines_;
};

}  // namespace innkeeper::daemon
