#include "adapters/beast/request_parser.hpp"

#include "adapters/beast/head.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/beast/http/error.hpp>

namespace innkeeper::beast {
namespace http = boost::beast::http;
namespace {

/// How much of a chunked body may be sizes, extensions and line ends: a body in chunks of one byte is within it.
constexpr std::size_t framing_allowance = 1'024;
constexpr std::size_t framing_per_byte = 8;

Error to_error(const boost::system::error_code& failure) {
  if (failure == http::error::body_limit) return Error{.code = Errc::too_large, .detail = "The body is too large."};
  return Error{.code = Errc::malformed, .detail = "The request is malformed: " + failure.message() + "."};
}

}  // namespace

RequestParser::RequestParser(Request& request, std::size_t limit) : request_(request) {
  header_limit(max_head);
  body_limit(limit);
  eager(true);
}

Result<void> RequestParser::take_head(std::string_view head) {
  Failure failure;
  put(boost::asio::const_buffer(head.data(), head.size()), failure);
  if (failure || !is_header_done()) return to_error(failure);
  return {};
}

Result<std::size_t> RequestParser::take_body(std::string_view bytes) {
  Failure failure;
  const std::size_t size = put(boost::asio::const_buffer(bytes.data(), bytes.size()), failure);
  if (failure && failure != http::error::need_more) return to_error(failure);
  taken_ += size;
  const std::size_t unread = is_done() ? 0 : bytes.size() - size;
  if (unread > framing_allowance || taken_ + unread > framing_allowance + (1 + framing_per_byte) * request_.body.size())
    return Error{.code = Errc::malformed, .detail = "The body has more framing than content."};
  return size;
}

void RequestParser::on_field_impl(http::field, Text name, Text value, Failure& failure) {
  const bool is_trailer = has_head_;
  if (is_trailer || !request_.headers.add({name.data(), name.size()}, {value.data(), value.size()}))
    failure = http::error::bad_field;
}

std::size_t RequestParser::on_body_impl(Text piece, Failure&) {
  request_.body.append(piece.data(), piece.size());
  return piece.size();
}

std::size_t RequestParser::on_chunk_body_impl(std::uint64_t, Text piece, Failure&) {
  request_.body.append(piece.data(), piece.size());
  return piece.size();
}

}  // namespace innkeeper::beast
