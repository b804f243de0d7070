#include "adapters/daemon/settings.hpp"

#include <toml++/toml.h>

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <utility>

namespace innkeeper::daemon {

namespace {

using Texts = std::vector<std::string>;
using Fault = std::optional<std::string>;

template <auto member>
Fault set_text(Settings& settings, const Texts& values) {
  if (values.back().empty()) return "must not be empty";
  settings.*member = values.back();
  return {};
}

Fault set_listen(Settings& settings, const Texts& values) {
  if (std::find(values.begin(), values.end(), "") != values.end()) return "must be ADDR:PORT, [IPV6]:PORT, unix:PATH or none";
  settings.listen = values == Texts{"none"} ? Texts{} : values;
  return {};
}

Fault set_listen_tls(Settings& settings, const Texts& values) {
  if (std::find(values.begin(), values.end(), "") != values.end()) return "must be ADDR:PORT or [IPV6]:PORT";
  settings.listen_tls = values;
  return {};
}

/// The first mount of a dialect takes the place of its own paths; further ones are added.
Fault set_mounts(Settings& settings, const Texts& values) {
  settings.mounts = default_mounts();
  std::vector<const Dialect*> moved;
  for (const auto& each : values) {
    const auto equals = each.find('=');
    const auto* dialect = find_dialect(std::string_view{each}.substr(0, equals));
    if (equals == std::string::npos) return "must be NAME=PREFIX, not " + each;
    if (dialect == nullptr) return "names a contract that is not known: " + each;
    auto prefix = each.substr(equals + 1);
    if (!prefix.starts_with('/') || (prefix.size() > 1 && prefix.ends_with('/')))
      return "must have a prefix that begins with / and does not end with it: " + each;
    if (prefix == "/") prefix.clear();
    if (std::find(moved.begin(), moved.end(), dialect) == moved.end())
      std::erase_if(settings.mounts, [&](const Mount& mount) { return mount.dialect == dialect; });
    moved.push_back(dialect);
    settings.mounts.push_back({.dialect = dialect, .prefix = std::move(prefix)});
  }
  return {};
}

Fault set_log_level(Settings& settings, const Texts& values) {
  constexpr std::string_view names[] = {"debug", "info", "warning", "error", "off"};
  const auto found = std::find(std::begin(names), std::end(names), values.back());
  if (found == std::end(names)) return "must be debug, info, warning, error or off";
  settings.log_level = static_cast<Severity>(found - std::begin(names));
  return {};
}

/// A whole number from 0 to a limit.
std::optional<unsigned> number_in(const std::string& text, unsigned limit) {
  unsigned number = 0;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (problem != std::errc{} || end != text.data() + text.size() || number > limit) return std::nullopt;
  return number;
}

Fault set_threads(Settings& settings, const Texts& values) {
  const auto threads = number_in(values.back(), 1'024);
  if (!threads) return "must be a number from 0 to 1024, 0 being as many as the machine has cores";
  settings.threads = *threads;
  return {};
}

Fault set_cache(Settings& settings, const Texts& values) {
  const auto mebibytes = number_in(values.back(), 65'536);
  if (!mebibytes) return "must be a number of MiB from 0 to 65536, 0 keeping no rows in memory";
  settings.cache = std::size_t{*mebibytes} << 20U;
  return {};
}

/// One of two words.
template <auto member>
Fault set_choice(Settings& settings, const Texts& values, std::string_view yes, std::string_view no) {
  if (values.back() != yes && values.back() != no) return std::string{"must be "}.append(yes).append(" or ").append(no);
  settings.*member = values.back() == yes;
  return {};
}

Fault set_rate_limits(Settings& settings, const Texts& values) {
  return set_choice<&Settings::has_rate_limits>(settings, values, "on", "off");
}

Fault set_webhook_targets(Settings& settings, const Texts& values) {
  return set_choice<&Settings::reaches_private>(settings, values, "any", "public");
}

/// `wss://` or nothing before `HOST:PORT` is TLS, `ws://` is not.
Fault set_signalling(Settings& settings, const Texts& values) {
  std::string_view host = values.back();
  settings.signalling.is_secure = !host.starts_with("ws://");
  for (const std::string_view scheme : {"wss://", "ws://"})
    if (host.starts_with(scheme)) host.remove_prefix(scheme.size());
  const auto colon = host.rfind(':');
  const auto port = colon == std::string_view::npos ? std::nullopt : number_in(std::string{host.substr(colon + 1)}, 65'535);
  const bool is_plain = std::all_of(host.begin(), host.end(), [](char c) { return c > ' ' && c < 0x7f && c != '/' && c != '@'; });
  if (!port || *port == 0 || colon == 0 || !is_plain) return "must be HOST:PORT, wss://HOST:PORT or ws://HOST:PORT";
  settings.signalling.host = host;
  return {};
}

Fault set_durability(Settings& settings, const Texts& values) {
  return set_choice<&Settings::is_durable>(settings, values, "full", "process");
}

constexpr Setting table[] = {
    {"db", "INNKEEPER_DB", "PATH", "The SQLite database; made if absent (default innkeeper.db)", false, true,
     set_text<&Settings::db>},
    {"master-key", "", "FILE", "The file of the master key; made for a new database (default PATH.key beside the database)",
     false, true, set_text<&Settings::master_key>},
    {"listen", "INNKEEPER_LISTEN", "ADDR:PORT|unix:PATH",
     "Where to listen, port 0 being a free one; none: only for TLS; may be given more than once (default 127.0.0.1:8080)", true,
     false, set_listen},
    {"listen-tls", "INNKEEPER_LISTEN_TLS", "ADDR:PORT", "Where to listen for TLS too; may be given more than once", true, false,
     set_listen_tls},
    {"tls-cert", "INNKEEPER_TLS_CERT", "FILE",
     "The certificate, PEM, with those that vouch for it behind it; SIGHUP has it read again", false, false,
     set_text<&Settings::tls_certificate>},
    {"tls-key", "INNKEEPER_TLS_KEY", "FILE", "Its private key, PEM (default the file of the certificate)", false, false,
     set_text<&Settings::tls_key>},
    {"mount", "INNKEEPER_MOUNT", "NAME=PREFIX",
     "Serve a contract under a prefix instead of at its own paths; may be given more than once", true, false, set_mounts},
    {"log-level", "INNKEEPER_LOG_LEVEL", "LEVEL", "debug, info, warning, error or off (default info)", false, false,
     set_log_level},
    {"threads", "INNKEEPER_THREADS", "N", "Threads that serve (default 0: as many as the machine has cores)", false, false,
     set_threads},
    {"cache", "INNKEEPER_CACHE", "MIB", "Rows that each thread keeps in memory, MiB; 0: none (default 8)", false, true,
     set_cache},
    {"rate-limits", "INNKEEPER_RATE_LIMITS", "on|off",
     "Limits of the native API: 6000 requests a minute for a key, 30000 for an app and for an address (default on)", false, false,
     set_rate_limits},
    {"webhook-targets", "INNKEEPER_WEBHOOK_TARGETS", "public|any",
     "any: webhooks go to private and loopback addresses too (default public)", false, false, set_webhook_targets},
    {"webhook-ca", "INNKEEPER_WEBHOOK_CA", "FILE", "Certificates that webhooks' servers are checked by (default the system's)",
     false, false, set_text<&Settings::webhook_ca>},
    {"signalling", "INNKEEPER_SIGNALLING", "[ws[s]://]HOST:PORT",
     "The signalling server that join tokens name; ws:// without TLS (default localhost:443)", false, false, set_signalling},
    {"durability", "INNKEEPER_DURABILITY", "full|process",
     "process: a power loss may cost the last acknowledged moments (default full: it costs none)", false, true, set_durability},
};

Error wrong(std::string_view source, std::string_view sentence) {
  return {Errc::invalid, Reason{"settings.invalid"}, std::string{source}.append(": ").append(sentence)};
}

const Setting* find_setting(std::string_view name) {
  const auto found = std::find_if(std::begin(table), std::end(table), [&](const Setting& each) { return each.name == name; });
  return found == std::end(table) ? nullptr : found;
}

Texts split(std::string_view list) {
  Texts parts;
  for (;;) {
    const auto comma = list.find(',');
    parts.emplace_back(list.substr(0, comma));
    if (comma == std::string_view::npos) return parts;
    list.remove_prefix(comma + 1);
  }
}

std::optional<std::string> scalar(const toml::node& node) {
  if (const auto* text = node.as_string()) return text->get();
  if (const auto* integer = node.as_integer()) return std::to_string(integer->get());
  return std::nullopt;
}

/// A text, a number, an array of those, or a table whose members read `NAME=VALUE`.
std::optional<Texts> texts_of(const toml::node& node) {
  if (auto one = scalar(node)) return Texts{std::move(*one)};
  Texts texts;
  if (const auto* array = node.as_array()) {
    for (const auto& each : *array) {
      auto text = scalar(each);
      if (!text) return std::nullopt;
      texts.push_back(std::move(*text));
    }
    return texts;
  }
  if (const auto* members = node.as_table()) {
    for (const auto& [name, value] : *members) {
      const auto text = scalar(value);
      if (!text) return std::nullopt;
      texts.push_back(std::string{name.str()} + "=" + *text);
    }
    return texts;
  }
  return std::nullopt;
}

Result<void> apply(Settings& settings, const Setting& setting, std::string_view source, const Texts& values) {
  if (values.empty() || (!setting.is_list && values.size() > 1)) return wrong(source, "must have one value");
  if (const auto fault = setting.apply(settings, values)) return wrong(source, *fault);
  return {};
}

Result<void> apply_file(Settings& settings, const std::string& path) {
  toml::table file;
  try {
    file = toml::parse_file(path);
  } catch (const toml::parse_error& error) {
    const auto line = error.source().begin.line;
    return wrong(line > 0 ? path + ":" + std::to_string(line) : path, error.description());
  }
  for (const auto& [key, node] : file) {
    std::string name{key.str()};
    std::replace(name.begin(), name.end(), '_', '-');
    const auto source = path + ": " + std::string{key.str()};
    const auto* setting = find_setting(name);
    if (setting == nullptr) return wrong(source, "is not a setting");
    const auto texts = texts_of(node);
    if (!texts) return wrong(source, "must be a text, a number or a list of texts");
    if (auto applied = apply(settings, *setting, source, *texts); !applied) return applied;
  }
  return {};
}

}  // namespace

std::span<const Setting> all_settings() { return table; }

Result<Settings> resolve(const Values& flags, const std::string& config_file) {
  Settings settings;
  if (!config_file.empty())
    if (auto applied = apply_file(settings, config_file); !applied) return applied.error();
  for (const auto& setting : table) {
    const char* text = setting.environment.empty() ? nullptr : std::getenv(setting.environment.data());
    if (text == nullptr || *text == '\0') continue;
    const auto values = setting.is_list ? split(text) : Texts{text};
    if (auto applied = apply(settings, setting, setting.environment, values); !applied) return applied.error();
  }
  for (const auto& [name, values] : flags) {
    if (auto applied = apply(settings, *find_setting(name), "--" + name, values); !applied) return applied.error();
    if (name == "master-key") settings.is_master_key_flag = true;
  }
  if (settings.listen.empty() && settings.listen_tls.empty()) return wrong("listen", "is none, and there is no listen-tls");
  if (!settings.listen_tls.empty() && settings.tls_certificate.empty()) return wrong("listen-tls", "needs a tls-cert");
  return settings;
}

}  // namespace innkeeper::daemon
