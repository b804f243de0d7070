#include "adapters/daemon/instance.hpp"

#include <innkeeper/master_key.hpp>
#include <innkeeper/sqlite.hpp>

#include <array>
#include <cstdlib>
#include <filesystem>
#include <utility>

namespace innkeeper::daemon {

namespace {

constexpr std::string_view in_memory = ":memory:";

struct FoundKey {
  MasterKey key;
  std::string source;
};

Error key_fault(Reason reason, std::string detail) { return {Errc::forbidden, reason, std::move(detail)}; }

Result<FoundKey> read_file(const std::string& path) {
  auto key = MasterKey::from_file(path);
  if (!key) return Error{key.error().code, Reason{"master_key.file"}, key.error().detail};
  return FoundKey{*key, path};
}

/// The key in a file that is made if the store was never used with one.
Result<FoundKey> read_or_make_file(const std::string& path, const Settings& settings, bool is_sealed, Random& random) {
  auto found = read_file(path);
  if (found || found.error().code != Errc::not_found) return found;
  if (is_sealed)
    return key_fault(Reason{"master_key.missing"},
                     path + ": no such file, and " + settings.db +
                         " is sealed with a master key; bring its key back, a new one cannot open it");
  auto made = MasterKey::create_file(path, random);
  if (made) return FoundKey{*made, path};
  if (made.error().code == Errc::already_exists) return read_file(path);
  return Error{made.error().code, Reason{"master_key.file"}, made.error().detail};
}

Result<FoundKey> find_key(const Settings& settings, bool is_sealed, Random& random) {
  if (!settings.is_master_key_flag) {
    if (const char* text = std::getenv("INNKEEPER_MASTER_KEY"); text != nullptr && *text != '\0') {
      auto key = MasterKey::from_text(text);
      if (!key) return key_fault(Reason{"master_key.form"}, "INNKEEPER_MASTER_KEY: " + key.error().detail);
      return FoundKey{*key, "INNKEEPER_MASTER_KEY"};
    }
    if (const char* folder = std::getenv("CREDENTIALS_DIRECTORY"); folder != nullptr && *folder != '\0') {
      auto found = read_file((std::filesystem::path{folder} / "innkeeper.key").string());
      if (found || found.error().code != Errc::not_found) return found;
    }
  }
  if (settings.master_key.empty() && settings.db == in_memory) return FoundKey{MasterKey::generate(random), "memory"};
  return read_or_make_file(settings.master_key.empty() ? settings.db + ".key" : settings.master_key, settings, is_sealed, random);
}

}  // namespace

bool is_about_master_key(const Error& error) { return error.reason.name.starts_with("master_key."); }

/// The mounts, each with what its contract is to know.
std::vector<Mount> mounts_of(const Settings& settings) {
  auto mounts = settings.mounts;
  for (auto& each : mounts)
    if (each.dialect == &enablex) each.settings = settings.enablex;
  return mounts;
}

Result<Instance> open_instance(const Settings& settings, Log& log, Access access) {
  Instance instance{.random = system_random(), .thread_pool = std::make_unique<ThreadPool>(), .store = {}, .engine = {}};
  auto store = open_sqlite({.path = settings.db,
                            .is_durable = settings.is_durable,
                            .is_read_only = access == Access::read && !can_write_sqlite(settings.db),
                            .cache = settings.cache,
                            .mapped = settings.mapped,
                            .log = &log});
  if (!store) return store.error();
  instance.store = std::move(*store);
  const auto sealed = is_sealed(*instance.store);
  if (!sealed) return sealed.error();
  auto found = find_key(settings, *sealed, *instance.random);
  if (!found) return found.error();
  auto engine = Engine::open(
      {.store = *instance.store,
       .master_key = found->key,
       .mounts = mounts_of(settings),
       .environment = {.clock = nullptr, .random = instance.random.get(), .log = &log, .executor = instance.thread_pool.get()},
       .limits = {},
       .rates = settings.rates,
       .quotas = settings.quotas});
  if (!engine) {
    if (is_about_master_key(engine.error()))
      return key_fault(Reason{"master_key.wrong"},
                       found->source + ": is not the master key that " + settings.db + " is sealed with");
    return engine.error();
  }
  instance.engine = std::move(*engine);
  return instance;
}

Result<Instance> open_empty_instance() {
  static SilentLog log;
  return open_instance({.db = std::string{in_memory}}, log);
}

std::string explain(const Error& error) {
  if (!error.detail.empty()) return error.detail;
  if (error.reason) return std::string{error.reason.name};
  return error.code == Errc::unavailable ? "the store is not available" : "an internal error";
}

}  // namespace innkeeper::daemon
