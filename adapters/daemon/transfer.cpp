#include "adapters/daemon/transfer.hpp"

#include <innkeeper/transfer.hpp>

#include "adapters/daemon/complain.hpp"
#include "adapters/daemon/files.hpp"
#include "adapters/daemon/instance.hpp"
#include "adapters/daemon/json_text.hpp"
#include "adapters/daemon/logfmt.hpp"

#include <algorithm>
#include <iostream>

namespace innkeeper::daemon {

namespace {

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
  auto instance = open_instance(settings, log);
  if (!instance) return complain(instance.error());
  const auto say_void = [] { std::cerr << "innkeeperd: nothing was imported: secrets printed up to here are void\n"; };
  Result<void> printed;
  bool has_printed = false;
  const auto report = import_document(*instance->engine, *document, [&](const ImportReport& done) -> Result<void> {
    if (done.secrets.empty()) return {};
    if (has_printed) say_void();
    has_printed = true;
    return printed = write_all("", lines_of(done.secrets));
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
  auto instance = open_instance(settings, log, Access::read);
  if (!instance) return complain(instance.error());
  const auto document = export_document(*instance->engine, with_secrets);
  if (!document) return complain(document.error());
  const auto written = write_all(path, *document);
  return written ? 0 : complain(written.error());
}

}  // namespace innkeeper::daemon
