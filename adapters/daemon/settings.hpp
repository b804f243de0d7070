#pragma once

#include <innkeeper/dialects.hpp>
#include <innkeeper/engine.hpp>
#include <innkeeper/http.hpp>
#include <innkeeper/mount.hpp>
#include <innkeeper/sqlite.hpp>

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace innkeeper::daemon {

/// How often the contracts may be called unless `--rate-limits` says otherwise.
constexpr Rates default_rates() {
  return {.key = {.quota = 6'000},
          .app = {.quota = 30'000},
          .tenant = {.quota = 120'000},
          .address = {.quota = 30'000},
          .failures = {.quota = 60}};
}

/// What the daemon runs with.
struct Settings {
  std::string db = "innkeeper.db";
  std::string master_key{};         ///< A file; empty: the database's path with `.key` behind it.
  bool is_master_key_flag = false;  ///< The file was named on the command line, which goes over the environment.
  std::vector<std::string> listen{"127.0.0.1:8080"};
  std::vector<std::string> listen_tls{};
  std::optional<unsigned> socket_mode{};  ///< Permissions of Unix sockets; none: as the umask gives.
  std::string tls_certificate{};          ///< A file. Needed by `listen_tls`.
  std::string tls_key{};                  ///< A file; empty: the certificate's.
  std::vector<Mount> mounts = default_mounts();
  Severity log_level = Severity::info;
  unsigned threads = 0;  ///< 0: as many as the machine has cores.
  std::size_t connections = HttpOptions{}.connections;
  std::size_t connections_per_address = HttpOptions{}.connections_per_address;
  std::size_t memory = HttpOptions{}.memory;  ///< Bytes that requests and answers under way may take.
  bool is_durable = true;
  std::size_t cache = SqliteOptions{}.cache;    ///< Bytes of rows that each thread keeps in memory.
  std::size_t mapped = SqliteOptions{}.mapped;  ///< Bytes of the database that are read through a mapping.
  Rates rates = default_rates();
  DefaultQuotas quotas{};
  bool reaches_private = false;  ///< Webhooks go to addresses that are not public too.
  EnablexSettings enablex{};
  std::string webhook_ca{};  ///< Certificates that webhooks' servers may have, PEM; empty: the system's.
};

/// What a setting's value is in a configuration file.
enum class Form : std::uint8_t {
  one,    ///< A text or a number.
  octal,  ///< The same; a number in octal notation is meant as it is written.
  list,   ///< One text or number, or several.
  table,  ///< A list of texts `NAME=VALUE`, a table of names and values, or one word, also as a boolean.
};

/// One thing a user may set: a flag, a key of the configuration file and, mostly, an environment variable.
struct Setting {
  std::string_view name;         ///< `log-level` is the flag `--log-level` and the key `log-level` or `log_level`.
  std::string_view environment;  ///< Empty: there is none. A list is separated by commas.
  std::string_view placeholder;
  std::string_view help;
  Form form;
  bool is_for_store;  ///< Commands that only need the store have it too.
  /// Puts the values in place; answers what is wrong with them, nothing if they are good.
  std::optional<std::string> (*apply)(Settings&, const std::vector<std::string>& values);
  bool is_list() const { return form >= Form::list; }
};

std::span<const Setting> all_settings();

/// The texts that one source gave, by the setting's name.
using Values = std::map<std::string, std::vector<std::string>, std::less<>>;

/// Flags go over the environment, the environment over the configuration file, the file over the defaults. Errors: `invalid`
/// with a detail that names the source.
Result<Settings> resolve(const Values& flags, const std::optional<std::string>& config_file);

}  // namespace innkeeper::daemon
