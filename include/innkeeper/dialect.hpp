#pragma once

#include <innkeeper/message.hpp>
#include <innkeeper/operation.hpp>
#include <innkeeper/rates.hpp>
#include <innkeeper/telling.hpp>

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

/// The path parameters of a matched route, percent-decoded.
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

/// A request on a route, as a reader sees it.
struct Call {
  const Request& request;
  const Params& path;
  std::string_view query;          ///< The raw query, without the question mark.
  std::size_t longest_object = 0;  ///< `Limits::object`.

  /// The value of a query parameter, decoded ('+' is a blank); "" where it stands without a value; nothing where it is absent.
  /// The first one wins. Malformed percent-encoding is kept as it came.
  std::optional<std::string> parameter(std::string_view name) const;
};

/// What a request presents to prove who sends it; read before any transaction.
struct Credentials {
  std::string_view scheme{};  ///< "" when nothing was presented, else a name the dialect chose.
  std::string id{};
  std::string secret{};
  std::string address{};  ///< As `Origin::address`; filled in by the pipeline.
};

/// What a feed tells (`Response::feed`).
struct FeedSource {
  Id app{};  ///< Whose news may be worth a look.
  /// The text to send next, empty if there is nothing new; an error ends the feed. Runs in a transaction of its own, for a caller
  /// who was authenticated anew. The flag is set if there is more to send at once.
  std::function<Result<std::string>(Transaction&, const Context&, bool& has_more)> read{};
  bool has_end = false;  ///< It is over once there is no more, and waits for no news.
};

/// One decoded request on its way through a transaction. It owns all it needs: the request may be gone.
class Job {
 public:
  virtual ~Job() = default;
  /// What was wrong with the request's shape; null if nothing. Then `run` and `write` are not called.
  virtual const Error* refusal() const = 0;
  virtual Result<void> run(Transaction&, const Context&) = 0;
  /// Puts the outcome of the last `run` into the response, and may move it there. Outside of any transaction.
  virtual void write(const Context&, Response&) = 0;
  /// Whether it is a `SlowOperation`, whose three parts are the next two members and `run`.
  virtual bool is_slow() const { return false; }
  virtual Result<void> load(Transaction&, const Context&) { return {}; }
  virtual Result<void> work(const Context&) { return {}; }
  /// What the answer goes on with, after the last `run`; nothing for most.
  virtual std::optional<FeedSource> feed() const { return std::nullopt; }
  /// Whom a request to sign in wants to be taken for; "" for any other.
  virtual std::string_view account() const { return {}; }
};

