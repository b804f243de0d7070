#pragma once

#include <innkeeper/contract/properties.hpp>

#include <cstdint>
#include <string>
#include <string_view>
#include <type_traits>

namespace innkeeper {
struct Context;
}

/// The members around the payload of a response. Encoding and the JSON Schema are derived from the same rows.
///
///     constexpr Constant zero{"0"};
///     constexpr Property result_properties[] = {always<Success, zero>("result")};
///     constexpr Properties<Success> result{"", result_properties};
///     constexpr Envelope room_found{.title = "RoomFound", .before = &result, .member = "room"};
namespace innkeeper::contract {

/// What the members around the payload are made from.
struct Success {
  const Context& context;
  std::int64_t count = 1;  ///< How many items the payload has.
};

struct Envelope {
  std::string_view title{};
  const Properties<Success>* before = nullptr;  ///< Null, as `after`: none.
  const Properties<Success>* after = nullptr;
  std::string_view member{};                    ///< The member with the payload; empty: its members follow those of the envelope.
  bool is_list = false;                         ///< The payload is in an array, even if it is one object.
  std::string_view media = "application/json";  ///< Of answers that `contract/answers.hpp` writes.
};

/// Encodes a response without a payload, or with an empty list.
void encode(Writer&, const Envelope&, const Success&);
void encode(Writer&, const Envelope&, const Success&, const PropertyTable&, const void* payload);
template <class E>
void encode(Writer& out, const Envelope& envelope, const Success& success, const Properties<E>& table,
            const std::type_identity_t<E>& payload) {
  encode(out, envelope, success, static_cast<const PropertyTable&>(table), &payload);
}

/// The text before and after the elements of a list that is sent in pieces.
std::string head_of(const Envelope&, const Success&);
std::string tail_of(const Envelope&, const Success&);

std::string schema(const Envelope&);
std::string schema(const Envelope&, const PropertyTable& payload);

}  // namespace innkeeper::contract
