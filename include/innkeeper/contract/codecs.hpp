#pragma once

#include <innkeeper/contract/fields.hpp>
#include <innkeeper/contract/properties.hpp>

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>

/// Codecs for what several contracts take in the same unusual way.
namespace innkeeper::contract {

/// Writes the types that a value may have, as JSON Schema names them, into an open object.
json::Writer& describe_types(json::Writer& schema, std::initializer_list<std::string_view> types);

/// A Boolean, which may come as the text `true` or `false`.
struct Truth : json::CodecOf<bool> {
  std::optional<bool> read(json::View value) const {
    if (value.is(json::Kind::boolean)) return value.boolean();
    if (value.text() == "true") return true;
    return value.text() == "false" ? std::optional{false} : std::nullopt;
  }
};
inline constexpr Truth truth{};

/// A text of 1 to so many characters.
struct ShortText {
  std::int64_t most = 255;
  bool takes_numbers = false;  ///< A number too, as it is written.
  bool is_trimmed = false;     ///< White space around it is taken off first.
  std::optional<std::string> read(json::View) const;
  template <class Items>
  void describe(json::Writer& schema, Items&&) const {
    takes_numbers ? describe_types(schema, {"string", "number"}) : describe_types(schema, {"string"});
    schema.key("minLength").integer(1).key("maxLength").integer(most);
  }
};

/// An object of the caller's own, of any members, as it came. One that is longer than `Limits::object` is a failure of its own.
struct FreeObject : json::CodecOf<JsonText> {
  std::string_view code_of_long{};
  constexpr FreeObject() = default;
  constexpr explicit FreeObject(std::string_view vendor_code) : code_of_long(vendor_code) {}
  std::optional<JsonText> read(json::View, const Field&, Findings&) const;
  template <class Items>
  void describe(json::Writer& schema, Items&&) const {
    describe_types(schema, {"object"}).key("additionalProperties").boolean(true);
  }
};
inline constexpr FreeObject free_object{};

}  // namespace innkeeper::contract