struct Handler {
  std::string_view operation;
  Access access;
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

/// A handler from three plain functions: `Result<In> read(const Call&)`, an `Operation<In, Out>`, and
/// `void write(const Out&, const Context&, Response&)`, which may take an `Out&&`. Shape before the transaction, rules inside it,
/// the answer after it.
template <const auto& operation, auto read, auto write>
inline constexpr Handler serve{operation.name, operation.access, [](const Call& call) -> std::unique_ptr<Job> {
                                 return std::make_unique<detail::OperationJob<operation, read, write>>(call);
                               }};

/// The same for a `SlowOperation`.
template <const auto& operation, auto read, auto write>
inline constexpr Handler serve_slow{operation.name, Access::write, [](const Call& call) -> std::unique_ptr<Job> {
                                      return std::make_unique<detail::SlowOperationJob<operation, read, write>>(call);
                                    }};

/// The same for an answer that goes on: `FeedSource follow(const In&, const Out&)`, or an optional one.
template <const auto& operation, auto read, auto write, auto follow>
inline constexpr Handler serve_feed{operation.name, operation.access, [](const Call& call) -> std::unique_ptr<Job> {
                                      return std::make_unique<detail::OperationJob<operation, read, write, follow>>(call);
                                    }};

/// Writes a JSON Schema (2020-12) as text.
using Shape = std::string (*)();

/// A parameter of a path or a query, or a header, for the contract's document.
struct Parameter {
  std::string_view name;
  std::string_view type;  ///< JSON Schema type name.
  std::string_view summary;
  bool is_required = false;                    ///< Those in a path always are.
  std::string_view format{};                   ///< As JSON Schema names it: `date-time`.
  std::span<const std::string_view> values{};  ///< The only ones there are, if not empty.
  std::optional<std::int64_t> minimum{}, maximum{};
  std::optional<std::int64_t> usual{};  ///< What counts where it is absent.
};

/// A chapter of the contract's document.
struct Tag {
  std::string_view name;
  std::string_view description;
};

/// One line of a contract's manual.
struct Route {
  Method method;
  std::string_view path;  ///< `/tenants/{tenant_id}/apps`; static segments win over parameters.
  const Handler& handler;
  std::string_view summary;  ///< One sentence, for the document.
  bool is_open = false;      ///< No credential is asked for.
  Permission needs{};        ///< Of whoever is authenticated; by default only those over all tenants have it.
  /// Checks that come after authentication and before a fault in the body is told (a missing parent object, say). Run wherever
  /// `Dialect::authenticate` is.
  Result<void> (*admit)(Transaction&, const Context&, const Params&) = nullptr;
  std::size_t most_body = 0;  ///< Bytes of a request body; 0: as many as `Limits::body` allows, which is never exceeded.
  /// False: the operation reads nothing from the store, and answers also while that cannot be read. The route is open.
  bool needs_store = true;
  Shape takes = nullptr;  ///< The request body.
  Shape gives = nullptr;  ///< The body of a success; null: none.
  int status = 200;       ///< The status of a success, for the document; writers set it in the response.
  std::span<const Parameter> query{};
  std::span<const Parameter> headers{};         ///< Of the request, but those of the security scheme.
  std::span<const Parameter> gives_headers{};   ///< Of a success, where they are part of what is given.
  std::string_view tag{};                       ///< One of the dialect's tags; empty: the dialect's title.
  std::string_view media = "application/json";  ///< The media type of `gives`.
  bool is_told = true;                          ///< In the contract's document.
  /// What the document calls it; empty: as its operation. Needed where several routes of a dialect run one operation.
  std::string_view id{};
};

/// How the callers of a contract prove who they are.
struct AuthenticationScheme {
  std::string_view name;  ///< As the document calls it. Schemes of one name are one there.
  /// Takes the credentials out of a request; `Credentials::scheme` is empty if there are none. Touches no store.
  Credentials (*read_credentials)(const Request&) = nullptr;
  /// Says who presents them. Inside the transaction that the operation runs in; for writes also in one for reading before it, so
  /// that those who may not are refused without a write.
  Result<Principal> (*authenticate)(Transaction&, const Context&, const Credentials&, const Params&) = nullptr;
  std::string_view document{};  ///< An OpenAPI security scheme object, as JSON text.
};

/// The paths that begin alike. The longest matching prefix says how callers of a route prove who they are, and whose words an
/// error is told in that happens before a route is found (unknown path, malformed HTTP, too large); elsewhere such errors are
/// RFC 9457 problems.
struct Territory {
  std::string_view prefix;                       ///< `/tenants` also owns `/tenants/…`, not `/tenantsfoo`.
  bool is_authenticated_before_routing = false;  ///< An unknown path is told to authenticated callers only.
  const AuthenticationScheme* scheme = nullptr;  ///< Null: the dialect's.
};

/// Requests from web pages of other origins (WHATWG Fetch §3.2). A preflight, `OPTIONS` on any path of the contract, is answered
/// 204 without authentication.
struct Cors {
  std::string_view origin = "*";       ///< `Access-Control-Allow-Origin`, on every answer, errors too.
  std::string_view methods;            ///< `Access-Control-Allow-Methods`, on preflights.
  std::string_view request_headers;    ///< `Access-Control-Allow-Headers`, on preflights.
  std::string_view exposed_headers{};  ///< `Access-Control-Expose-Headers`, on other answers; empty: none.
  std::chrono::seconds max_age{};      ///< `Access-Control-Max-Age`, on preflights; 0: not said.
};

/// How answers tell what is left of limits.
enum class RateHeaders : std::uint8_t {
  none,
  fields,       ///< All of them in `RateLimit` and `RateLimit-Policy` (draft-ietf-httpapi-ratelimit-headers).
  x_ratelimit,  ///< The contract's own in `X-RateLimit-Limit`, `X-RateLimit-Remaining` and `X-RateLimit-Reset` (Unix time, s).
};

/// Habits of HTTP that a contract may have; the pipeline sees to them.
struct Conventions {
  bool takes_request_id = false;  ///< `X-Request-Id` of a request names it; every answer carries it.
  bool answers_options = false;   ///< OPTIONS tells the methods of a path.
  bool is_conditional = false;    ///< `If-None-Match` against the answer's `ETag` (RFC 9110 §13).
  /// What answers tell of the limits that were charged.
  RateHeaders rate_headers = RateHeaders::none;
  bool is_idempotent = false;  ///< A POST with an `Idempotency-Key` is carried out once; see `idempotency_life`.
};
/// How long the answer to a request with an `Idempotency-Key` is kept.
inline constexpr std::chrono::hours idempotency_life{24};

/// One wire contract. All members have static storage duration.
struct Dialect {
  std::string_view name;  ///< Lower-case letters, digits and `-`.
  std::string_view title;
  std::span<const Route> routes;
  std::span<const Territory> territories;
  std::span<const std::string_view> bases{};  ///< What stands before each route's path, one after the other; empty: nothing.
  bool ignores_trailing_slash = false;
  /// A static segment that has not the request's method gives way to a parameter in its place: with `POST /members/login` and
  /// `GET /members/{id}`, `GET /members/login` is about the member `login`. Otherwise it is a 405.
  bool tries_parameters = false;
  Conventions conventions{};

