#pragma once

#include <innkeeper/schema/model.hpp>

#include "engine/base/records.hpp"
#include "engine/domain/collection.hpp"

#include <optional>
#include <utility>

/// What join tokens, member tokens and stream keys have in common: rows that let somebody in until they are revoked, each alone
/// or all of a member's by a new generation.
namespace innkeeper::domain {

template <class E>
bool is_used_up(const E& row) {
  if constexpr (requires { row.used_at; })
    return row.used_at.has_value();
  else
    return false;
}

/// Whether a row was revoked with all others of its member's.
template <class E>
bool is_ended(const E& row, const Member& member) {
  return !is_used_up(row) && row.generation != member.generation;
}

template <class E>
inline constexpr TaskKind revoking = TaskKind::revoke_member_tokens;
template <>
inline constexpr TaskKind revoking<JoinToken> = TaskKind::revoke_join_tokens;
template <>
inline constexpr TaskKind revoking<StreamKey> = TaskKind::revoke_stream_keys;

/// Has a row show what was decided of it, whether maintenance has come to it or not. Answers whether its member, if it has one,
/// is there still. The time of a revocation is that of the task that it left.
template <class E>
Result<bool> show_as_decided(Transaction& tx, E& row) {
  if (row.member == Id::none) return true;
  auto member = tx.get<Member>(row.member);
  if (!member && member.error().code != Errc::not_found) return member.error();
  if (row.revoked_at || is_used_up(row) || (member && !is_ended(row, *member))) return member.has_value();
  auto query = Query<Task>{}.where(&Task::object, row.member);
  if (member)
    query.where(&Task::kind, revoking<E>).where(&Task::generation, row.generation + 1);
  else
    query.where(&Task::kind, TaskKind::purge_member);
  auto task = tx.first(query);
  if (!task) return task.error();
  row.revoked_at = task->created_at;
  return member.has_value();
}

/// A row whose room and member are there, if it has them.
template <class E>
Result<E> require_owners(Transaction& tx, Result<E> row) {
  if (!row) return row;
  if constexpr (requires { row->room; }) {
    auto room = tx.get<Room>(row->room);
    if (!room) return room.error().code == Errc::not_found ? unknown<E>() : room.error();
  }
  auto has_member = show_as_decided(tx, *row);
  if (!has_member) return has_member.error();
  return *has_member ? row : unknown<E>();
}

}  // namespace innkeeper::domain
