#include "adapters/daemon/files.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <optional>
#include <system_error>
#include <utility>

namespace innkeeper::daemon {

namespace fs = std::filesystem;

namespace {

std::string cause() { return std::generic_category().message(errno); }

Error fault(const std::string& detail) { return {Errc::unavailable, Reason{"file"}, detail}; }

fs::path folder_of(const fs::path& path) { return path.has_parent_path() ? path.parent_path() : fs::path{"."}; }

bool is_in_proc(const fs::path& path) {
  constexpr long proc = 0x9fa0;  // PROC_SUPER_MAGIC
  struct statfs about {};
  return ::statfs(folder_of(path).c_str(), &about) == 0 && about.f_type == proc;
}

/// What a path stands for once its symbolic links are followed. Those of `/proc` are no names of files but doors to open ones,
/// and are not followed.
fs::path follow(fs::path path) {
  constexpr int most_links = 40;
  std::error_code failure;
  for (int links = 0; links < most_links && !is_in_proc(path); ++links) {
    const auto target = fs::read_symlink(path, failure);
    if (failure) break;
    path = target.is_absolute() ? target : folder_of(path) / target;
  }
  return path;
}

/// The number of one of this process's own descriptors that a path such as `/dev/stdout` stands for.
std::optional<int> own_descriptor(const fs::path& followed) {
  std::error_code failure;
  if (!fs::equivalent(folder_of(followed), "/proc/self/fd", failure)) return std::nullopt;
  const auto name = followed.filename().string();
  int number = 0;
  const auto [end, problem] = std::from_chars(name.data(), name.data() + name.size(), number);
  if (problem != std::errc{} || end != name.data() + name.size()) return std::nullopt;
  return number;
}

}  // namespace

Error file_fault(const std::string& path) { return fault(path + ": " + cause()); }

Error output_fault() {
  return fault(errno == 0 ? "cannot write to standard output" : "cannot write to standard output: " + cause());
}

Result<void> require_file(const std::string& path) {
  struct stat about {};
  if (::stat(path.c_str(), &about) == 0) return {};
  return file_fault(path);
}

Result<std::string> read_all(const std::string& path) {
  if (path == "-") return std::string{std::istreambuf_iterator<char>(std::cin), {}};
  std::error_code unknown;
  errno = 0;
  if (fs::is_directory(path, unknown)) errno = EISDIR;
  std::ifstream file(path, std::ios::binary);
  if (errno == EISDIR || !file) return file_fault(path);
  return std::string{std::istreambuf_iterator<char>(file), {}};
}

/// The state of an output. `temporary` is the file beside, until it takes its place.
class Output::Impl {
 public:
  explicit Impl(std::string path) : path_(std::move(path)) {}
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;
  ~Impl() {
    if (!temporary_.empty()) ::unlink(temporary_.c_str());
    if (file_ >= 0) ::close(file_);
  }

  Result<void> open() {
    if (path_.empty() || path_ == "-") return keep(::dup(STDOUT_FILENO));
    const auto followed = follow(path_);
    if (const auto number = own_descriptor(followed)) return keep(::dup(*number));
    struct stat about {};
    const bool is_there = ::stat(followed.c_str(), &about) == 0;
    if (!is_there && errno != ENOENT) return told();
    if (is_in_proc(followed) || (is_there && !S_ISREG(about.st_mode)))
      return keep(::open(followed.c_str(), O_WRONLY | O_APPEND | O_NOCTTY | O_CLOEXEC));
    return open_beside(followed);
  }

  void write(std::string_view text) {
    buffer_ += text;
    constexpr std::size_t enough = 256 * 1'024;
    if (buffer_.size() >= enough) flush();
  }

  Result<void> commit() {
    flush();
    // What is no file on a disk cannot be synced (EINVAL).
    if (failure_ == 0 && ::fsync(file_) != 0 && (!temporary_.empty() || errno != EINVAL)) failure_ = errno;
    if (::close(std::exchange(file_, -1)) != 0 && failure_ == 0) failure_ = errno;
    if (failure_ == 0 && !temporary_.empty()) take_place();
    if (failure_ == 0) return {};
    errno = failure_;
    return told();
  }

 private:
  Error told() const { return path_.empty() || path_ == "-" ? output_fault() : file_fault(path_); }

  Result<void> keep(int file) {
    file_ = file;
    if (file_ < 0) return told();
    return {};
  }

  Result<void> open_beside(const fs::path& place) {
    place_ = place;
    temporary_ = place.string() + ".XXXXXX";
    file_ = ::mkostemp(temporary_.data(), O_CLOEXEC);
    if (file_ < 0) {
      temporary_.clear();
      return fault(path_ + ": cannot make a file beside it: " + cause());
    }
    // It is made with that mode, less the umask.
    if (::fchmod(file_, S_IRUSR | S_IWUSR) != 0) return told();
    return {};
  }

  void flush() {
    for (std::string_view rest{buffer_}; !rest.empty() && failure_ == 0;) {
      const auto written = ::write(file_, rest.data(), rest.size());
      if (written >= 0)
        rest.remove_prefix(static_cast<std::size_t>(written));
      else if (errno == EAGAIN)
        wait_for_room();
      else if (errno != EINTR)
        failure_ = errno;
    }
    buffer_.clear();
  }

  /// Somebody who shares standard output may have made it one that does not block.
  void wait_for_room() const {
    pollfd room{file_, POLLOUT, 0};
    ::poll(&room, 1, -1);
  }

  /// The folder is synced too: else the old name could come back after a power loss. Not every file system has that (EINVAL).
  void take_place() {
    if (::rename(temporary_.c_str(), place_.c_str()) != 0) {
      failure_ = errno;
      return;
    }
    temporary_.clear();
    const int folder = ::open(folder_of(place_).c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (folder < 0 || (::fsync(folder) != 0 && errno != EINVAL)) failure_ = errno;
    if (folder >= 0) ::close(folder);
  }

  const std::string path_;
  fs::path place_;
  std::string temporary_;
  std::string buffer_;
  int file_ = -1;
  int failure_ = 0;
};

Output::Output(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Output::Output(Output&&) noexcept = default;
Output::~Output() = default;

Result<Output> Output::open(const std::string& path) {
  auto impl = std::make_unique<Impl>(path);
  if (auto opened = impl->open(); !opened) return opened.error();
  return Output{std::move(impl)};
}

void Output::write(std::string_view text) { impl_->write(text); }
Result<void> Output::commit() { return impl_->commit(); }

Result<void> write_all(const std::string& path, std::string_view text) {
  auto output = Output::open(path);
  if (!output) return output.error();
  output->write(text);
  return output->commit();
}

}  // namespace innkeeper::daemon
