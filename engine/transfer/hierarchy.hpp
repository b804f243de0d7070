#pragma once

#include <innkeeper/store.hpp>
#include <innkeeper/transaction.hpp>

#include "engine/transfer/entry.hpp"

#include <type_traits>

/// Which rows are children of which.
namespace innkeeper::transfer {

/// Makes a row the child of a parent.
inline void set_parent(Tenant&, const Root&) {}
inline void set_parent(Operator& row, const Root&) { row.tenant = Id::none; }  // over all tenants
inline void set_parent(Operator& row, const Tenant& parent) { row.tenant = parent.id; }
inline void set_parent(App& row, const Tenant& parent) { row.tenant = parent.id; }
inline void set_parent(Quota& row, const Tenant& parent) { row.tenant = parent.id; }
inline void set_parent(Key& row, const App& parent) {
  row.tenant = parent.tenant;
  row.owner_kind = KeyOwner::app;
  row.owner = parent.id;
  row.generation = parent.generation;
}
inline void set_parent(Key& row, const Operator& parent) {
  row.tenant = parent.tenant;
  row.owner_kind = KeyOwner::administrator;
  row.owner = parent.id;
  row.generation = parent.generation;
}
template <class E>
void set_parent(E& row, const App& parent) {
  row.tenant = parent.tenant;
  row.app = parent.id;
}
inline void set_parent(Reading& row, const Device& parent) {
  row.tenant = parent.tenant;
  row.app = parent.app;
  row.device = parent.id;
}
template <class E>
void set_parent(E& row, const Session& parent) {
  row.tenant = parent.tenant;
  row.app = parent.app;
  row.session = parent.id;
}

/// The rows beneath a parent, by id.
template <class E, class P>
Query<E> rows_of(const P& parent) {
  Query<E> query;
  if constexpr (std::is_same_v<E, Key>)
    query.where(&Key::owner_kind, std::is_same_v<P, App> ? KeyOwner::app : KeyOwner::administrator).where(&Key::owner, parent.id);
  else if constexpr (std::is_same_v<P, Root> && std::is_same_v<E, Operator>)
    query.where(&Operator::tenant, Id::none);
  else if constexpr (std::is_same_v<E, Quota> && std::is_same_v<P, Tenant>)
    query.where(&Quota::tenant, parent.id).where(&Quota::app, Id::none);
  else if constexpr (std::is_same_v<E, Quota>)
    query.where(&Quota::tenant, parent.tenant).where(&Quota::app, parent.id);
  else if constexpr (std::is_same_v<P, Tenant>)
    query.where(&E::tenant, parent.id);
  else if constexpr (std::is_same_v<P, App>)
    query.where(&E::app, parent.id);
  else if constexpr (std::is_same_v<P, Device>)
    query.where(&E::device, parent.id);
  else if constexpr (std::is_same_v<P, Session>)
    query.where(&E::session, parent.id);
  return query;
}

}  // namespace innkeeper::transfer
