#include <innkeeper/engine.hpp>

#include <innkeeper/courier.hpp>
#include <innkeeper/dialects.hpp>
#include <innkeeper/model.hpp>
#include <innkeeper/operations.hpp>

#include "engine/base/awaited.hpp"
#include "engine/crypto/keyring.hpp"
#include "engine/dialects/health/dialect.hpp"
#include "engine/domain/dispatch.hpp"
#include "engine/domain/key_uses.hpp"
#include "engine/domain/quota_store.hpp"
#include "engine/domain/rooms.hpp"
#include "engine/domain/tasks.hpp"
#include "engine/openapi/document.hpp"
#include "engine/pipeline/admission.hpp"
#include "engine/pipeline/maintenance.hpp"
#include "engine/pipeline/pipeline.hpp"

#include <atomic>
#include <chrono>
#include <mutex>
#include <new>
#include <utility>

namespace innkeeper {

namespace {

Schema schema() { return {"innkeeper", 9, all_tables()}; }

std::vector<const WebhookFormat*> webhook_formats_of(const std::vector<Mount>& mounts) {
  std::vector<const WebhookFormat*> webhook_formats;
  for (const auto& mount : mounts)
    if (mount.dialect->webhook_format != nullptr) webhook_formats.push_back(mount.dialect->webhook_format);
  return webhook_formats;
}

std::vector<const Table*> tables_with(const std::vector<const Table*>& entities) {
  std::vector<const Table*> tables(all_tables().begin(), all_tables().end());
  tables.insert(tables.end(), entities.begin(), entities.end());
  return tables;
}

/// What the host did not bring.
struct Defaults {
  SystemClock clock;
  SilentLog log;
  std::unique_ptr<Random> random = system_random();
};

}  // namespace

class Engine::Impl final : public WebhookQueue {
 public:
  Impl(const Options& options, std::unique_ptr<crypto::Keyring> keyring, pipeline::Router router,
       pipeline::SingleFields single_fields, std::unique_ptr<Defaults> defaults, Random& random)
      : defaults_(std::move(defaults)),
        keyring_(std::move(keyring)),
        mounts_(options.mounts),
        quota_store_{options.store, options.quotas},
        state_{quota_store_,
               *keyring_,
               options.environment.clock != nullptr ? *options.environment.clock : defaults_->clock,
               random,
               options.environment.log != nullptr ? *options.environment.log : defaults_->log,
               options.environment.executor,
               options.limits,
               std::move(router),
               std::move(single_fields),
               pipeline::RequestIds{random},
               pipeline::InFlightLimit{options.limits.in_flight},
               base::RateLimits{options.rates, options.quotas},
               webhook_formats_of(options.mounts),
               tables_with(options.entities)} {
    state_.feeds = std::make_shared<pipeline::Feeds>(state_, state_.limits);
    // A small store is counted at once; if it cannot be written now, maintenance comes to it.
    (void)quota_store_.count_some();
  }
  ~Impl() override { state_.feeds->close(); }

  pipeline::EngineState& state() { return state_; }
  /// What a principal's work runs over: no quota binds a host.
  Store& store_for(const Principal& who) { return who.kind == Principal::Kind::host ? quota_store_.unbounded() : quota_store_; }
  const std::vector<Mount>& mounts() const { return mounts_; }

  std::vector<WebhookRequest> take(std::size_t most) override {
    std::vector<WebhookRequest> webhook_requests;
    if (most == 0 || !has_due()) return webhook_requests;
    const std::lock_guard lock(dispatch_mutex_);
    webhooks::Dispatch next;
    auto taken = pipeline::run_as_host(state_, "webhooks.take", [&](Transaction& tx, const Context& context) -> Result<void> {
      next = dispatch_;
      auto due = webhooks::take_due(tx, context, most, next);
      if (!due) return due.error();
      webhook_requests = std::move(*due);
      return {};
    });
    if (!taken) return {};
    dispatch_ = std::move(next);
    return webhook_requests;
  }
  void complete(Id delivery, const DeliveryResult& result) override {
    {
      const std::lock_guard lock(dispatch_mutex_);
      dispatch_.note_result(delivery, result, state_.clock.now());
    }
    // What is not written down is sent again: at least once.
    (void)pipeline::run_as_host(state_, "webhooks.settle", [&](Transaction& tx, const Context& context) {
      return webhooks::complete(tx, context, delivery, result);
    });
  }
  void maintain() override {
    constexpr std::chrono::minutes purge_interval{1};
    state_.feeds->wake(Id::none);
    note_uses();
    resume_tasks();
    count_rows();
    const auto now = state_.clock.now();
    if (now - purged_at_.load() < purge_interval) return;
    // What is left over goes with the next calls.
    const auto is_clean = pipeline::purge_expired(state_);
    if (!is_clean || *is_clean) purged_at_ = now;
    purge_rooms();
  }

