#include "adapters/daemon/transfer.hpp"

#include <innkeeper/transfer.hpp>

#include "adapters/daemon/complain.hpp"
#include "adapters/daemon/files.hpp"
#include "adapters/daemon/house.hpp"
#include "adapters/daemon/logfmt.hpp"

#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <iostream>

namespace innkeeper::daemon {

namespace {

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

/// Writes to standard output, past every buffer of ours, and to the disk if that is where it leads.
Result<void> print_durably(std::string_view text) {
  while (!text.empty()) {
    const auto written = ::write(STDOUT_FILENO, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return file_fault("standard output");
    text.remove_prefix(static_cast<std::size_t>(written));
  }
  struct stat about {};
  const bool is_kept = ::fstat(STDOUT_FILENO, &about) == 0 && (!S_ISREG(about.st_mode) || ::fsync(STDOUT_FILENO) == 0);
  return is_kept ? Result<void>{} : file_fault("standard output");
}

/// A line for each secret, as JSON.
std::string lines_of(const std::vector<IssuedSecret>& secrets) {
  std::string lines;
  for (const auto& each : secrets)
    lines += "{\"" + each.kind + "\":" + json_text(each.owner) + ",\"secret\":" + json_text(each.secret) + "}\n";
  return lines;
}

}  // namespace

int import_file(const Settings& settings, const std::string& path) {
  const auto document = read_all(path);
  if (!document) return complain(document.error());
  StderrLog log(std::max(settings.log_level, Severity::warning));
  auto house = open_house(settings, log);
  if (!house) return complain(house.error());
  // A reader that is gone is told of, not died of.
  ::signal(SIGPIPE, SIG_IGN);
  const auto say_void = [] { std::cerr << "innkeeperd: nothing was imported: secrets printed up to here are void\n"; };
  Result<void> printed;
  bool has_printed = false;
  const auto report = import_document(*house->engine, *document, [&](const ImportReport& done) -> Result<void> {
    if (done.secrets.empty()) return {};
    if (has_printed) say_void();
    has_printed = true;
    return printed = print_durably(lines_of(done.secrets));
  });
  if (!report) {
    const int status = printed ? complain(report.error(), path) : complain(printed.error());
    if (has_printed) say_void();
    return status;
  }
  for (const auto& each : report->counts)
    std::cerr << "innkeeperd: " << each.kind << ": " << each.created << " created, " << each.updated << " updated, "
              << each.unchanged << " unchanged\n";
  return 0;
}

int export_file(const Settings& settings, const std::string& path, bool with_secrets) {
  if (auto found = require_file(settings.db); !found) return complain(found.error());
  StderrLog log(std::max(settings.log_level, Severity::warning));
  auto house = open_house(settings, log);
  if (!house) return complain(house.error());
  const auto document = export_document(*house->engine, with_secrets);
  if (!document) return complain(document.error());
  if (path.empty() || path == "-") {
    std::cout << *document << std::flush;
    return std::cout ? 0 : complain(output_fault());
  }
  const auto written = write_all(path, *document, with_secrets);
  return written ? 0 : complain(written.error());
}

}  // namespace innkeeper::daemon
