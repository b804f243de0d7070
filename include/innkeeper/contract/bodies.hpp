#pragma once

#include <innkeeper/contract/dialect.hpp>
#include <innkeeper/contract/fields.hpp>

#include <cstdint>
#include <span>
#include <string_view>
#include <utility>

/// Reading request bodies, and how a contract handles unexpected ones.
namespace innkeeper::contract {

struct BodyFormat {
  std::span<const std::string_view> media_types{};  ///< Accepted if the request names one; empty: any.
  bool is_blank_none = false;                       ///< A body of white space counts as none.
  Errc fault = Errc::malformed;                     ///< The error of a body that is not a JSON object.
};

enum class BodyPresence : std::uint8_t {
  required,
  optional,  ///< No body counts as an empty object.
};

/// The body as a JSON object. Errors: `unsupported_media`; `format.fault`, with a reason of `json::reason`.
Result<json::Document> read_body(const Call&, const BodyFormat& format, BodyPresence = BodyPresence::required);

/// Decodes the body into an `E`. Errors: also those of `decode`. If `aside` is given it gets the failure of a postponed row.
template <class E>
Result<E> read_body(const Call& call, const BodyFormat& format, const Fields<E>& table,
                    BodyPresence presence = BodyPresence::required, Postponed* aside = nullptr) {
  auto document = read_body(call, format, presence);
  if (!document) return document.error();
  if (aside != nullptr) return decode(table, document->root(), call.longest_object, *aside);
  return decode(table, document->root(), {}, call.longest_object);
}

/// The same; the member `aside` gets that failure.
template <class E>
Result<E> read_body(const Call& call, const BodyFormat& format, const Fields<E>& table, Postponed E::*aside) {
  Postponed failure;
  auto body = read_body(call, format, table, BodyPresence::required, &failure);
  if (body) (*body).*aside = std::move(failure);
  return body;
}

}  // namespace innkeeper::contract