 private:
  /// A look without a write, most of the time in vain.
  template <class E>
  std::optional<E> look(const Query<E>& query) {
    std::optional<E> found;
    (void)state_.store.run(Access::read, [&](Transaction& tx) -> Result<void> {
      auto first = tx.first(query);
      found = first ? std::optional{std::move(*first)} : std::nullopt;
      return {};
    });
    return found;
  }
  /// Writes down when keys were last used.
  void note_uses() {
    const auto uses = state_.rate_limits.take_uses();
    if (uses.empty()) return;
    (void)pipeline::run_as_host(state_, "keys.note_uses", [&](Transaction& tx, const Context&) -> Result<void> {
      for (const auto& [key, at] : uses)
        if (auto noted = domain::note_use(tx, key, at); !noted) return noted;
      return {};
    });
  }
  bool has_due() {
    const auto now = state_.clock.now();
    return look(Query<Delivery>{}
                    .where(&Delivery::state, DeliveryState::pending)
                    .where(&Delivery::due_at, Compare::less_equal, now)
                    .order_by(&Delivery::due_at))
        .has_value();
  }
  /// Goes on with what changes left to do to many rows: in turn, so that a long task holds up no other, nor one that fails.
  void resume_tasks() {
    const std::lock_guard lock(tasks_mutex_);
    for (int steps = 0; steps < pipeline::most_steps; ++steps) {
      Query<Task> behind;
      if (last_task_ != Id::none) behind.where(&Task::id, Compare::greater, last_task_);
      auto task = look(behind);
      if (!task) task = look(Query<Task>{});
      last_task_ = task ? task->id : Id::none;
      if (!task) return;
      (void)pipeline::run_as_host(
          state_, "task", [&](Transaction& tx, const Context& context) { return domain::resume(tx, context, last_task_); });
    }
  }
  /// Goes on counting the rows of a database of before.
  void count_rows() {
    for (int steps = 0; steps < pipeline::most_steps; ++steps)
      if (const auto is_done = quota_store_.count_some(); !is_done || *is_done) return;
  }
  void purge_rooms() {
    constexpr std::int64_t most_at_once = 100;
    for (int steps = 0; steps < pipeline::most_steps; ++steps) {
      const auto now = state_.clock.now();
      if (!look(domain::rooms_over(now))) return;
      auto purged = pipeline::run_as_host(state_, "rooms.sweep", [](Transaction& tx, const Context& context) {
        return rooms::purge_expired(tx, context, most_at_once);
      });
      if (!purged) return;
    }
  }

