#pragma once

#include <innkeeper/contract/rate.hpp>
#include <innkeeper/contract/webhook_format.hpp>
#include <innkeeper/field_names.hpp>
#include <innkeeper/message.hpp>
#include <innkeeper/operation.hpp>

#include <array>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// How a wire contract is described: data, and a few small functions. Nothing registers itself; a dialect is handed to the
/// engine.
namespace innkeeper {

/// The path parameters of a matched route, percent-decoded. At most `capacity`, which `Engine::open` checks.
class Params {
 public:
  static constexpr std::size_t capacity = 8;
  void add(std::string_view name, std::string value) {
    if (size_ < capacity) items_[size_++] = {name, std::move(value)};
  }
  /// The value of that name; empty if the route has no such parameter.
  std::string_view operator[](std::string_view name) const {
    for (std::size_t i = 0; i < size_; ++i)
      if (items_[i].first == name) return items_[i].second;
    return {};
  }

 private:
  std::array<std::pair<std::string_view, std::string>, capacity> items_{};
  std::size_t size_ = 0;
};

/// A request with its matched route, as the functions that decode it see it.
struct Call {
  const Request& request;
  const Params& path;
  std::string_view query;          ///< The raw query, without the question mark.
  std::size_t longest_object = 0;  ///< `Limits::object`.

  /// The decoded value of a query parameter ('+' is a blank): "" if it has no value, nothing if it is absent. Of several, the
  /// first counts. Malformed percent-encoding is kept as received.
  std::optional<std::string> parameter(std::string_view name) const;
};

/// The credentials of a request, extracted before any transaction.
struct Credentials {
  std::string_view scheme{};  ///< "" when nothing was presented, else a name the dialect chose.
  std::string id{};
  std::string secret{};
  std::string address{};  ///< As `Origin::address`; filled in by the pipeline.
};

/// Where the text of a feed comes from (`Response::feed`).
struct FeedSource {
  Id app{};  ///< App whose events wake this feed.
  /// Returns the text to send next, empty if there is nothing new; an error ends the feed. Runs in a transaction of its own,
  /// after the caller was authenticated again. Sets the flag if more can be sent at once.
  std::function<Result<std::string>(Transaction&, const Context&, bool& has_more)> read{};
  bool has_end = false;  ///< It ends when there is no more text, and does not wait for events.
};

/// A decoded request, to be run in a transaction. It owns all it needs: the request may be gone.
class Job {
 public:
  virtual ~Job() = default;
  /// Why the request could not be decoded; null if it could. If it is not null, `run` and `write` are not called.
  virtual const Error* refusal() const = 0;
  virtual Result<void> run(Transaction&, const Context&) = 0;
  /// Writes the result of the last `run` into the response, and may move it there. Called outside of any transaction.
  virtual void write(const Context&, Response&) = 0;
  /// Whether it is a `SlowOperation`, whose three parts are the next two members and `run`.
  virtual bool is_slow() const { return false; }
  virtual Result<void> load(Transaction&, const Context&) { return {}; }
  virtual Result<void> work(const Context&) { return {}; }
  /// What the response body continues with after the last `run`; nothing for most jobs.
  virtual std::optional<FeedSource> feed() const { return std::nullopt; }
  /// The account that a sign-in request names; "" for any other request.
  virtual std::string_view account() const { return {}; }
};

struct Handler {
  const std::string_view& operation;  ///< Its name.
  const Access& access;
  std::unique_ptr<Job> (*decode)(const Call&);
};

namespace detail {
struct NoFeed {};
template <const auto& operation, auto read, auto write_answer, auto make_feed = NoFeed{}>
class OperationJob final : public Job {
 public:
  using In = typename std::remove_cvref_t<decltype(operation)>::Input;
  using Out = typename std::remove_cvref_t<decltype(operation)>::Output;
  explicit OperationJob(const Call& call) {
    auto in = read(call);
    if (in)
      in_.emplace(std::move(*in));
    else
      refusal_.emplace(in.error());
  }
  const Error* refusal() const override { return refusal_ ? &*refusal_ : nullptr; }
  Result<void> run(Transaction& tx, const Context& context) override {
    auto out = operation.run(tx, context, *in_);
    if (!out) return out.error();
    out_.emplace(std::move(*out));
    return {};
  }
  void write(const Context& context, Response& response) override { write_answer(std::move(*out_), context, response); }
  std::optional<FeedSource> feed() const override {
    if constexpr (std::is_same_v<std::remove_cv_t<decltype(make_feed)>, NoFeed>)
      return std::nullopt;
    else
      return make_feed(*in_, *out_);
  }
  std::string_view account() const override {
    if constexpr (requires(const In& in) { in.account(); })
      if (in_) return in_->account();
    return {};
  }

