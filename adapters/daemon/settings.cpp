#include "adapters/daemon/settings.hpp"

#include <innkeeper/http.hpp>
#include <innkeeper/model/quotas.hpp>

#include "adapters/daemon/files.hpp"

#include <toml++/toml.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdlib>
#include <type_traits>
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

Fault check_addresses(const Texts& values, bool is_for_tls) {
  for (const auto& each : values)
    if (const auto good = check_address(each, is_for_tls); !good) return good.error().detail;
  return {};
}

Fault set_listen(Settings& settings, const Texts& values) {
  settings.listen = values == Texts{"none"} ? Texts{} : values;
  return check_addresses(settings.listen, /*is_for_tls=*/false);
}

Fault set_listen_tls(Settings& settings, const Texts& values) {
  settings.listen_tls = values;
  return check_addresses(values, /*is_for_tls=*/true);
}

/// Three octal digits, with a zero before them or not.
Fault set_socket_mode(Settings& settings, const Texts& values) {
  std::string_view digits = values.back();
  if (digits.size() == 4 && digits.front() == '0') digits.remove_prefix(1);
  unsigned mode = 0;
  const auto [end, problem] = std::from_chars(digits.data(), digits.data() + digits.size(), mode, 8);
  if (digits.size() != 3 || problem != std::errc{} || end != digits.data() + digits.size())
    return "must be permissions in octal, such as 0660";
  settings.socket_mode = mode;
  return {};
}

/// What goes before the paths of a mounted contract: nothing for `/`, else `/` and a segment, once or more. A segment has
/// characters that a URL never escapes, and is neither `.` nor `..`.
std::optional<std::string> parse_prefix(std::string_view text) {
  if (text == "/") return "";
  const auto is_plain = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_' ||
           c == '~';
  };
  for (auto rest = text; !rest.empty();) {
    if (rest.front() != '/') return std::nullopt;
    const auto segment = rest.substr(1, rest.find('/', 1) - 1);
    if (segment.empty() || segment == "." || segment == ".." || !std::all_of(segment.begin(), segment.end(), is_plain))
      return std::nullopt;
    rest.remove_prefix(1 + segment.size());
  }
  return text.empty() ? std::nullopt : std::optional{std::string{text}};
}