  std::unique_ptr<Defaults> defaults_;
  std::unique_ptr<crypto::Keyring> keyring_;
  std::vector<Mount> mounts_;
  domain::QuotaStore quota_store_;
  pipeline::EngineState state_;
  std::atomic<Instant> purged_at_{Instant{}};
  std::mutex tasks_mutex_;
  Id last_task_{};
  std::mutex dispatch_mutex_;
  webhooks::Dispatch dispatch_;
};

std::vector<Mount> default_mounts() {
  std::vector<Mount> mounts;
  for (const auto* each : all_dialects()) mounts.push_back({.dialect = each});
  return mounts;
}

Result<bool> is_sealed(Store& store) {
  if (auto ready = store.migrate(schema()); !ready) return ready.error();
  return crypto::Keyring::is_in(store);
}

Engine::Engine(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Engine::~Engine() { drain(); }

Result<std::unique_ptr<Engine>> Engine::open(Options options) {
  auto mounts = options.mounts;
  mounts.push_back({.dialect = &health::dialect});
  for (const auto& mount : mounts)
    if (auto guarded = pipeline::require_guarded(*mount.dialect); !guarded) return guarded.error();
  for (const auto& mount : mounts)
    if (mount.settings.type() != nullptr && mount.settings.type() != mount.dialect->settings_type)
      return Error{Errc::invalid, Reason{"settings.foreign"},
                   std::string{mount.dialect->name} + " is mounted with settings that are not its own"};
  auto single_fields = pipeline::SingleFields::build(mounts);
  if (!single_fields) return single_fields.error();
  auto router = pipeline::Router::build(std::move(mounts));
  if (!router) return router.error();
  if (auto ready = options.store.migrate(schema()); !ready) return ready.error();

  auto defaults = std::make_unique<Defaults>();
  auto& random = options.environment.random != nullptr ? *options.environment.random : *defaults->random;
  auto keyring = crypto::Keyring::open(options.store, options.master_key, random);
  if (!keyring) return keyring.error();
  return std::unique_ptr<Engine>(new Engine(std::make_unique<Impl>(options, std::move(*keyring), std::move(*router),
                                                                   std::move(*single_fields), std::move(defaults), random)));
}

Response Engine::handle(const Request& request) {
  base::Awaited<Response> answer;
  submit(
      request, [&](Response response) { answer.set(std::move(response)); }, Caller::waits);
  auto response = answer.wait();
  if (!response.feed || !response.feed->has_end()) return response;
  try {
    while (!response.feed->is_over()) response.body += response.feed->take();
    if (!response.feed->is_cut()) {
      response.feed.reset();
      return response;
    }
  } catch (const std::bad_alloc&) {
    response = {};
  }
  return refuse(request,
                {.code = Errc::unavailable, .reason = Reason{"engine.cut"}, .detail = "the body could not be read whole"});
}

void Engine::submit(const Request& request, Reply reply) { submit(request, std::move(reply), Caller::moves_on, Examined::no); }

void Engine::submit(const Request& request, Reply reply, Caller caller, Examined examined) {
  pipeline::serve_request(impl_->state(), request, std::move(reply), caller, examined);
}

void Engine::examine(const Request& head, Reply reply) { pipeline::examine_head(impl_->state(), head, std::move(reply)); }

std::size_t Engine::body_limit(const Request& head) const { return pipeline::body_limit(impl_->state(), head); }

Response Engine::refuse(const Request& as_far_as_known, const Error& error) {
  return pipeline::refuse_request(impl_->state(), as_far_as_known, error);
}

/// What a host does as a principal: one request, without a message.
class Engine::HostCall {
 public:
  HostCall(Impl& impl, const Principal& principal)
      : impl_(impl),
        request_id_(state().request_ids.next()),
        context_(state().context(request_id_, pending_events_, principal)) {}

  /// Does it, if there is room. `parts` is what it consists of.
  template <class F>
  Result<void> perform(F&& parts) {
    if (context_.principal.level() == AccessLevel::none)
      return Error{Errc::forbidden, Reason{"principal.missing"}, "nobody may do nothing"};
    switch (state().in_flight.enter()) {
      case pipeline::InFlightLimit::Entry::admitted:
        break;
      case pipeline::InFlightLimit::Entry::full:
        return Error{.code = Errc::overloaded, .reason = Reason{"engine.full"}, .retry_after = std::chrono::seconds{1}};
      case pipeline::InFlightLimit::Entry::closed:
        return Error{Errc::unavailable, Reason{"engine.draining"}};
    }
    auto result = parts();
    if (result && pending_events_.any) state().feeds->wake(pending_events_.app);
    state().in_flight.leave();
    return result;
  }

  Result<void> in_transaction(Access access, const TransactionWork& work) {
    return impl_.store_for(context_.principal).run(access, [&](Transaction& tx) {
      return guarded([&] {
        pending_events_ = {};
        context_.now = state().clock.now();
        tx.confine(context_.principal.tenant, context_.principal.app());
        return work(tx, context_);
      });
    });
  }
  Result<void> outside(const std::function<Result<void>(const Context&)>& work) {
    return guarded([&] { return work(context_); });
  }

 private:
  pipeline::EngineState& state() const { return impl_.state(); }
  template <class F>
  Result<void> guarded(F&& work) const {
    return pipeline::run_guarded(context_, "call", std::forward<F>(work));
  }

  Impl& impl_;
  const std::string request_id_;
  PendingEvents pending_events_;
  Context context_;
};

Result<void> Engine::run(Access access, const Principal& principal, TransactionWork work) {
  HostCall call(*impl_, principal);
  return call.perform([&] { return call.in_transaction(access, work); });
}

Result<void> Engine::run_slow(const Principal& principal, const TransactionWork& load,
                              const std::function<Result<void>(const Context&)>& work, const TransactionWork& commit) {
  HostCall call(*impl_, principal);
  return call.perform([&]() -> Result<void> {
    if (auto loaded = call.in_transaction(Access::read, load); !loaded) return loaded;
    if (auto worked = call.outside(work); !worked) return worked;
    return call.in_transaction(Access::write, commit);
  });
}

Result<std::string> Engine::openapi(std::string_view name) const {
  for (const auto& mount : impl_->mounts())
    if (mount.dialect->name == name) return openapi::render(*mount.dialect, mount.prefix);
  return Error{Errc::not_found, Reason{"dialect.unknown"}, "no dialect of that name is mounted"};
}

WebhookQueue& Engine::webhook_queue() { return *impl_; }
const Limits& Engine::limits() const { return impl_->state().limits; }
Log& Engine::log() const { return impl_->state().log; }
void Engine::drain() { impl_->state().in_flight.close(); }

}  // namespace innkeeper
