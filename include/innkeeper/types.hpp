#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>

/// The types of members of the model that the standard library does not have.
namespace innkeeper {

/// An entity's number: given by the store on insert, increasing, never reused, 1 to 2^53 - 1 so that JavaScript keeps it.
/// Zero is "none".
enum class Id : std::int64_t { none = 0 };
constexpr std::int64_t number(Id id) { return static_cast<std::int64_t>(id); }

/// Bytes that are not text, such as a digest or a sealed secret.
struct Bytes {
  std::string data{};
  friend bool operator==(const Bytes&, const Bytes&) = default;
};

/// Text that is known to be compact, valid JSON; it is written out as it stands.
struct JsonText {
  std::string text{};
  friend bool operator==(const JsonText&, const JsonText&) = default;
};

/// The names of an enumeration's values, in order from zero. Specialise it for an enumeration that is stored or shown.
template <class E>
inline constexpr std::array<std::string_view, 0> names_of{};

template <class E>
requires std::is_enum_v<E>
constexpr std::string_view name_of(E value) { return names_of<E>[static_cast<std::size_t>(value)]; }
template <class E>
requires std::is_enum_v<E>
constexpr std::optional<E> from_name(std::string_view name) {
  for (std::size_t i = 0; i < names_of<E>.size(); ++i)
    if (names_of<E>[i] == name) return static_cast<E>(i);
  return std::nullopt;
}

/// What a quota can limit.
enum class QuotaKind : std::uint8_t {
  rooms,
  members,
  keys,
  devices,
  tokens,  ///< Access tokens, member tokens and join tokens, until their rows go.
  events,
  bytes,  ///< Of all rows but the audit trail's. A text counts its bytes, at least 16; any other cell counts 8.
};
template <>
inline constexpr std::array<std::string_view, 7> names_of<QuotaKind>{"rooms",  "members", "keys", "devices",
                                                                     "tokens", "events",  "bytes"};

enum class Compare : std::uint8_t {
  equal,
  not_equal,
  less,
  less_equal,
  greater,
  greater_equal,
  contains,  ///< A text column has the value in it, without regard to the case of ASCII letters.
  /// An integer column is one of the numbers in the value, a text: `7,12,-40`, of any length. A number may stand in it again;
  /// what is no integer of 64 bits in decimal digits is passed over, so an empty text is a list of none.
  in,
};

/// A column to sort by, given by its position in `Table::columns`.
struct Ordering {
  std::uint8_t column = 0;
  bool descending = false;
};

}  // namespace innkeeper
