#include "adapters/daemon/transfer.hpp"

#include <innkeeper/transfer.hpp>

#include "adapters/daemon/complain.hpp"
#include "adapters/daemon/house.hpp"
#include "adapters/daemon/logfmt.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <system_error>

namespace innkeeper::daemon {

namespace {

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

/// Writes a file that only its owner may read if it holds secrets.
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

std::string json_text(std::string_view text) {
  std::string out{"\""};
  for (char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') out += '\\';
    if (byte < 0x20)
      out.append("\\u00").append(1, "0123456789abcdef"[byte >> 4U]).append(1, "0123456789abcdef"[byte & 0xFU]);
    else
      out += c;
  }
  return out + "\"";
}

}  // namespace

int import_file(const Settings& settings, const std::string& path) {
  const auto document = read_all(path);
  if (!document) return complain(document.error());
  StderrLog log(std::max(settings.log_level, Severity::warning));
  auto house = open_house(settings, log);
  if (!house) return complain(house.error());
  const auto issued = import_document(*house->engine, *document);
  if (!issued) return complain(issued.error(), path);
  for (const auto& each : *issued)
    std::cout << "{\"" << each.kind << "\":" << json_text(each.owner) << ",\"secret\":" << json_text(each.secret) << "}\n";
  return 0;
}

int export_file(const Settings& settings, const std::string& path, bool with_secrets) {
  if (!std::filesystem::exists(settings.db)) {
    errno = ENOENT;
    return complain(file_fault(settings.db));
  }
  StderrLog log(std::max(settings.log_level, Severity::warning));
  auto house = open_house(settings, log);
  if (!house) return complain(house.error());
  const auto document = export_document(*house->engine, with_secrets);
  if (!document) return complain(document.error());
  if (path.empty() || path == "-") {
    std::cout << *document << std::flush;
    return std::cout ? 0 : complain({Errc::unavailable, Reason{"file"}, "cannot write to standard output"});
  }
  const auto written = write_all(path, *document, with_secrets);
  return written ? 0 : complain(written.error());
}

}  // namespace innkeeper::daemon
