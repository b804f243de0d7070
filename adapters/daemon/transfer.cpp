#include "adapters/daemon/transfer.hpp"

#include <innkeeper/transfer.hpp>

#include "adapters/daemon/complain.hpp"
#include "adapters/daemon/files.hpp"
#include "adapters/daemon/house.hpp"
#include "adapters/daemon/json_text.hpp"
#include "adapters/daemon/logfmt.hpp"

#include <algorithm>
#include <iostream>

namespace innkeeper::daemon {

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
  if (auto found = require_file(settings.db); !found) return complain(found.error());
  StderrLog log(std::max(settings.log_level, Severity::warning));
  auto house = open_house(settings, log, Access::read);
  if (!house) return complain(house.error());
  const auto document = export_document(*house->engine, with_secrets);
  if (!document) return complain(document.error());
  const auto written = write_all(path, *document);
  return written ? 0 : complain(written.error());
}

}  // namespace innkeeper::daemon
