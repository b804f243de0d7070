#pragma once

#include <innkeeper/contract/fields.hpp>
#include <innkeeper/dialect.hpp>

#include <cstdint>
#include <span>
#include <string_view>

/// Request bodies, and what a contract makes of those it does not expect.
namespace innkeeper::contract {

struct BodyFormat {
  std::span<const std::string_view> media_types{};  ///< Those taken where one is named; empty: any.
  bool is_blank_none = false;                       ///< A body of blanks alone is none.
  Errc fault = Errc::malformed;                     ///< What a text is that is no JSON object.
};

enum class BodyPresence : std::uint8_t {
  required,
  optional,  ///< None is as good as an empty object.
};

/// The body, which is an object. Errors: `unsupported_media`; `format.fault`, with a reason of `json::reason`.
Result<json::Document> read_body(const Call&, const BodyFormat& format, BodyPresence = BodyPresence::required);

/// An `E` from the body. Errors: also those of `decode`. A failure of a row that is postponed goes to `aside`, if that is there.
template <class E>
Result<E> read_body(const Call& call, const BodyFormat& format, const Fields<E>& table,
                    BodyPresence presence = BodyPresence::required, Postponed* aside = nullptr) {
  auto document = read_body(call, format, presence);
  if (!document) return document.error();
  if (aside != nullptr) return decode(table, document->root(), call.longest_object, *aside);
  return decode(table, document->root(), {}, call.longest_object);
}

}  // namespace innkeeper::contract
