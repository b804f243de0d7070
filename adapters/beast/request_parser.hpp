#pragma once

#include <innkeeper/message.hpp>
#include <innkeeper/result.hpp>

#include <boost/beast/http/basic_parser.hpp>

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace innkeeper::beast {

/// Beast's parser, filling the header fields and the body of a `Request` in place. It is given heads that `read_head` accepted;
/// method and target are the session's to set. Trailers, and chunks that are mostly framing, are refused.
class RequestParser final : public boost::beast::http::basic_parser<true> {
 public:
  RequestParser(Request& request, std::size_t body_limit);

  /// Takes a whole head. Errors: `malformed`.
  Result<void> take_head(std::string_view head);
  /// Takes what it can of the bytes behind the head and answers how many those were. Errors: `malformed`, `too_large`.
  Result<std::size_t> take_body(std::string_view bytes);

 private:
  using Failure = boost::beast::error_code;
  using Text = boost::beast::string_view;

  void on_request_impl(boost::beast::http::verb, Text, Text, int, Failure&) override {}
  void on_response_impl(int, Text, int, Failure&) override {}
  void on_field_impl(boost::beast::http::field, Text name, Text value, Failure&) override;
  void on_header_impl(Failure&) override { has_head_ = true; }
  void on_body_init_impl(const boost::optional<std::uint64_t>&, Failure&) override {}
  std::size_t on_body_impl(Text piece, Failure&) override;
  void on_chunk_header_impl(std::uint64_t, Text, Failure&) override {}
  std::size_t on_chunk_body_impl(std::uint64_t, Text piece, Failure&) override;
  void on_finish_impl(Failure&) override {}

  Request& request_;
  std::size_t taken_ = 0;  ///< Bytes of the body as it came, framing included.
  bool has_head_ = false;
};

}  // namespace innkeeper::beast
