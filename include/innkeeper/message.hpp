#pragma once

#include <cstdint>
#include <functional>
#include <initializer_list>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace innkeeper {

enum class Method : std::uint8_t { get, head, post, put, patch, del, options, other };

/// The method of that name, case-sensitive as RFC 9110 §9.1 has it; `Method::other` for any this library does not route.
Method parse_method(std::string_view name);
std::string_view to_string(Method);

namespace header {
inline constexpr std::string_view accept = "Accept";
inline constexpr std::string_view allow = "Allow";
inline constexpr std::string_view authorization = "Authorization";
inline constexpr std::string_view content_length = "Content-Length";
inline constexpr std::string_view content_type = "Content-Type";
inline constexpr std::string_view etag = "ETag";
inline constexpr std::string_view host = "Host";
inline constexpr std::string_view idempotency_key = "Idempotency-Key";
inline constexpr std::string_view idempotency_replayed = "Idempotency-Replayed";
inline constexpr std::string_view if_match = "If-Match";
inline constexpr std::string_view if_none_match = "If-None-Match";
inline constexpr std::string_view last_event_id = "Last-Event-ID";
inline constexpr std::string_view link = "Link";
inline constexpr std::string_view location = "Location";
inline constexpr std::string_view rate_limit = "RateLimit";
inline constexpr std::string_view rate_limit_policy = "RateLimit-Policy";
inline constexpr std::string_view retry_after = "Retry-After";
inline constexpr std::string_view traceparent = "traceparent";
inline constexpr std::string_view vary = "Vary";
inline constexpr std::string_view www_authenticate = "WWW-Authenticate";
inline constexpr std::string_view x_request_id = "X-Request-Id";
}  // namespace header

/// Header fields in the order they were added. Names compare without regard to case. Clearing keeps the memory, so that a front
/// end can use one object for all requests of a connection.
class Headers {
 public:
  struct Field {
    std::string_view name;
    std::string_view value;
  };
  /// Where a field stands in a text.
  struct Part {
    std::uint32_t name_begin, name_size, value_begin, value_size;
  };

  Headers() = default;
  Headers(std::initializer_list<Field> fields);

  /// Adds a field, also when one of that name is there. A name that is not a token, or a value with CR, LF or NUL
  /// (RFC 9110 §5.5), is refused: nothing is added and the answer is false. Blanks around the value are dropped.
  bool add(std::string_view name, std::string_view value);
  /// Takes out every field of that name, then adds.
  bool set(std::string_view name, std::string_view value);
  void remove(std::string_view name);
  void clear();
  /// Replaces all fields by those that stand in a text, for a front end that has read and checked it: nothing is looked at again.
  void assign(std::string_view text, std::span<const Part> parts);

  /// The value of the first field of that name. The view lasts until the next change.
  std::optional<std::string_view> find(std::string_view name) const;
  std::size_t count(std::string_view name) const;
  std::size_t size() const { return parts_.size(); }
  bool empty() const { return parts_.empty(); }
  Field operator[](std::size_t position) const;

 private:
  std::string text_;
  std::vector<Part> parts_;
};

/// Where a request came from.
struct Origin {
  std::string address{};   ///< The peer's IP address in text, empty for a Unix socket or a direct call.
  std::string listener{};  ///< The name the front end gave its listener; a mount may be bound to one.
  bool is_secure = false;  ///< It came over TLS.
};

/// One request, whatever carried it. `target` is in origin form: path and query, percent-encoding kept (RFC 9112 §3.2.1).
struct Request {
  Method method = Method::get;
  std::string target = "/";
  Headers headers{};
  std::string body{};
  Origin origin{};
};

/// What a response body goes on with: server-sent events, which have no end, or a long list that is written as it is read. The
/// front end asks for text when it can send some.
class Feed {
 public:
  virtual ~Feed() = default;
  /// Whether the body comes to an end by itself, and the connection may go on behind it.
  virtual bool has_end() const { return false; }
  /// Calls `wake` once, from any thread, as soon as `take` would give something or the feed is over; at once if so already.
  virtual void when_ready(std::function<void()> wake) = 0;
  /// What has gathered since the last call; may be empty. Never waits.
  virtual std::string take() = 0;
  /// Nothing more will come.
  virtual bool is_over() const = 0;
  /// It is over before its end: what was taken is not the whole body, and whoever reads it must be able to tell.
  virtual bool is_cut() const { return false; }
};

/// One answer. With a `feed`, `body` is what is sent first; where that has no end, the connection ends with it.
struct Response {
  int status = 200;
  Headers headers{};
  std::string body{};
  std::shared_ptr<Feed> feed{};
};

/// Takes the answer: called exactly once, on any thread. Must not throw and should return soon.
using Reply = std::function<void(Response)>;

}  // namespace innkeeper