  const AuthenticationScheme* scheme = nullptr;  ///< Null only where every route is open, or its territory has one.
  const Cors* cors = nullptr;                    ///< Null: nothing is said of other origins.
  /// Names of header fields of its own that have one value: a request in which one stands twice is refused, in any contract.
  std::span<const std::string_view> single_headers{};
  /// The contract's own limit, out of its settings: for each principal, and for each account that requests to sign in name
  /// (`Job::account`). Null: there is none.
  ContractRate (*rate)(const Context&) = nullptr;
  /// The contract's error page: status, headers, body. The pipeline adds `Allow` to a 405 and `Retry-After` where the error has
  /// one.
  void (*render_error)(const Error&, const Context&, Response&) = nullptr;
  /// Adds what every answer carries, errors included. May be null.
  void (*finish)(const Context&, Response&) = nullptr;
  const void* settings_type = nullptr;  ///< `ContractSettings::type_of` the settings it may be mounted with; null: it has none.
  const Telling* telling = nullptr;     ///< Null: webhooks are not told in this contract's words.

  Shape error_shape = nullptr;  ///< The body of an error, for the document.
  /// The statuses of the errors that callers of a route have to expect, in order, for the document. May be null.
  std::vector<int> (*error_statuses)(const Route&) = nullptr;
  std::string_view error_media = "application/json";
  std::string_view about{};               ///< A paragraph on the contract, for the document.
  std::string_view license{};             ///< An SPDX identifier, for the document; empty: none.
  std::span<const Tag> tags{};            ///< In the order of the document.
  std::span<const Parameter> in_paths{};  ///< What the names between braces stand for, whatever the route.
};

/// How callers of a path of a dialect, without the mount's prefix, prove who they are; null: not at all.
const AuthenticationScheme* scheme_of(const Dialect&, std::string_view path);

}  // namespace innkeeper
