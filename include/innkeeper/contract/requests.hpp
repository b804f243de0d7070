#pragma once

#include <innkeeper/contract/bodies.hpp>
#include <innkeeper/operations/common.hpp>

#include <utility>

/// Readers for the usual requests. `ref_in`, a `Ref(const Params&)`, is how the contract's paths name a row, or what a new one
/// belongs to; `read_draft`, a `Result<Draft>(const Call&)`, reads the body; `read_match`, a `Precondition(const Call&)`, the
/// versions that a change may be applied to.
namespace innkeeper::contract {

namespace detail {
template <class E>
E drafted_by(const Fields<E>&);
template <auto read_draft>
using DraftOf = typename decltype(read_draft(std::declval<const Call&>()))::value_type;
}  // namespace detail

inline Result<Nothing> read_nothing(const Call&) { return Nothing{}; }
inline Precondition any_version(const Call&) { return {}; }

/// The body in the default format. `aside`, if given, is the draft's member for a postponed failure (see `read_body`).
template <const auto& table, auto... aside>
Result<decltype(detail::drafted_by(table))> read_draft(const Call& call) {
  return read_body(call, {}, table, aside...);
}

template <auto ref_in>
Result<Ref> read_ref(const Call& call) {
  return ref_in(call.path);
}

template <auto ref_in, auto read_match = any_version>
Result<Removal> read_removal(const Call& call) {
  return Removal{.ref = ref_in(call.path), .match = read_match(call)};
}

template <auto ref_in, auto read_draft>
Result<New<detail::DraftOf<read_draft>>> read_new(const Call& call) {
  auto draft = read_draft(call);
  if (!draft) return draft.error();
  return New<detail::DraftOf<read_draft>>{.parent = ref_in(call.path), .draft = std::move(*draft)};
}

template <auto ref_in, auto read_draft, auto read_match = any_version>
Result<Edit<detail::DraftOf<read_draft>>> read_edit(const Call& call) {
  auto draft = read_draft(call);
  if (!draft) return draft.error();
  return Edit<detail::DraftOf<read_draft>>{.ref = ref_in(call.path), .match = read_match(call), .draft = std::move(*draft)};
}

/// For `Route::admit`: the path names a row that `operation` finds.
template <const auto& operation, auto ref_in>
Result<void> admit(Transaction& tx, const Context& context, const Params& path) {
  auto found = operation.run(tx, context, ref_in(path));
  if (!found) return found.error();
  return {};
}

}  // namespace innkeeper::contract
