#pragma once

#include <innkeeper/contract/properties.hpp>

#include <cstdint>
#include <string>
#include <string_view>
#include <type_traits>

namespace innkeeper {
struct Context;
}

/// What stands around the payload of an answer. Writing and the JSON Schema derive from the same rows.
///
///     constexpr Constant zero{"0"};
///     constexpr Property result_properties[] = {always<Success, zero>("result")};
///     constexpr Properties<Success> result{"", result_properties};
///     constexpr Envelope room_found{.title = "RoomFound", .before = &result, .member = "room"};
namespace innkeeper::contract {

/// A success as the members around its payload see it.
struct Success {
  const Context& context;
  std::int64_t count = 1;  ///< How many there are of what the payload shows.
};

struct Envelope {
  std::string_view title{};
  const Properties<Success>* before = nullptr;  ///< Null, as `after`: nothing.
  const Properties<Success>* after = nullptr;
  std::string_view member{};  ///< Where the payload stands; empty: its members stand beside those of the envelope.
  bool is_list = false;       ///< The payload stands in an array, even if it is one object.
};

/// An answer without a payload, or with that of an empty list.
void encode(Writer&, const Envelope&, const Success&);
void encode(Writer&, const Envelope&, const Success&, const PropertyTable&, const void* payload);
template <class E>
void encode(Writer& out, const Envelope& envelope, const Success& success, const Properties<E>& table,
            const std::type_identity_t<E>& payload) {
  encode(out, envelope, success, static_cast<const PropertyTable&>(table), &payload);
}

/// What stands before and after the elements of a list, for one that is written in pieces.
std::string head_of(const Envelope&, const Success&);
std::string tail_of(const Envelope&, const Success&);

std::string schema(const Envelope&);
std::string schema(const Envelope&, const PropertyTable& payload);

}  // namespace innkeeper::contract