 private:
  std::optional<In> in_;
  std::optional<Error> refusal_;
  std::optional<Out> out_;
};

template <const auto& operation, auto read, auto write_answer>
class SlowOperationJob final : public Job {
 public:
  using In = typename std::remove_cvref_t<decltype(operation)>::Input;
  using Out = typename std::remove_cvref_t<decltype(operation)>::Output;
  using Loaded = typename std::remove_cvref_t<decltype(operation)>::Loads;
  explicit SlowOperationJob(const Call& call) : in_(read(call)) {
    if (!in_) refusal_.emplace(in_.error());
  }
  const Error* refusal() const override { return refusal_ ? &*refusal_ : nullptr; }
  bool is_slow() const override { return true; }
  Result<void> load(Transaction& tx, const Context& context) override {
    auto loaded = operation.load(tx, context, *in_);
    if (!loaded) return loaded.error();
    loaded_.emplace(std::move(*loaded));
    return {};
  }
  Result<void> work(const Context& context) override { return operation.work(context, *in_, *loaded_); }
  Result<void> run(Transaction& tx, const Context& context) override {
    auto out = operation.commit(tx, context, *in_, *loaded_);
    if (!out) return out.error();
    out_.emplace(std::move(*out));
    return {};
  }
  void write(const Context& context, Response& response) override { write_answer(std::move(*out_), context, response); }
  std::string_view account() const override {
    if constexpr (requires(const In& in) { in.account(); })
      if (in_) return in_->account();
    return {};
  }

