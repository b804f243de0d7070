#include "adapters/daemon/transfer.hpp"

#include <innkeeper/transfer.hpp>

#include "adapters/daemon/complain.hpp"
#include "adapters/daemon/files.hpp"
#include "adapters/daemon/house.hpp"
#include "adapters/daemon/logfmt.hpp"

#include <algorithm>
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
  if (auto found = require_file(settings.db); !found) return complain(found.error());
  StderrLog log(std::max(settings.log_level, Severity::warning));
  auto house = open_house(settings, log, Access::read);
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
