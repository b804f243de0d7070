#pragma once

#include <string>
#include <string_view>

/// Server-sent events (WHATWG HTML §9.2).
namespace innkeeper::contract {

inline constexpr std::string_view event_stream_media = "text/event-stream";

/// One event of a stream. `id` and `event` must not contain line breaks. A client dispatches no event without data, but takes its
/// `id` and `retry`.
struct ServerSentEvent {
  std::string_view id{};     ///< What a client sends as `Last-Event-ID` when it reconnects; empty: unchanged.
  int retry = 0;             ///< How long a client waits before it reconnects (ms); 0: unchanged.
  std::string_view event{};  ///< Its type; empty: `message`.
  std::string_view data{};   ///< Each of its lines becomes a line of its own.
};
void append(std::string& stream, const ServerSentEvent&);

/// A comment, which clients ignore: it keeps the connection alive.
void append_comment(std::string& stream, std::string_view text = {});

}  // namespace innkeeper::contract
