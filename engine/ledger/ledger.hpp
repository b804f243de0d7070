#pragma once

#include "engine/ledger/audit.hpp"
#include "engine/ledger/cells.hpp"
#include "engine/ledger/outbox.hpp"

#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

/// How rows change when the change is to be remembered: the row, its line in the audit trail and, for what belongs to an app,
/// the event, in one transaction. Counters and what media servers report row by row are written past it.
namespace innkeeper::ledger {

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

namespace detail {

template <class E>
Subject subject_of(const E& row) {
  Subject subject{.object = row.id};
  if constexpr (requires { row.uid; }) subject.uid = row.uid;
  if constexpr (std::is_same_v<E, Tenant>)
    subject.tenant = row.id;
  else
    subject.tenant = row.tenant;
  if constexpr (std::is_same_v<E, App>)
    subject.app = row.id;
  else if constexpr (std::is_same_v<E, Key>)
    subject.app = row.owner_kind == KeyOwner::app ? row.owner : Id::none;
  else if constexpr (requires { row.app; })
    subject.app = row.app;
  return subject;
}

/// The columns of a row as far as they differ from another's; none of a row that is not there.
template <class E>
JsonText columns_of(const E* row, const E* other) {
  return row != nullptr ? to_json(*row, other) : JsonText{"{}"};
}

template <class E>
std::string name_of_change(std::string_view verb) {
  return std::string{table_of<E>.name}.append(".").append(verb);
}

/// What an event says of a row.
template <class E>
JsonText event_data(const E& row, const JsonText& columns) {
  JsonText json;
  json::Writer out{json.text};
  out.begin_object().key("id").quoted(number(row.id));
  if constexpr (requires { row.uid; }) out.key("uid").string(row.uid);
  out.key("fields").raw(columns).end_object();
  return json;
}

}  // namespace detail

/// Writes the change into the audit trail and tells nobody. `before` is null where the row is new, `after` where it is gone.
template <class E>
Result<void> record(Transaction& tx, const Context& context, Verb verb, const E* before, const E* after) {
  return write_audit(tx, context, detail::subject_of(after != nullptr ? *after : *before), detail::name_of_change<E>(verb.action),
                     detail::columns_of(before, after), detail::columns_of(after, before));
}

/// Records the change and tells the app of it.
template <class E>
Result<void> note(Transaction& tx, const Context& context, Verb verb, const E* before, const E* after) {
  const auto& row = after != nullptr ? *after : *before;
  const auto subject = detail::subject_of(row);
  // An app that comes or goes has nobody yet, or any more, who could be told.
  if (subject.app == Id::none || (std::is_same_v<E, App> && (before == nullptr || after == nullptr)))
    return record(tx, context, verb, before, after);
  auto was = detail::columns_of(before, after);
  auto is = detail::columns_of(after, before);
  auto data = detail::event_data(row, after != nullptr ? is : was);
  if (auto written = write_audit(tx, context, subject, detail::name_of_change<E>(verb.action), std::move(was), std::move(is));
      !written)
    return written;
  return Outbox{tx, context, subject.tenant, subject.app}.put(detail::name_of_change<E>(verb.past), context.now, std::move(data));
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

}  // namespace innkeeper::ledger
