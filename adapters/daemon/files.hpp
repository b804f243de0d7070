#pragma once

#include <innkeeper/result.hpp>

#include <memory>
#include <string>
#include <string_view>

namespace innkeeper::daemon {

/// What went wrong with a file or with standard output, by `errno`.
Error file_fault(const std::string& path);
Error output_fault();

Result<void> require_file(const std::string& path);
/// `-` is standard input.
Result<std::string> read_all(const std::string& path);

/// Where a command writes to. A regular file is written beside its place and takes it once all is on disk, with mode 0600: until
/// then the one that was there stays as it was. A symbolic link stays and what it points to is replaced. Standard output,
/// devices and pipes are written to as they are.
class Output {
 public:
  /// Standard output where the path is empty or `-`.
  static Result<Output> open(const std::string& path);
  Output(Output&&) noexcept;
  Output& operator=(Output&&) = delete;
  /// Throws away what was not committed, where it was written beside.
  ~Output();

  /// After a failure the rest is dropped, and `commit` tells.
  void write(std::string_view text);
  Result<void> commit();

 private:
  class Impl;
  explicit Output(std::unique_ptr<Impl>);
  std::unique_ptr<Impl> impl_;
};

/// Opens, writes and commits.
Result<void> write_all(const std::string& path, std::string_view text);

}  // namespace innkeeper::daemon
