#include "adapters/beast/chunked_body.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/beast/http/error.hpp>

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

std::size_t ChunkedBody::on_chunk_body_impl(std::uint64_t, Text piece, Failure&) {
  body_.append(piece.data(), piece.size());
  return piece.size();
}

}  // namespace innkeeper::beast
