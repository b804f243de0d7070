#pragma once

#include "engine/transfer/entry.hpp"
#include "engine/transfer/values.hpp"

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <tuple>
#include <type_traits>

/// The kinds of rows that forms are made of, and which columns they stand for.
namespace innkeeper::transfer {

/// A column under a name.
template <class E, class M, class S>
struct Field {
  std::string_view name;
  M E::*member;

  static constexpr std::size_t least_length() requires(std::is_same_v<M, std::string>&& requires { S::length; }) {
    return S::length.least;
  }
};
/// A column as it is described.
template <auto column, class E, class M>
constexpr auto described(M E::*member) {
  return Field<E, M, typename SpellingOf<column>::Type>{shown_name<column>, member};
}
template <auto column>
constexpr auto field() {
  return described<column>(column);
}

/// Another row of the same app, by its uid. One that is gone is left out.
template <class T, class E>
struct Reference {
  std::string_view name;
  Id E::*member;
};
template <class T, class E>
constexpr Reference<T, E> reference(std::string_view name, Id E::*member) {
  return {name, member};
}

/// The key that took a key's place, by its uid. It may stand further down in the list.
struct Successor {
  std::string_view name = "replaced_by";
};

/// What a secret must be. One that is optional is taken away by `null` or an empty text.
struct SecretRule {
  bool (*is_valid)(std::string_view);
  std::string_view sentence;
  bool is_optional = false;
};
bool is_webhook_secret(std::string_view);
bool is_basic_credential(std::string_view);
inline constexpr SecretRule own_secret{domain::is_secret, domain::about_secrets};
inline constexpr SecretRule webhook_secret{is_webhook_secret, "must be whsec_ and the base64 of 24 to 64 bytes"};
inline constexpr SecretRule basic_credential{is_basic_credential,
                                             "must be a user, a colon and a password, each of at most 255 bytes of text", true};
inline constexpr SecretRule other_secret{domain::is_any_text, "must be a string", true};

/// Something sealed, in the clear, only if secrets are asked for.
template <class E>
struct Secret {
  std::string_view name;
  Bytes E::*sealed;
  SecretRule rule;
};
template <class E>
constexpr Secret<E> secret(std::string_view name, Bytes E::*sealed, const SecretRule& rule) {
  return {name, sealed, rule};
}

/// A column that means something beside a sealed one only.
template <class Inner>
struct WithSecrets {
  std::string_view name;
  Inner inner;
};
template <class Inner>
constexpr WithSecrets<Inner> with_secrets(Inner inner) {
  return {inner.name, inner};
}

/// A key's own rate limit, an object of its two numbers; `null` takes it away.
struct KeyRate {
  std::string_view name = "rate_limit";
};

/// For the way in: one key of the usual kind, in place of `keys`.
struct OneKey {
  std::string_view name = "secret";
};

/// A member that older documents may have, and why it is refused.
struct NotKept {
  std::string_view name;
  std::string_view sentence;
};

/// The rows beneath.
template <class P, class E>
struct List {
  std::string_view name;
  Entries<E> Children<P>::*entries;
};
template <class P, class E>
constexpr List<P, E> list(std::string_view name, Entries<E> Children<P>::*entries) {
  return {name, entries};
}

/// A set of an entity's columns, a bit each.
using Columns = std::uint64_t;

template <class E, class... M>
constexpr Columns columns(M E::*... members) {
  return ((Columns{1} << static_cast<unsigned>(description_of<E>.position(members))) | ... | Columns{0});
}
template <class E, class M, class S>
constexpr Columns columns_of(const Field<E, M, S>& row) {
  return columns(row.member);
}
template <class T, class E>
constexpr Columns columns_of(const Reference<T, E>& row) {
  return columns(row.member);
}
template <class E>
constexpr Columns columns_of(const Secret<E>& row) {
  return columns(row.sealed);
}
template <class Inner>
constexpr Columns columns_of(const WithSecrets<Inner>& row) {
  return columns_of(row.inner);
}
constexpr Columns columns_of(const Successor&) { return columns(&Key::replaced_by); }
constexpr Columns columns_of(const KeyRate&) { return columns(&Key::rate_quota, &Key::rate_window); }
constexpr Columns columns_of(const OneKey&) { return 0; }
constexpr Columns columns_of(const NotKept&) { return 0; }

/// Calls `visit` for each element of a tuple until one fails.
template <class Tuple, class Visit>
Result<void> for_each(const Tuple& tuple, Visit visit) {
  Result<void> outcome;
  std::apply([&](const auto&... each) { (void)((outcome = visit(each), outcome.has_value()) && ...); }, tuple);
  return outcome;
}

}  // namespace innkeeper::transfer
