#pragma once

#include <innkeeper/contract/bodies.hpp>
#include <innkeeper/operations/common.hpp>

#include <utility>

/// Readers for the usual requests. `ref_in`, a `Ref(const Params&)`, is how the contract's paths name a row; `table` is the
/// body's; `aside`, if given, is the draft's member for a postponed failure (see `read_body`).
namespace innkeeper::contract {

namespace detail {
template <class E>
E drafted_by(const Fields<E>&);
template <const auto& table>
using DraftOf = decltype(drafted_by(table));
}  // namespace detail

inline Result<Nothing> read_nothing(const Call&) { return Nothing{}; }

template <auto ref_in>
Result<Ref> read_ref(const Call& call) {
  return ref_in(call.path);
}

template <auto ref_in>
Result<Removal> read_removal(const Call& call) {
  return Removal{.ref = ref_in(call.path)};
}

template <const auto& table, auto... aside>
Result<detail::DraftOf<table>> read_draft(const Call& call) {
  return read_body(call, {}, table, aside...);
}

/// The path names the parent.
template <auto ref_in, const auto& table, auto... aside>
Result<New<detail::DraftOf<table>>> read_new(const Call& call) {
  auto draft = read_draft<table, aside...>(call);
  if (!draft) return draft.error();
  return New<detail::DraftOf<table>>{.parent = ref_in(call.path), .draft = std::move(*draft)};
}

template <auto ref_in, const auto& table, auto... aside>
Result<Edit<detail::DraftOf<table>>> read_edit(const Call& call) {
  auto draft = read_draft<table, aside...>(call);
  if (!draft) return draft.error();
  return Edit<detail::DraftOf<table>>{.ref = ref_in(call.path), .draft = std::move(*draft)};
}

/// For `Route::admit`: the path names a row that `operation` finds.
template <const auto& operation, auto ref_in>
Result<void> admit(Transaction& tx, const Context& context, const Params& path) {
  auto found = operation.run(tx, context, ref_in(path));
  if (!found) return found.error();
  return {};
}

}  // namespace innkeeper::contract
