#include <innkeeper/engine.hpp>

#include <innkeeper/model.hpp>

#include "engine/base/awaited.hpp"
#include "engine/crypto/keyring.hpp"
#include "engine/dialects/house/dialect.hpp"
#include "engine/openapi/document.hpp"
#include "engine/pipeline/pipeline.hpp"

#include <array>
#include <utility>

namespace innkeeper {

namespace {

constexpr std::array<const Table*, 7> tables{&table_of<Setting>, &table_of<Tenant>,      &table_of<Operator>, &table_of<App>,
                                             &table_of<Key>,     &table_of<AccessToken>, &table_of<Usage>};
constexpr Schema schema{"innkeeper", 1, tables};

/// What the host did not bring.
struct Defaults {
  SystemClock clock;
  SilentLog log;
  std::unique_ptr<Random> random = system_random();
};

}  // namespace

class Engine::Impl {
 public:
  Impl(const Options& options, std::unique_ptr<crypto::Keyring> keyring, pipeline::Router router,
       std::unique_ptr<Defaults> defaults, Random& random)
      : defaults_(std::move(defaults)),
        keyring_(std::move(keyring)),
        mounts_(options.mounts),
        house_{options.store,
               *keyring_,
               options.environment.clock != nullptr ? *options.environment.clock : defaults_->clock,
               random,
               options.environment.log != nullptr ? *options.environment.log : defaults_->log,
               options.limits,
               std::move(router),
               pipeline::RequestIds{random},
               pipeline::Gate{options.limits.in_flight}} {}

  pipeline::House& house() { return house_; }
  const std::vector<Mount>& mounts() const { return mounts_; }

 private:
  std::unique_ptr<Defaults> defaults_;
  std::unique_ptr<crypto::Keyring> keyring_;
  std::vector<Mount> mounts_;
  pipeline::House house_;
};

std::vector<Mount> default_mounts() {
  std::vector<Mount> mounts;
  for (const auto* each : all_dialects()) mounts.push_back({.dialect = each});
  return mounts;
}

Result<bool> is_sealed(Store& store) {
  if (auto ready = store.migrate(schema); !ready) return ready.error();
  return crypto::Keyring::is_in(store);
}

Engine::Engine(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Engine::~Engine() { drain(); }

Result<std::unique_ptr<Engine>> Engine::open(Options options) {
  auto mounts = options.mounts;
  mounts.push_back({.dialect = &house::dialect});
  auto router = pipeline::Router::build(mounts);
  if (!router) return router.error();
  if (auto ready = options.store.migrate(schema); !ready) return ready.error();

  auto defaults = std::make_unique<Defaults>();
  auto& random = options.environment.random != nullptr ? *options.environment.random : *defaults->random;
  auto keyring = crypto::Keyring::open(options.store, options.master_key, random);
  if (!keyring) return keyring.error();
  return std::unique_ptr<Engine>(
      new Engine(std::make_unique<Impl>(options, std::move(*keyring), std::move(*router), std::move(defaults), random)));
}

Response Engine::handle(const Request& request) {
  base::Awaited<Response> answer;
  submit(
      request, [&](Response response) { answer.set(std::move(response)); }, Caller::waits);
  return answer.wait();
}

void Engine::submit(const Request& request, Reply reply, Caller caller) {
  pipeline::serve_request(impl_->house(), request, std::move(reply), caller);
}

Response Engine::refuse(const Request& as_far_as_known, const Error& error) {
  return pipeline::refuse_request(impl_->house(), as_far_as_known, error);
}

Result<void> Engine::run(Access access, const Principal& principal,
                         std::function<Result<void>(Transaction&, const Context&)> work) {
  auto& house = impl_->house();
  const auto request_id = house.request_ids.next();
  const auto context = house.context(request_id, principal);
  switch (house.gate.enter()) {
    case pipeline::Gate::Entry::admitted:
      break;
    case pipeline::Gate::Entry::full:
      return Error{.code = Errc::overloaded, .reason = Reason{"engine.full"}, .retry_after = std::chrono::seconds{1}};
    case pipeline::Gate::Entry::closed:
      return Error{Errc::unavailable, Reason{"engine.draining"}};
  }
  auto result = house.store.run(access, [&](Transaction& tx) {
    return pipeline::run_guarded(context, "call", [&] {
      tx.confine(principal.tenant);
      return work(tx, context);
    });
  });
  house.gate.leave();
  return result;
}

Result<std::string> Engine::openapi(std::string_view name) const {
  for (const auto& mount : impl_->mounts())
    if (mount.dialect->name == name) return openapi::render(*mount.dialect, mount.prefix);
  return Error{Errc::not_found, Reason{"dialect.unknown"}, "no dialect of that name is mounted"};
}

const Limits& Engine::limits() const { return impl_->house().limits; }
Log& Engine::log() const { return impl_->house().log; }
void Engine::drain() { impl_->house().gate.close(); }

}  // namespace innkeeper
