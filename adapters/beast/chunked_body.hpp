#pragma once

#include <innkeeper/result.hpp>

#include <boost/beast/http/basic_parser.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace innkeeper::beast {

/// Takes a chunked body out of its framing, with Beast's parser, which is given a head of our own: what the request's head says
/// was read and settled before. Trailers, extensions that are none by the grammar, and chunks that are mostly framing, are
/// refused.
class ChunkedBody final : public boost::beast::http::basic_parser<true> {
 public:
  ChunkedBody(std::string& body, std::size_t limit);

  /// Takes what it can of the bytes and answers how many those were. Errors: `malformed`, `too_large`.
  Result<std::size_t> take(std::string_view bytes);

 private:
  using Failure = boost::beast::error_code;
  using Text = boost::beast::string_view;

  void on_request_impl(boost::beast::http::verb, Text, Text, int, Failure&) override {}
  void on_response_impl(int, Text, int, Failure&) override {}
  void on_field_impl(boost::beast::http::field, Text, Text, Failure&) override;
  void on_header_impl(Failure&) override {}
  void on_body_init_impl(const boost::optional<std::uint64_t>&, Failure&) override {}
  std::size_t on_body_impl(Text, Failure&) override { return 0; }
  void on_chunk_header_impl(std::uint64_t, Text extensions, Failure&) override;
  std::size_t on_chunk_body_impl(std::uint64_t, Text piece, Failure&) override;
  void on_finish_impl(Failure&) override {}

  std::string& body_;
  std::size_t taken_ = 0;  ///< Bytes of the body as it came, framing included.
};

}  // namespace innkeeper::beast
