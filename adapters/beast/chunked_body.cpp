#include "adapters/beast/chunked_body.hpp"

#include "adapters/beast/syntax.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/beast/http/error.hpp>

#include <algorithm>

namespace innkeeper::beast {
namespace http = boost::beast::http;
namespace {

constexpr std::string_view chunked_head = "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n";

/// How much of a chunked body may be sizes, extensions and line ends: a body in chunks of one byte is within it.
constexpr std::size_t framing_allowance = 1'024;
constexpr std::size_t framing_per_byte = 8;

Error to_error(const boost::system::error_code& failure) {
  if (failure == http::error::body_limit) return Error{.code = Errc::too_large, .detail = "The body is too large."};
  return Error{.code = Errc::malformed, .detail = "The request is malformed: " + failure.message() + "."};
}

/// Takes off what stands at the beginning of a text and is of those bytes; answers how much that was.
std::size_t skip(const ByteSet& bytes, std::string_view& text) {
  const auto* const end = std::find_if(text.begin(), text.end(), [&](char c) { return !has(bytes, c); });
  const auto size = static_cast<std::size_t>(end - text.begin());
  text.remove_prefix(size);
  return size;
}

/// Takes off one character, if it is that one.
bool skip(char wanted, std::string_view& text) {
  if (!text.starts_with(wanted)) return false;
  text.remove_prefix(1);
  return true;
}

/// The rest of a quoted string, behind its first quote (RFC 9110 §5.6.4).
bool skip_quoted(std::string_view& text) {
  for (skip(quoted_bytes, text); skip('\\', text); skip(quoted_bytes, text)) {
    if (text.empty() || !has(value_bytes, text.front())) return false;
    text.remove_prefix(1);
  }
  return skip('"', text);
}

/// RFC 9112 §7.1.1: *( BWS ";" BWS token [ BWS "=" BWS ( token / quoted-string ) ] )
bool are_extensions(std::string_view text) {
  while (!text.empty()) {
    skip(blank_bytes, text);
    if (!skip(';', text)) return false;
    skip(blank_bytes, text);
    if (skip(token_bytes, text) == 0) return false;
    auto value = text;
    skip(blank_bytes, value);
    if (!skip('=', value)) continue;
    skip(blank_bytes, value);
    if (skip('"', value) ? !skip_quoted(value) : skip(token_bytes, value) == 0) return false;
    text = value;
  }
  return true;
}

/// Whether the line that Beast has not taken yet is whole and none it could take. Left alone, it looks for the end of quotes
/// behind the line's end.
bool is_hopeless(std::string_view untaken) {
  if (untaken.starts_with("\r\n")) untaken.remove_prefix(2);
  const auto end = untaken.find("\r\n");
  if (end == std::string_view::npos) return false;
  auto extensions = untaken.substr(0, end);
  skip(hex_bytes, extensions);
  return !are_extensions(extensions);
}

}  // namespace

ChunkedBody::ChunkedBody(std::string& body, std::size_t limit) : body_(body) {
  body_limit(limit);
  eager(true);
  Failure failure;
  put(boost::asio::const_buffer(chunked_head.data(), chunked_head.size()), failure);
}

Result<std::size_t> ChunkedBody::take(std::string_view bytes) {
  Failure failure;
  const std::size_t size = put(boost::asio::const_buffer(bytes.data(), bytes.size()), failure);
  if (failure == http::error::need_more && is_hopeless(bytes.substr(size))) failure = http::error::bad_chunk_extension;
  if (failure && failure != http::error::need_more) return to_error(failure);
  taken_ += size;
  const std::size_t unread = is_done() ? 0 : bytes.size() - size;
  if (unread > framing_allowance || taken_ + unread > framing_allowance + (1 + framing_per_byte) * body_.size())
    return Error{.code = Errc::malformed, .detail = "The body has more framing than content."};
  return size;
}

void ChunkedBody::on_field_impl(http::field, Text, Text, Failure& failure) {
  const bool is_trailer = is_header_done();
  if (is_trailer) failure = http::error::bad_field;
}

/// Beast takes any byte inside quotes.
void ChunkedBody::on_chunk_header_impl(std::uint64_t, Text extensions, Failure& failure) {
  if (!are_extensions({extensions.data(), extensions.size()})) failure = http::error::bad_chunk_extension;
}

std::size_t ChunkedBody::on_chunk_body_impl(std::uint64_t, Text piece, Failure&) {
  body_.append(piece.data(), piece.size());
  return piece.size();
}

}  // namespace innkeeper::beast
