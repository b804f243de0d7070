#pragma once

#include <innkeeper/message.hpp>

#include <cstddef>
#include <ctime>
#include <string>
#include <string_view>

namespace innkeeper::beast {

/// The Date field of an answer given then, the line whole.
std::string date_line(std::time_t second);

/// How a response is framed.
struct ResponseFraming {
  bool is_for_head = false;      ///< The request's method was HEAD: no body.
  bool is_last = false;          ///< The connection closes behind it.
  bool says_keep_alive = false;  ///< To an HTTP/1.0 peer that asked for it.
  bool is_chunked = false;       ///< The body goes on, and its end is to be told (RFC 9112 §7.1).
};

/// Appends an answer, head and body, as it goes over the wire. Fields that frame the message are ours, not the response's.
/// Answers how many bytes the body has there.
std::size_t append_answer(std::string& out, const Response& response, ResponseFraming how, std::string_view date_line);

/// Appends a piece of a chunked body; an empty one is nothing.
void append_chunk(std::string& out, std::string_view piece);
inline constexpr std::string_view last_chunk = "0\r\n\r\n";

}  // namespace innkeeper::beast
