#pragma once

#include <innkeeper/schema/model.hpp>

#include "engine/changes/audit.hpp"
#include "engine/changes/outbox.hpp"

#include <span>
#include <string_view>
#include <type_traits>

/// Changes that are recorded: the row, its line in the audit trail and, for what belongs to an app, the event, in one
/// transaction. Counters and what media servers report row by row are written without it.
namespace innkeeper::changes {

/// A change as the audit trail names it (`room.create`) and as an event does (`room.created`).
struct Verb {
  std::string_view action;
  std::string_view past;
};
inline constexpr Verb created{"create", "created"};
inline constexpr Verb updated{"update", "updated"};
inline constexpr Verb deleted{"delete", "deleted"};
inline constexpr Verb revoked{"revoke", "revoked"};
inline constexpr Verb rotated{"rotate", "rotated"};

/// A row's cells, or none where there is no row.
using Cells = std::span<const Value>;

/// Writes the change into the audit trail and tells nobody. `before` is empty where the row is new, `after` where it is gone.
Result<void> record(Transaction&, const Context&, const Table&, const Subject&, Verb, Cells before, Cells after);
/// Records the change, and stores its event for the app.
Result<void> note(Transaction&, const Context&, const Table&, const Subject&, Verb, Cells before, Cells after);

/// What a change of a row is about, by the columns that hold its tenant (whether or not it is that tenant's own), its app and
/// its uid.
Subject subject_of(const Table&, Cells row);
template <class E>
Subject subject_of(const E& row, Cells cells) {
  auto subject = subject_of(table_of<E>, cells);
  if constexpr (std::is_same_v<E, Key>) subject.app = row.owner_kind == KeyOwner::app ? row.owner : Id::none;
  return subject;
}

namespace detail {
/// Calls `write(subject, cells before, cells after)` for rows of which one may be null.
template <class E, class Write>
Result<void> with_cells(const E* before, const E* after, Write write) {
  using Row = decltype(to_cells(*before));
  const auto was = before != nullptr ? to_cells(*before) : Row{};
  const auto is = after != nullptr ? to_cells(*after) : Row{};
  const auto subject = after != nullptr ? subject_of(*after, is) : subject_of(*before, was);
  return write(subject, before != nullptr ? Cells{was} : Cells{}, after != nullptr ? Cells{is} : Cells{});
}
}  // namespace detail

/// The same for entities. `before` is null where the row is new, `after` where it is gone.
template <class E>
Result<void> record(Transaction& tx, const Context& context, Verb verb, const E* before, const E* after) {
  return detail::with_cells(before, after, [&](const Subject& subject, Cells was, Cells is) {
    return record(tx, context, table_of<E>, subject, verb, was, is);
  });
}
template <class E>
Result<void> note(Transaction& tx, const Context& context, Verb verb, const E* before, const E* after) {
  return detail::with_cells(before, after, [&](const Subject& subject, Cells was, Cells is) {
    return note(tx, context, table_of<E>, subject, verb, was, is);
  });
}

template <class E>
Result<void> insert(Transaction& tx, const Context& context, E& row) {
  if (auto stored = tx.insert(row); !stored) return stored;
  return note<E>(tx, context, created, nullptr, &row);
}

/// `before` is the row as it was read.
template <class E>
Result<void> update(Transaction& tx, const Context& context, const E& before, E& row, Verb verb = updated) {
  if (auto stored = tx.update(row); !stored) return stored;
  return note<E>(tx, context, verb, &before, &row);
}

template <class E>
Result<void> erase(Transaction& tx, const Context& context, const E& row) {
  if (auto erased = tx.erase<E>(row.id); !erased) return erased.error();
  return note<E>(tx, context, deleted, &row, nullptr);
}

}  // namespace innkeeper::changes
