#pragma once

#include <innkeeper/environment.hpp>
#include <innkeeper/master_key.hpp>
#include <innkeeper/message.hpp>
#include <innkeeper/mount.hpp>
#include <innkeeper/quotas.hpp>
#include <innkeeper/rates.hpp>
#include <innkeeper/result.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace innkeeper {

enum class Access : std::uint8_t;
enum class Caller : std::uint8_t;
struct Context;
struct Principal;
class Store;
struct Table;
class Transaction;
class WebhookQueue;
template <class In, class Out>
struct Operation;
template <class In, class Loaded, class Out>
struct SlowOperation;

/// Every dialect of this library at its own paths.
std::vector<Mount> default_mounts();

/// Whether `Engine::examine` accepted the request's head before its body was read.
enum class Examined : std::uint8_t { no, yes };

struct Limits {
  std::size_t body = 1U << 20U;       ///< Bytes of a request body; more is `too_large`.
  std::size_t object = 16'384;        ///< Bytes of free JSON, such as metadata, as it is stored.
  std::size_t in_flight = 4'096;      ///< Requests accepted and not answered; more are `overloaded`.
  std::chrono::days keep_events{30};  ///< How long an app's events and their deliveries can be read again.
  std::size_t feeds_per_key = 64;     ///< Feeds open at a time with one key or of one member; more are `rate_limited`.
  std::size_t feeds_per_app = 256;    ///< Feeds open at a time of one app, with whichever keys; more are `rate_limited`.
};

/// The API engine: requests in, answers out, over one store. It owns no thread and no socket; several live in one process. All
/// members may be called from any thread at once.
class Engine {
 public:
  struct Options {
    Store& store;  ///< Outlives the engine.
    MasterKey master_key;
    std::vector<Mount> mounts = default_mounts();
    Environment environment{};
    Limits limits{};
    Rates rates{};
    DefaultQuotas quotas{};
    /// Tables of the host's own entities in the same store, which the host migrates before: their rows go with what they refer to
    /// and when their time is over, as they are described. Static storage duration.
    std::vector<const Table*> entities{};
  };

  /// Brings the store's tables up to date, checks the master key against the store, and builds the routes. Errors: what
  /// `Store::migrate` answers; `forbidden` with reason `master_key.wrong`; `invalid` with one of these reasons; the detail
  /// says where:
  /// - `routes.collide`: two dialects serve the same method and path;
  /// - `routes.unguarded`: a route is not open, and nothing authenticates its callers (`Route::is_open`, `Dialect::scheme`);
  /// - `routes.storeless`: a route with `needs_store == false` is not open, has an `admit`, or writes;
  /// - `routes.parameters`: a path has more parameters than `Params` holds;
  /// - `routes.self`: `Route::self` names no parameter of the path, or the route is open;
  /// - `headers.too_many`: the dialects together name too many `single_headers`;
  /// - `settings.foreign`: a mount has settings of a type that is not its dialect's.
  static Result<std::unique_ptr<Engine>> open(Options);
  /// Drains first.
  ~Engine();

  /// Answers one request, waiting for it, and for the whole body unless that has no end. A success that changed something is
  /// durable when this returns. Not to be called from a `Work`, a `Done` or a `Reply`. Never throws.
  Response handle(const Request&);

  /// The same without waiting: `reply` is called once, on this thread before this returns or later on one of the store's. The
  /// request is not used after this returns.
  void submit(const Request&, Reply reply);
  /// The same for a front end: its thread may have nothing else to do, and `examine` may have counted the request.
  void submit(const Request&, Reply reply, Caller, Examined = Examined::no);

  /// For a front end that has read a request's head but not its body. Checks all that needs no body (the route, limits, the
  /// caller, what the path names), so that the body of a request that would be refused is never read. `reply` gets status 100
  /// (RFC 9110 §15.2.1) if the body may be read and the whole request submitted; otherwise the final response.
  void examine(const Request& head, Reply reply);
  /// The maximum bytes of a request's body. It depends on the head's method, target, Host and origin only.
  std::size_t body_limit(const Request& head) const;

  /// The error response to a request that a front end could not read whole, as the dialect that owns its target renders it.
  Response refuse(const Request& as_far_as_known, const Error&);

  /// Runs an operation as a principal, without an HTTP message. Waits, as `handle` does. The principal is trusted as given: its
  /// tenant and app confine the transaction, but no `Permission` is checked, since that is a route's. Rate limits do not apply;
  /// quotas apply to all but the host. Errors: those of the operation; `forbidden` for a principal that is nobody; `overloaded`
  /// beyond `Limits::in_flight`; `unavailable` while draining.
  template <class In, class Out>
  Result<Out> call(const Operation<In, Out>& operation, const Principal& principal, const std::type_identity_t<In>& in) {
    Result<Out> out = Error{};
    auto done = run(operation.access, principal, [&](Transaction& tx, const Context& context) -> Result<void> {
      out = operation.run(tx, context, in);
      if (!out) return out.error();
      return {};
    });
    if (!done) return done.error();
    return out;
  }

  /// The same for a slow operation, whose work is done on this thread.
  template <class In, class Loaded, class Out>
  Result<Out> call(const SlowOperation<In, Loaded, Out>& operation, const Principal& principal,
                   const std::type_identity_t<In>& in) {
    std::optional<Loaded> loaded;
    Result<Out> out = Error{};
    auto done = run_slow(
        principal,
        [&](Transaction& tx, const Context& context) -> Result<void> {
          auto found = operation.load(tx, context, in);
          if (!found) return found.error();
          loaded.emplace(std::move(*found));
          return {};
        },
        [&](const Context& context) { return operation.work(context, in, *loaded); },
        [&](Transaction& tx, const Context& context) -> Result<void> {
          out = operation.commit(tx, context, in, *loaded);
          if (!out) return out.error();
          return {};
        });
    if (!done) return done.error();
    return out;
  }

  using TransactionWork = std::function<Result<void>(Transaction&, const Context&)>;
  /// Runs several operations, or a host's own work, in one transaction as a principal, as `call` does. `work` may run more than
  /// once: it touches only its transaction and its result, which it sets anew each time.
  Result<void> run(Access, const Principal&, TransactionWork work);

  /// The OpenAPI 3.1 document of a dialect, as JSON. Errors: `not_found` if none of that name is mounted.
  Result<std::string> openapi(std::string_view dialect) const;

  /// The queue from which a courier takes webhook requests. Its `maintain` must be called about once a second, by a courier or
  /// else by the host: otherwise the last use of keys is not stored, feeds do not see events of other processes, and expired
  /// records stay.
  WebhookQueue& webhook_queue();

  const Limits& limits() const;
  Log& log() const;

  /// Refuses new requests with `unavailable`, and returns when all that were accepted are answered. It cannot be undone.
  void drain();

 private:
  class Impl;
  class HostCall;
  Result<void> run_slow(const Principal&, const TransactionWork& load, const std::function<Result<void>(const Context&)>& work,
                        const TransactionWork& commit);
  explicit Engine(std::unique_ptr<Impl>);
  std::unique_ptr<Impl> impl_;
};

}  // namespace innkeeper
