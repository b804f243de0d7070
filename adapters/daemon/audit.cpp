#include "adapters/daemon/audit.hpp"

#include <innkeeper/operations.hpp>
#include <innkeeper/transfer.hpp>

#include "adapters/daemon/complain.hpp"
#include "adapters/daemon/files.hpp"
#include "adapters/daemon/instance.hpp"
#include "adapters/daemon/logfmt.hpp"

#include <algorithm>
#include <charconv>
#include <optional>

namespace innkeeper::daemon {

namespace {

std::string to_hex(std::string_view bytes) {
  constexpr std::string_view digits{"0123456789abcdef"};
  std::string hex;
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    hex.append(1, digits[byte >> 4U]).append(1, digits[byte & 0xFU]);
  }
  return hex;
}

std::optional<std::string> from_hex(std::string_view hex) {
  std::string bytes;
  for (; hex.size() >= 2; hex.remove_prefix(2)) {
    unsigned byte = 0;
    const auto [end, error] = std::from_chars(hex.data(), hex.data() + 2, byte, 16);
    if (error != std::errc{} || end != hex.data() + 2) return std::nullopt;
    bytes += static_cast<char>(byte);
  }
  return hex.empty() ? std::optional{bytes} : std::nullopt;
}

/// Runs with the engine over a database that is there.
template <class Work>
int with_instance(const Settings& settings, Work work) {
  if (auto found = require_file(settings.db); !found) return complain(found.error());
  StderrLog log(std::max(settings.log_level, Severity::warning));
  auto instance = open_instance(settings, log, Access::read);
  return instance ? work(*instance->engine) : complain(instance.error());
}

Error broken(std::string why) { return {Errc::conflict, Reason{"audit.broken"}, std::move(why)}; }

}  // namespace

int verify_audit(const Settings& settings, const std::string& head) {
  const auto wanted = from_hex(head);
  if (!wanted) return complain({Errc::invalid, Reason{"settings.invalid"}, "must be hexadecimal digits, two a byte"}, "--head");
  return with_instance(settings, [&](Engine& engine) {
    const auto proof = engine.call(audit::verify, Principal{.kind = Principal::Kind::host}, {.head = {*wanted}});
    if (!proof) return complain(proof.error(), settings.db);
    if (proof->broken_at != Id::none)
      return complain(broken("the chain breaks at row " + std::to_string(number(proof->broken_at))), settings.db);
    if (!proof->has_head) return complain(broken("the chain does not have the head " + head), settings.db);
    const auto written = write_all("", "rows " + std::to_string(proof->rows) + ", head " + to_hex(proof->head.data) + "\n");
    return written ? 0 : complain(written.error());
  });
}

int export_audit_file(const Settings& settings, const std::string& path) {
  return with_instance(settings, [&](Engine& engine) {
    auto output = Output::open(path);
    if (!output) return complain(output.error());
    const auto done = export_audit(engine, [&](std::string_view line) {
      output->write(line);
      output->write("\n");
    });
    if (!done) return complain(done.error(), settings.db);
    const auto committed = output->commit();
    return committed ? 0 : complain(committed.error());
  });
}

}  // namespace innkeeper::daemon
