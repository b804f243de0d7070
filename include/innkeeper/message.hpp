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

/// Header fields in the order they were added. Names compare without regard to case. Clearing keeps the memory, so that a front
/// end can use one object for all requests of a connection.
class Headers {
 public:
  struct Field {
    std::string_view name;
    std::string_view value;
  };
  /// The position of a field in a text.
  struct FieldSpan {
    std::uint32_t name_begin, name_size, value_begin, value_size;
  };

  Headers() = default;
  Headers(std::initializer_list<Field> fields);

  /// Adds a field, even if one of that name exists. A name that is not a token, or a value with CR, LF or NUL (RFC 9110 §5.5), is
  /// refused: nothing is added and the answer is false. Blanks around the value are dropped.
  bool add(std::string_view name, std::string_view value);
  /// Removes all fields of that name, then adds one.
  bool set(std::string_view name, std::string_view value);
  void remove(std::string_view name);
  void clear();
  /// Replaces all fields by those at the given positions of a text. For a front end that has parsed and validated it: nothing is
  /// checked again.
  void assign(std::string_view text, std::span<const FieldSpan> parts);

  /// The value of the first field of that name. The view lasts until the next change.
  std::optional<std::string_view> find(std::string_view name) const;
  std::size_t count(std::string_view name) const;
  std::size_t size() const { return parts_.size(); }
  bool empty() const { return parts_.empty(); }
  Field operator[](std::size_t position) const;

 private:
  std::string text_;
  std::vector<FieldSpan> parts_;
};

/// Where a request came from.
struct Origin {
  std::string address{};   ///< The peer's IP address in text, empty for a Unix socket or a direct call.
  std::string listener{};  ///< The name the front end gave its listener; a mount may be bound to one.
  bool is_secure = false;  ///< Whether it came over TLS.
};

/// One request, independent of the transport. `target` is in origin form: path and query, percent-encoding kept (RFC 9112
/// §3.2.1).
struct Request {
  Method method = Method::get;
  std::string target = "/";
  Headers headers{};
  std::string body{};
  Origin origin{};
};

/// The rest of a response body, produced while it is sent: server-sent events, which have no end, or a long list. The front end
/// asks for text when it can send some.
class Feed {
 public:
  virtual ~Feed() = default;
  /// Whether the body ends by itself, so that the connection can be reused after it.
  virtual bool has_end() const { return false; }
  /// Calls `wake` once, from any thread, as soon as `take` would return text or the feed is over; at once if that is so already.
  virtual void when_ready(std::function<void()> wake) = 0;
  /// The text since the last call; may be empty. Never blocks.
  virtual std::string take() = 0;
  /// Nothing more will come.
  virtual bool is_over() const = 0;
  /// Whether it was cut off: what was taken is not the whole body, and the client must be able to notice.
  virtual bool is_cut() const { return false; }
};

/// One response. With a `feed`, `body` is sent first; if the feed has no end, the connection ends with it.
struct Response {
  int status = 200;
  Headers headers{};
  std::string body{};
  std::shared_ptr<Feed> feed{};
};

/// Receives the response: called exactly once, on any thread. Must not throw and should return soon.
using Reply = std::function<void(Response)>;

}  // namespace innkeeper
