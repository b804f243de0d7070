#pragma once

#include <innkeeper/model.hpp>

#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// What an import document says, read but not yet compared with any store.
namespace innkeeper::transfer {

/// The lists that an entry has beneath it.
template <class E>
struct Children {};

/// What the document says of one row.
template <class E>
struct Entry {
  std::string pointer{};  ///< The entry's JSON pointer, for messages.
  std::optional<Id> id{};
  E row{};                                          ///< What `given` does not name is as in a new row.
  std::vector<std::string_view> given{};            ///< The members it has, as `Form` names them.
  std::map<std::string_view, std::string> texts{};  ///< Secrets, and the uids of other rows (empty: none), by the member's name.
  Children<E> children{};

  bool gives(std::string_view name) const { return std::find(given.begin(), given.end(), name) != given.end(); }
};
template <class E>
using Entries = std::vector<Entry<E>>;

/// The document itself, which is no row.
struct Root {};

template <>
struct Children<Device> {
  Entries<Reading> readings{};
};
template <>
struct Children<Session> {
  Entries<Participation> participants{};
  Entries<Recording> recordings{};
};
template <>
struct Children<App> {
  Entries<Key> keys{};
  Entries<Member> members{};
  Entries<Room> rooms{};
  Entries<Device> devices{};
  Entries<StreamKey> stream_keys{};
  Entries<Webhook> webhooks{};
  Entries<Session> sessions{};
  Entries<Usage> usage{};
  Entries<Quota> quotas{};
};
template <>
struct Children<Operator> {
  Entries<Key> keys{};
};
template <>
struct Children<Tenant> {
  Entries<Operator> operators{};
  Entries<App> apps{};
  Entries<Quota> quotas{};
};
template <>
struct Children<Root> {
  Entries<Operator> operators{};
  Entries<Tenant> tenants{};
};

using Document = Entry<Root>;

}  // namespace innkeeper::transfer