 private:
  Result<In> in_;
  std::optional<Error> refusal_;
  std::optional<Loaded> loaded_;
  std::optional<Out> out_;
};
}  // namespace detail

/// A handler from three plain functions: `Result<In> read(const Call&)`, an `Operation<In, Out>`, and `void write(const Out&,
/// const Context&, Response&)`, which may take an `Out&&`. The request is decoded before the transaction, rules are checked
/// inside it, and the response is written after it.
template <const auto& operation, auto read, auto write>
inline constexpr Handler serve{operation.name, operation.access, [](const Call& call) -> std::unique_ptr<Job> {
                                 return std::make_unique<detail::OperationJob<operation, read, write>>(call);
                               }};

/// The same for a `SlowOperation`.
template <const auto& operation, auto read, auto write>
inline constexpr Handler serve_slow{operation.name, Access::write, [](const Call& call) -> std::unique_ptr<Job> {
                                      return std::make_unique<detail::SlowOperationJob<operation, read, write>>(call);
                                    }};

/// The same for a response whose body continues as a feed: `FeedSource follow(const In&, const Out&)`, or an optional one.
template <const auto& operation, auto read, auto write, auto follow>
inline constexpr Handler serve_feed{operation.name, operation.access, [](const Call& call) -> std::unique_ptr<Job> {
                                      return std::make_unique<detail::OperationJob<operation, read, write, follow>>(call);
                                    }};

/// Writes a JSON Schema (2020-12) as text.
using JsonSchema = std::string (*)();

/// A parameter of a path or a query, or a header, for the contract's document.
struct Parameter {
  std::string_view name;
  std::string_view type;  ///< JSON Schema type name.
  std::string_view summary;
  bool is_required = false;                    ///< Path parameters always are.
  std::string_view format{};                   ///< As JSON Schema names it: `date-time`.
  std::span<const std::string_view> values{};  ///< The allowed values; empty: any.
  std::optional<std::int64_t> minimum{}, maximum{};
  std::optional<std::int64_t> default_value{};  ///< Used if the parameter is absent.
};

/// A tag of the OpenAPI document, which groups routes.
struct Tag {
  std::string_view name;
  std::string_view description;
};

/// The path parameter that names the member whom a route is about.
struct PathMember {
  enum class Form : std::uint8_t {
    ref,  ///< Its uid, or the digits of its id, as a `Ref` of that text.
    id,   ///< The digits of its id only.
  };
  std::string_view parameter{};  ///< Empty: the path names none.
  Form form = Form::ref;
};

/// One route of a contract.
struct Route {
  Method method;
  std::string_view path;  ///< `/tenants/{tenant_id}/apps`; static segments win over parameters.
  const Handler& handler;
  std::string_view summary;  ///< One sentence, for the document.
  bool is_open = false;      ///< No credentials are required.
  Permission needs{};        ///< What the authenticated caller must have; the default demands access to all tenants.
  /// A member may call the route about itself only; other callers are not bound by this. Any other name, of a member or of
  /// none, is `forbidden` with `reason::member_other`, decided before `admit`.
  PathMember self{};
  /// Checks made after authentication and before an error in the body is reported, such as whether the parent object exists. Runs
  /// in the same transactions as `AuthenticationScheme::authenticate`.
  Result<void> (*admit)(Transaction&, const Context&, const Params&) = nullptr;
  std::size_t most_body = 0;  ///< Maximum bytes of a request body; 0: `Limits::body`, which is never exceeded.
  /// False: the operation reads nothing from the store, and works even while the store cannot be read. Such a route is open.
  bool needs_store = true;
  JsonSchema request_schema = nullptr;   ///< Of the request body; null: there is none.
  JsonSchema response_schema = nullptr;  ///< Of the body of a success; null: there is none.
  int status = 200;                      ///< The status of a success, for the document; writers set it in the response.
  std::span<const Parameter> query{};
  std::span<const Parameter> headers{};           ///< Of the request, without those of the security scheme.
  std::span<const Parameter> response_headers{};  ///< Of a success, if they are part of the contract.
  std::string_view tag{};                         ///< One of the dialect's tags; empty: the dialect's title.
  std::string_view media = "application/json";    ///< The media type of `response_schema`.
  bool is_documented = true;                      ///< Whether it is in the contract's document.
  /// Its `operationId` in the document; empty: the operation's name. Needed if several routes of a dialect run one operation.
  std::string_view id{};
};

/// An authentication scheme of a contract.
struct AuthenticationScheme {
  std::string_view name;  ///< Its name in the OpenAPI document, where schemes of equal names are one.
  /// Returns the credentials of a request; their `scheme` is empty if there are none. Has no access to the store.
  Credentials (*read_credentials)(const Request&) = nullptr;
  /// Returns the principal. Called in the transaction that the operation runs in; for writes also in a read transaction before
  /// it, so that a caller without permission is refused without a write.
  Result<Principal> (*authenticate)(Transaction&, const Context&, const Credentials&, const Params&) = nullptr;
  std::string_view document{};  ///< An OpenAPI security scheme object, as JSON text.
};

/// The paths below a prefix. The longest matching prefix determines the authentication scheme of a route, and the dialect that
/// renders an error which occurs before a route is found (unknown path, malformed HTTP, too large); errors outside of every
/// prefix are RFC 9457 problems.
struct PathFamily {
  std::string_view prefix;                       ///< `/tenants` also covers `/tenants/…`, not `/tenantsfoo`.
  bool is_authenticated_before_routing = false;  ///< Only authenticated callers learn that a path is unknown.
  const AuthenticationScheme* scheme = nullptr;  ///< Null: the dialect's.
};

/// Cross-origin resource sharing (WHATWG Fetch §3.2). A preflight, `OPTIONS` on any path of the contract, is answered with 204
/// without authentication.
struct Cors {
  std::string_view origin = "*";       ///< `Access-Control-Allow-Origin`, on every answer, errors too.
  std::string_view methods;            ///< `Access-Control-Allow-Methods`, on preflights.
  std::string_view request_headers;    ///< `Access-Control-Allow-Headers`, on preflights.
  std::string_view exposed_headers{};  ///< `Access-Control-Expose-Headers`, on other answers; empty: none.
  std::chrono::seconds max_age{};      ///< `Access-Control-Max-Age`, on preflights; 0: not said.
};

/// The headers in which responses report rate limits.
enum class RateHeaders : std::uint8_t {
  none,
  fields,       ///< All limits, in `RateLimit` and `RateLimit-Policy` (draft-ietf-httpapi-ratelimit-headers).
  x_ratelimit,  ///< The contract's own limit, in `X-RateLimit-Limit`, `X-RateLimit-Remaining` and `X-RateLimit-Reset` (Unix time,
                ///< s).
};

/// HTTP conventions that a contract may follow; the pipeline implements them.
struct Conventions {
  bool accepts_request_id = false;  ///< The request's `X-Request-Id` is its id; every response has it.
  bool answers_options = false;     ///< OPTIONS returns the methods of a path.
  bool is_conditional = false;      ///< `If-None-Match` against the answer's `ETag` (RFC 9110 §13).
  /// The headers in which responses report the limits that applied.
  RateHeaders rate_headers = RateHeaders::none;
  bool is_idempotent = false;  ///< A POST with an `Idempotency-Key` is carried out once; see `idempotency_life`.
};
/// How long the response to a request with an `Idempotency-Key` is kept.
inline constexpr std::chrono::hours idempotency_life{24};

/// One wire contract. All members have static storage duration.
struct Dialect {
  std::string_view name;  ///< Lower-case letters, digits and `-`.
  std::string_view title;
  std::span<const Route> routes;
  std::span<const PathFamily> path_families;
  std::span<const std::string_view> bases{};  ///< Prefixes under which all routes are served; empty: no prefix.
  bool ignores_trailing_slash = false;
  /// If a static segment does not have the request's method, a parameter in its place is tried: with `POST /members/login` and
  /// `GET /members/{id}`, `GET /members/login` finds the member `login`. Otherwise it is a 405.
  bool tries_parameters = false;
  Conventions conventions{};

