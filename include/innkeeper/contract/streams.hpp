#pragma once

#include <string>
#include <string_view>

/// Server-sent events (WHATWG HTML §9.2).
namespace innkeeper::contract {

inline constexpr std::string_view event_stream_media = "text/event-stream";

/// One event of a stream; of one without data a client takes the rest, and dispatches nothing. Neither `id` nor `event` holds a
/// line break.
struct ServerSentEvent {
  std::string_view id{};     ///< What a client that comes back says as `Last-Event-ID`; empty: as it was.
  int retry = 0;             ///< How long it waits before it comes back (ms); 0: as it was.
  std::string_view event{};  ///< Its type; empty: `message`.
  std::string_view data{};   ///< Each of its lines becomes a line of its own.
};
void append(std::string& stream, const ServerSentEvent&);

/// A comment, which clients pass over: it shows that the stream is alive.
void append_comment(std::string& stream, std::string_view text = {});

}  // namespace innkeeper::contract
