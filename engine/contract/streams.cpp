#include <innkeeper/contract/streams.hpp>

#include <algorithm>

namespace innkeeper::contract {

namespace {

void append_line(std::string& stream, std::string_view field, std::string_view value) {
  stream.append(field).append(": ").append(value).append("\n");
}

/// The first line of a text, which is taken off. A line ends with LF, CR or both.
std::string_view take_line(std::string_view& text) {
  const auto end = std::min(text.find_first_of("\r\n"), text.size());
  const auto line = text.substr(0, end);
  text.remove_prefix(std::min(end + (text.substr(end).starts_with("\r\n") ? 2 : 1), text.size()));
  return line;
}

}  // namespace

void append(std::string& stream, const ServerSentEvent& event) {
  if (!event.id.empty()) append_line(stream, "id", event.id);
  if (event.retry > 0) append_line(stream, "retry", std::to_string(event.retry));
  if (!event.event.empty()) append_line(stream, "event", event.event);
  for (auto rest = event.data; !rest.empty();) append_line(stream, "data", take_line(rest));
  stream.append("\n");
}

void append_comment(std::string& stream, std::string_view text) { stream.append(":").append(text).append("\n\n"); }

}  // namespace innkeeper::contract