  const AuthenticationScheme* scheme = nullptr;  ///< Null only where every route is open, or its path family has one.
  const Cors* cors = nullptr;                    ///< Null: responses have no CORS headers.
  /// Names of the contract's header fields that have a single value: a request that repeats one is refused, whatever the
  /// contract.
  std::span<const std::string_view> single_headers{};
  /// The contract's own rate limit, from its settings: for each principal, and for each account that sign-in requests name
  /// (`Job::account`). Null: none.
  ContractRate (*rate)(const Context&) = nullptr;
  /// The contract's error page: status, headers, body. The pipeline adds `Allow` to a 405 and `Retry-After` where the error has
  /// one.
  void (*render_error)(const Error&, const Context&, Response&) = nullptr;
  /// Adds what every response has, errors included. May be null.
  void (*finish)(const Context&, Response&) = nullptr;
  const void* settings_type = nullptr;  ///< `ContractSettings::type_of` the settings it may be mounted with; null: it has none.
  const WebhookFormat* webhook_format = nullptr;  ///< Null: the contract has no webhook format.

  JsonSchema error_schema = nullptr;  ///< The body of an error, for the document.
  /// The statuses of the errors that callers of a route have to expect, in order, for the document. May be null.
  std::vector<int> (*error_statuses)(const Route&) = nullptr;
  std::string_view error_media = "application/json";
  std::string_view about{};                      ///< A paragraph on the contract, for the document.
  std::string_view license{};                    ///< An SPDX identifier, for the document; empty: none.
  std::span<const Tag> tags{};                   ///< In the order of the document.
  std::span<const Parameter> path_parameters{};  ///< By name, for the paths of all routes.
};

/// The authentication scheme of a path, which is without the mount's prefix; null: none.
const AuthenticationScheme* scheme_of(const Dialect&, std::string_view path);

}  // namespace innkeeper