/// The first mount of a dialect takes the place of the one without a prefix; further ones are added.
Fault set_mounts(Settings& settings, const Texts& values) {
  settings.mounts = default_mounts();
  std::vector<Mount> given;
  for (const auto& each : values) {
    const auto equals = each.find('=');
    if (equals == std::string::npos) return "must be NAME=PREFIX, not " + each;
    const auto* dialect = find_dialect(std::string_view{each}.substr(0, equals));
    if (dialect == nullptr) return "names a contract that is not known: " + each;
    auto prefix = parse_prefix(std::string_view{each}.substr(equals + 1));
    if (!prefix) return "must have a prefix such as /sky, which begins with / and does not end with it, or / alone: " + each;
    for (const auto& before : given)
      if (before.dialect == dialect && before.prefix == *prefix) return "is given twice: " + each;
    given.push_back({.dialect = dialect, .prefix = std::move(*prefix)});
    std::erase_if(settings.mounts, [&](const Mount& mount) { return mount.dialect == dialect; });
  }
  settings.mounts.insert(settings.mounts.end(), given.begin(), given.end());
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
template <class T = unsigned>
std::optional<T> number_in(const std::string& text, std::type_identity_t<T> limit) {
  T number = 0;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (problem != std::errc{} || end != text.data() + text.size() || std::cmp_less(number, 0) || number > limit)
    return std::nullopt;
  return number;
}

template <auto member, unsigned most>
Fault set_count(Settings& settings, const Texts& values) {
  const auto count = number_in(values.back(), most);
  if (!count || *count == 0) return "must be a number from 1 to " + std::to_string(most);
  settings.*member = *count;
  return {};
}

template <auto member, unsigned least>
Fault set_mebibytes(Settings& settings, const Texts& values) {
  constexpr unsigned most = 65'536;
  const auto mebibytes = number_in(values.back(), most);
  if (!mebibytes || *mebibytes < least)
    return "must be a number of MiB from " + std::to_string(least) + " to " + std::to_string(most);
  settings.*member = std::size_t{*mebibytes} << 20U;
  return {};
}

Fault set_threads(Settings& settings, const Texts& values) {
  const auto threads = number_in(values.back(), 1'024);
  if (!threads) return "must be a number from 0 to 1024, 0 being as many as the machine has cores";
  settings.threads = *threads;
  return {};
}

/// One of two words.
template <auto member>
Fault set_choice(Settings& settings, const Texts& values, std::string_view yes, std::string_view no) {
  if (values.back() != yes && values.back() != no) return std::string{"must be "}.append(yes).append(" or ").append(no);
  settings.*member = values.back() == yes;
  return {};
}

struct NamedRate {
  std::string_view name;
  RateLimit Rates::*limit;
};
constexpr NamedRate named_rates[] = {{"key", &Rates::key},
                                     {"app", &Rates::app},
                                     {"tenant", &Rates::tenant},
                                     {"address", &Rates::address},
                                     {"failures", &Rates::failures}};

/// `on` or `off`, in the words of TOML too, or some of the limits; those that are not named stay as they are by default.
Fault set_rate_limits(Settings& settings, const Texts& values) {
  if (values.size() == 1) {
    const auto& word = values.front();
    const bool is_off = word == "off" || word == "false";
    if (is_off || word == "on" || word == "true") {
      settings.rates = is_off ? Rates{} : default_rates();
      return {};
    }
  }
  settings.rates = default_rates();
  for (const auto& each : values) {
    const auto equals = each.find('=');
    const auto quota = equals == std::string::npos ? std::nullopt : number_in(each.substr(equals + 1), 1'000'000'000);
    const auto* const found = std::find_if(std::begin(named_rates), std::end(named_rates), [&](const NamedRate& rate) {
      return rate.name == std::string_view{each}.substr(0, equals);
    });
    if (!quota || found == std::end(named_rates))
      return "must be on or off, or NAME=N with key, app, tenant, address or failures and a number from 0 to 1000000000, not " +
             each;
    (settings.rates.*found->limit).quota = *quota;
  }
  return {};
}

/// A quota by its name, such as `app-rooms` or `tenant-bytes`.
std::int64_t* quota_named(DefaultQuotas& quotas, std::string_view name) {
  const auto dash = name.find('-');
  const auto whose = name.substr(0, dash);
  if (dash == std::string_view::npos || (whose != "app" && whose != "tenant")) return nullptr;
  const auto found = std::find(names_of<QuotaKind>.begin(), names_of<QuotaKind>.end(), name.substr(dash + 1));
  if (found == names_of<QuotaKind>.end()) return nullptr;
  // By a name of its own: `&((a ? b : c).*member)` points into a copy where g++ 12 compiles it.
  auto& of = whose == "app" ? quotas.app : quotas.tenant;
  return &(of.*by_kind<Quotas>[static_cast<std::size_t>(found - names_of<QuotaKind>.begin())]);
}

/// Those that are not named stay as they are by default.
Fault set_quotas(Settings& settings, const Texts& values) {
  constexpr auto most = (std::int64_t{1} << 53U) - 1;
  settings.quotas = {};
  for (const auto& each : values) {
    const auto equals = each.find('=');
    auto* const quota = quota_named(settings.quotas, std::string_view{each}.substr(0, equals));
    const auto number = equals == std::string::npos ? std::nullopt : number_in<std::int64_t>(each.substr(equals + 1), most);
    if (quota == nullptr || !number)
      return "must be NAME=N with app- or tenant- before rooms, members, keys, devices, tokens, events or bytes and a "
             "number from 0 to 9007199254740991, not " +
             each;
    *quota = *number;
  }
  return {};
}

Fault set_webhook_targets(Settings& settings, const Texts& values) {
  return set_choice<&Settings::reaches_private>(settings, values, "any", "public");
}

/// `wss://` or nothing before `HOST:PORT` is TLS, `ws://` is not.
Fault set_signalling(Settings& settings, const Texts& values) {
  std::string_view host = values.back();
  settings.enablex.is_secure = !host.starts_with("ws://");
  for (const std::string_view scheme : {"wss://", "ws://"})
    if (host.starts_with(scheme)) host.remove_prefix(scheme.size());
  const auto colon = host.rfind(':');
  const auto port = colon == std::string_view::npos ? std::nullopt : number_in(std::string{host.substr(colon + 1)}, 65'535);
  const bool is_plain = std::all_of(host.begin(), host.end(), [](char c) { return c > ' ' && c < 0x7f && c != '/' && c != '@'; });
  if (!port || *port == 0 || colon == 0 || !is_plain) return "must be HOST:PORT, wss://HOST:PORT or ws://HOST:PORT";
  settings.enablex.host = host;
  return {};
}

Fault set_durability(Settings& settings, const Texts& values) {
  return set_choice<&Settings::is_durable>(settings, values, "full", "process");
}

constexpr Setting table[] = {
    {"db", "INNKEEPER_DB", "PATH", "The SQLite database; made if absent (default innkeeper.db)", Form::one, true,
     set_text<&Settings::db>},
    {"master-key", "", "FILE", "The file of the master key; made for a new database (default PATH.key beside the database)",
     Form::one, true, set_text<&Settings::master_key>},
    {"listen", "INNKEEPER_LISTEN", "HOST:PORT|unix:PATH",
     "Where to listen: a name stands for all its addresses, no host for every interface, port 0 for a free one; none: only for "
     "TLS; may be given more than once (default 127.0.0.1:8080)",
     Form::list, false, set_listen},
    {"listen-tls", "INNKEEPER_LISTEN_TLS", "HOST:PORT", "Where to listen for TLS too; may be given more than once", Form::list,
     false, set_listen_tls},
    {"socket-mode", "INNKEEPER_SOCKET_MODE", "MODE", "Permissions of Unix sockets, such as 0660 (default as the umask gives)",
     Form::octal, false, set_socket_mode},
    {"tls-cert", "INNKEEPER_TLS_CERT", "FILE",
     "The certificate, PEM, with those that vouch for it behind it; SIGHUP has it read again", Form::one, false,
     set_text<&Settings::tls_certificate>},
    {"tls-key", "INNKEEPER_TLS_KEY", "FILE", "Its private key, PEM (default the file of the certificate)", Form::one, false,
     set_text<&Settings::tls_key>},
    {"mount", "INNKEEPER_MOUNT", "NAME=PREFIX",
     "Put PREFIX, such as /sky, before all paths of a contract; NAME=/ serves them without one, which is the default; may be "
     "given more than once",
     Form::table, false, set_mounts},
    {"log-level", "INNKEEPER_LOG_LEVEL", "LEVEL", "debug, info, warning, error or off (default info)", Form::one, false,
     set_log_level},
    {"threads", "INNKEEPER_THREADS", "N", "Threads that serve (default 0: as many as the machine has cores)", Form::one, false,
     set_threads},
    {"connections", "INNKEEPER_CONNECTIONS", "N",
     "Connections at a time; for a further one the one is closed that has waited longest for a request (default 10000)",
     Form::one, false, set_count<&Settings::connections, 1'000'000>},
    {"connections-per-address", "INNKEEPER_CONNECTIONS_PER_ADDRESS", "N",
     "Connections at a time from one address, or one network of 64 bits of IPv6 (default 2500)", Form::one, false,
     set_count<&Settings::connections_per_address, 1'000'000>},
    {"memory", "INNKEEPER_MEMORY", "MIB",
     "What all connections together hold for requests and answers under way, MiB; beyond it larger bodies are 503 (default 64)",
     Form::one, false, set_mebibytes<&Settings::memory, 1>},
    {"cache", "INNKEEPER_CACHE", "MIB", "Rows that each thread keeps in memory, MiB; 0: none (default 8)", Form::one, true,
     set_mebibytes<&Settings::cache, 0>},
    {"mmap", "INNKEEPER_MMAP", "MIB",
     "Read that much of the database through a mapping, MiB: saves system calls, but a file that is cut short ends the process "
     "(default 0: none)",
     Form::one, true, set_mebibytes<&Settings::mapped, 0>},
    {"rate-limits", "INNKEEPER_RATE_LIMITS", "on|off|NAME=N",
     "Requests a minute of each key, app, tenant and address; as failures those without good credentials, for an account from an "
     "address, and ten times that for all accounts; 0: no limit; may be given more than once (default key=6000, app=30000, "
     "tenant=120000, address=30000, failures=60)",
     Form::table, false, set_rate_limits},
    {"quotas", "INNKEEPER_QUOTAS", "NAME=N",
     "How much there may be of an app or a tenant that has no quota of its own, as app- or tenant- before rooms, members, keys, "
     "devices, tokens, events and bytes; 0: no limit; may be given more than once (default app-events=5000000, "
     "app-bytes=8589934592, tenant-events=50000000, tenant-bytes=68719476736)",
     Form::table, false, set_quotas},
    {"webhook-targets", "INNKEEPER_WEBHOOK_TARGETS", "public|any",
     "any: webhooks go to private and loopback addresses too (default public)", Form::one, false, set_webhook_targets},
    {"webhook-ca", "INNKEEPER_WEBHOOK_CA", "FILE", "Certificates that webhooks' servers are checked by (default the system's)",
     Form::one, false, set_text<&Settings::webhook_ca>},
    {"signalling", "INNKEEPER_SIGNALLING", "[ws[s]://]HOST:PORT",
     "The signalling server that join tokens name; ws:// without TLS (default localhost:443)", Form::one, false, set_signalling},
    {"durability", "INNKEEPER_DURABILITY", "full|process",
     "process: a power loss may cost the last acknowledged moments (default full: it costs none)", Form::one, true,
     set_durability},
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

std::string octal(std::int64_t number) {
  std::array<char, 24> digits;
  return {digits.data(), std::to_chars(digits.begin(), digits.end(), number, 8).ptr};
}

std::optional<std::string> scalar(const toml::node& node, Form form) {
  if (const auto* text = node.as_string()) return text->get();
  if (const auto* truth = node.as_boolean(); truth != nullptr && form == Form::table) return truth->get() ? "true" : "false";
  const auto* integer = node.as_integer();
  if (integer == nullptr) return std::nullopt;
  const bool is_octal = (integer->flags() & toml::value_flags::format_as_octal) != toml::value_flags::none;
  return form == Form::octal && is_octal ? octal(integer->get()) : std::to_string(integer->get());
}

/// The values of a setting, in its form.
std::optional<Texts> texts_of(const toml::node& node, const Setting& setting) {
  if (auto one = scalar(node, setting.form)) return Texts{std::move(*one)};
  Texts texts;
  if (const auto* array = node.as_array()) {
    for (const auto& each : *array) {
      auto text = scalar(each, setting.form);
      if (!text) return std::nullopt;
      texts.push_back(std::move(*text));
    }
    return texts;
  }
  if (const auto* members = node.as_table(); members != nullptr && setting.form == Form::table) {
    for (const auto& [name, value] : *members) {
      const auto text = scalar(value, setting.form);
      if (!text) return std::nullopt;
      texts.push_back(std::string{name.str()} + "=" + *text);
    }
    return texts;
  }
  return std::nullopt;
}

std::string_view rule_of(Form form) {
  switch (form) {
    case Form::list:
      return "must be a text or a list of texts";
    case Form::table:
      return "must be a table, a text or a list of texts";
    default:
      return "must be a text or a whole number";
  }
}

Result<void> apply(Settings& settings, const Setting& setting, std::string_view source, const Texts& values) {
  if (values.empty()) return wrong(source, "must have a value");
  if (!setting.is_list() && values.size() > 1) return wrong(source, "must have one value");
  if (const auto fault = setting.apply(settings, values)) return wrong(source, *fault);
  return {};
}

Result<toml::table> parse_file(const std::string& path) {
  if (path.empty()) return wrong("--config", "must not be empty");
  const auto text = read_all(path);
  if (!text) return Error{Errc::invalid, Reason{"settings.invalid"}, text.error().detail};
  try {
    return toml::parse(*text, path);
  } catch (const toml::parse_error& error) {
    return wrong(path + ":" + std::to_string(error.source().begin.line), error.description());
  }
}

Result<void> apply_file(Settings& settings, const std::string& path) {
  const auto file = parse_file(path);
  if (!file) return file.error();
  std::vector<const Setting*> seen;
  for (const auto& [key, node] : *file) {
    std::string name{key.str()};
    std::replace(name.begin(), name.end(), '_', '-');
    const auto source = path + ":" + std::to_string(key.source().begin.line) + ": " + std::string{key.str()};
    const auto* setting = find_setting(name);
    if (setting == nullptr) return wrong(source, "is not a setting");
    if (std::find(seen.begin(), seen.end(), setting) != seen.end()) return wrong(source, "is set twice");
    seen.push_back(setting);
    const auto texts = texts_of(node, *setting);
    if (!texts) return wrong(source, rule_of(setting->form));
    if (auto applied = apply(settings, *setting, source, *texts); !applied) return applied;
  }
  return {};
}

}  // namespace

std::span<const Setting> all_settings() { return table; }

Result<Settings> resolve(const Values& flags, const std::optional<std::string>& config_file) {
  Settings settings;
  if (config_file)
    if (auto applied = apply_file(settings, *config_file); !applied) return applied.error();
  for (const auto& setting : table) {
    const char* text = setting.environment.empty() ? nullptr : std::getenv(setting.environment.data());
    if (text == nullptr || *text == '\0') continue;
    const auto values = setting.is_list() ? split(text) : Texts{text};
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
