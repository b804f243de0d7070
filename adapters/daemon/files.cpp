#include "adapters/daemon/files.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <system_error>

namespace innkeeper::daemon {

Error file_fault(const std::string& path) {
  return {Errc::unavailable, Reason{"file"}, path + ": " + std::generic_category().message(errno)};
}

Result<std::string> read_all(const std::string& path) {
  if (path == "-") return std::string{std::istreambuf_iterator<char>(std::cin), {}};
  errno = 0;
  if (std::filesystem::is_directory(path)) errno = EISDIR;
  std::ifstream file(path, std::ios::binary);
  if (errno == EISDIR || !file) return file_fault(path);
  return std::string{std::istreambuf_iterator<char>(file), {}};
}

Result<void> write_all(const std::string& path, std::string_view text, bool is_secret) {
  const int file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, is_secret ? 0600 : 0666);
  if (file < 0) return file_fault(path);
  bool is_good = !is_secret || ::fchmod(file, 0600) == 0;
  while (is_good && !text.empty()) {
    const auto written = ::write(file, text.data(), text.size());
    is_good = written > 0;
    if (is_good) text.remove_prefix(static_cast<std::size_t>(written));
  }
  Result<void> result;
  if (!is_good || ::fsync(file) != 0) result = file_fault(path);
  ::close(file);
  return result;
}

Result<void> require_file(const std::string& path) {
  if (std::filesystem::exists(path)) return {};
  errno = ENOENT;
  return file_fault(path);
}

Error output_fault() { return {Errc::unavailable, Reason{"file"}, "cannot write to standard output"}; }

}  // namespace innkeeper::daemon
