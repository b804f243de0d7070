#pragma once

#include <innkeeper/operations.hpp>
#include <innkeeper/schema/model.hpp>

#include "engine/base/selection.hpp"
#include "engine/base/text.hpp"
#include "engine/changes/changes.hpp"

#include <algorithm>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <unordered_map>
#include <utility>
#include <variant>
#include <vector>

/// What every kind of row has in common: to be found, listed, changed and taken out under the same rules.
namespace innkeeper::domain {

/// What a kind of row is called, and why there is none.
template <class E>
struct Kind;
template <>
struct Kind<Tenant> {
  static constexpr Reason unknown = reason::tenant_unknown;
  static constexpr std::string_view absent = "no such tenant";
};
template <>
struct Kind<Operator> {
  static constexpr Reason unknown = reason::operator_unknown;
  static constexpr std::string_view absent = "no such operator";
};
template <>
struct Kind<App> {
  static constexpr Reason unknown = reason::app_unknown;
  static constexpr std::string_view absent = "no such app";
};
template <>
struct Kind<Key> {
  static constexpr Reason unknown = reason::key_unknown;
  static constexpr std::string_view absent = "no such key";
};
template <>
struct Kind<Member> {
  static constexpr Reason unknown = reason::member_unknown;
  static constexpr std::string_view absent = "no such member";
};
template <>
struct Kind<Room> {
  static constexpr Reason unknown = reason::room_unknown;
  static constexpr std::string_view absent = "no such room";
};
template <>
struct Kind<Device> {
  static constexpr Reason unknown = reason::device_unknown;
  static constexpr std::string_view absent = "no such device";
};
template <>
struct Kind<Session> {
  static constexpr Reason unknown = reason::session_unknown;
  static constexpr std::string_view absent = "no such session";
};
template <>
struct Kind<Webhook> {
  static constexpr Reason unknown = reason::webhook_unknown;
  static constexpr std::string_view absent = "no such webhook";
};
template <>
struct Kind<Delivery> {
  static constexpr Reason unknown = reason::delivery_unknown;
  static constexpr std::string_view absent = "no such delivery";
};
template <>
struct Kind<StreamKey> {
  static constexpr Reason unknown = reason::stream_key_unknown;
  static constexpr std::string_view absent = "no such stream key";
};
template <>
struct Kind<JoinToken> {
  static constexpr Reason unknown = reason::token_unknown;
  static constexpr std::string_view absent = "no such token";
};
template <>
struct Kind<MemberToken> : Kind<JoinToken> {};

template <class E>
Error unknown() {
  return {Errc::not_found, Kind<E>::unknown, std::string{Kind<E>::absent}};
}

template <class T>
Result<T> or_unknown(Result<T> found) {
  if (!found && found.error().code == Errc::not_found) return unknown<T>();
  return found;
}

/// Ids of one selection by `Compare::in`.
inline constexpr std::size_t ids_at_once = 500;
/// Ids as `Compare::in` has them.
std::string list_of_ids(std::span<const Id>);

/// The rows of these ids, in their order; blank where there is none.
template <class E>
Result<std::vector<E>> look_up_all(Transaction& tx, std::span<const Id> ids) {
  std::unordered_map<std::int64_t, E> found;
  for (auto rest = ids; !rest.empty(); rest = rest.subspan(std::min(rest.size(), ids_at_once))) {
    const auto list = list_of_ids(rest.first(std::min(rest.size(), ids_at_once)));
    auto read = tx.each(Query<E>{}.where(&E::id, Compare::in, Value{std::string_view{list}}), [&](E&& row) {
      const auto id = number(row.id);
      found.emplace(id, std::move(row));
      return true;
    });
    if (!read) return read.error();
  }
  std::vector<E> rows(ids.size());
  for (std::size_t i = 0; i < ids.size(); ++i)
    if (const auto row = found.find(number(ids[i])); row != found.end()) rows[i] = row->second;
  return rows;
}

/// A rule that a value breaks. `field` is a JSON pointer into the draft.
inline Error refused(std::string field, std::string sentence) {
  return {Errc::invalid, reason::value_refused, sentence, {{std::move(field), {}, sentence}}};
}

/// A row of those the transaction may see. A uid goes before an id of the same digits.
template <class E>
Result<E> look_up(Transaction& tx, const Ref& ref) {
  if (ref.id() != Id::none) return or_unknown(tx.get<E>(ref.id()));
  constexpr bool has_uid = description_of<E>.has("uid");
  if constexpr (has_uid) {
    auto found = tx.first(Query<E>{}.where(&E::uid, ref.text()));
    if (found || found.error().code != Errc::not_found) return found;
  }
  const auto id = ref.is_uid() ? std::nullopt : base::to_number(ref.text());
  return id && *id != 0 ? or_unknown(tx.get<E>(Id{*id})) : unknown<E>();
}

/// A row of an app that the caller may use now.
template <class E>
Result<E> find(Transaction& tx, const Context& context, const Ref& ref) {
  auto found = look_up<E>(tx, ref);
  if (!found) return found;
  if (auto app = apps::open(tx, context, found->app); !app)
    return app.error().code == Errc::not_found ? unknown<E>() : app.error();
  return found;
}

/// The cell that a filter or a mark stands for; a view of it.
inline Value cell_of(const std::variant<std::int64_t, std::string>& value) {
  return std::visit([](const auto& held) { return Value{held}; }, value);
}
/// The position of a row in a list that is sorted by a column.
Cursor cursor_of(std::span<const Value> cells, std::uint8_t sort);

/// How a page of a list is read: which rows the store finds by an index, and which filters they are checked against here, so that
/// a page has an end however few rows meet them.
struct PagePlan {
  Selection found_by{};
  std::vector<Condition> filters{};
};
PagePlan plan_page(const Table&, const Transaction&, const Selection& base, const PageRequest&);

/// Bytes of rows that are looked at for one part, where filters are met by few.
inline constexpr std::size_t bytes_looked_at = 1U << 20U;

/// Bytes of rows that are looked at for a numbered part.
inline constexpr std::size_t bytes_counted = 64U << 20U;

bool meets_all(std::span<const Value> cells, std::span<const Condition>);
std::size_t text_size_of(std::span<const Value> cells);

/// A part by the numbers of its rows; `total` is how many there are without the window's filters, if that is known already.
template <class E>
Result<Page<E>> numbered_page(Transaction& tx, const Query<E>& base, const PageRequest& page_request,
                              std::optional<std::int64_t> total = {}) {
  auto plan = plan_page(table_of<E>, tx, base.selection(), page_request);
  Page<E> page;
  if (plan.filters.empty()) {
    if (!total || !page_request.filters.empty()) {
      auto counted = tx.count(Query<E>{plan.found_by});
      if (!counted) return counted.error();
      total = *counted;
    }
    page.total = *total;
    if (page_request.skip >= page.total) return page;
  }
  for (const auto& each : page_request.order) plan.found_by.add(each);
  if (plan.filters.empty()) {
    plan.found_by.offset = page_request.skip;
    plan.found_by.limit = page_request.limit;
    auto rows = tx.list(Query<E>{plan.found_by});
    if (!rows) return rows.error();
    page.items = std::move(*rows);
    return page;
  }
  plan.found_by.limit = rows_looked_at;
  std::size_t bytes = 0;
  auto looked = tx.each_cells<E>(Query<E>{plan.found_by}, [&](std::span<const Value> cells) {
    bytes += text_size_of(cells);
    if (meets_all(cells, plan.filters) && page.total++ >= page_request.skip &&
        std::cmp_less(page.items.size(), page_request.limit))
      page.items.push_back(from_cells<E>(cells));
    return bytes < bytes_counted;
  });
  if (!looked) return looked.error();
  return page;
}

/// A part of a list. `base` says which rows belong to it; filters are held against `looks` rows at most.
template <class E>
Result<Page<E>> page(Transaction& tx, const Query<E>& base, const PageRequest& page_request,
                     std::int64_t looks = rows_looked_at) {
  if (page_request.is_numbered) return numbered_page(tx, base, page_request);
  auto plan = plan_page(table_of<E>, tx, base.selection(), page_request);
  const auto& filters = plan.filters;

  Page<E> page;
  Cursor last;
  bool is_full = false;
  std::size_t bytes = 0;
  std::size_t bytes_passed = 0;
  std::int64_t looked_at = 0;
  const auto take = [&](Selection part) -> Result<void> {
    if (page_request.sort != 0) part.add(Ordering{page_request.sort, page_request.is_descending});
    if (page_request.is_descending) part.add(Ordering{0, true});
    part.limit = 1 + (filters.empty() ? page_request.limit - std::ssize(page.items) : looks - looked_at);
    return tx.each_cells<E>(Query<E>{part}, [&](std::span<const Value> cells) {
      is_full = std::cmp_equal(page.items.size(), page_request.limit) || bytes >= page_request.bytes ||
                (!filters.empty() && (looked_at == looks || bytes_passed >= bytes_looked_at));
      if (is_full) return false;
      ++looked_at;
      last = cursor_of(cells, page_request.sort);
      const auto size = text_size_of(cells);
      bytes_passed += size;
      if (!meets_all(cells, filters)) return true;
      bytes += size;
      page.items.push_back(from_cells<E>(cells));
      return true;
    });
  };
  if (!page_request.after) {
    plan.found_by.offset = page_request.skip;
    if (auto taken = take(plan.found_by); !taken) return taken.error();
  } else {
    // First the rest of those with the last row's value, then those beyond it.
    const Value value = cell_of(page_request.after->value);
    const Value id{number(page_request.after->id)};
    const auto beyond = page_request.is_descending ? Compare::less : Compare::greater;
    if (page_request.sort != 0) {
      auto same = plan.found_by;
      same.add(Condition{page_request.sort, Compare::equal, value});
      same.add(Condition{0, beyond, id});
      if (auto taken = take(same); !taken) return taken.error();
    }
    if (!is_full) {
      auto rest = plan.found_by;
      rest.add(Condition{page_request.sort, beyond, page_request.sort != 0 ? value : id});
      if (auto taken = take(rest); !taken) return taken.error();
    }
  }
  if (is_full) page.next = std::move(last);
  return page;
}

/// The counter that says how many rows of a kind an app has; null: none does.
template <class E>
inline constexpr std::int64_t QuotaUsage::*counter_of = nullptr;
template <>
inline constexpr std::int64_t QuotaUsage::*counter_of<Room> = &QuotaUsage::rooms;
template <>
inline constexpr std::int64_t QuotaUsage::*counter_of<Member> = &QuotaUsage::members;
template <>
inline constexpr std::int64_t QuotaUsage::*counter_of<Device> = &QuotaUsage::devices;
/// What a counter of an app says; nothing while rows from before the counters are not all counted, or for no counter.
Result<std::optional<std::int64_t>> read_counter(Transaction&, const App&, std::int64_t QuotaUsage::*counter);

/// The things of an app.
template <class E>
Result<Page<E>> page_of_app(Transaction& tx, const Context& context, const Listing& wanted) {
  auto app = apps::open(tx, context, wanted.parent);
  if (!app) return app.error();
  const auto query = Query<E>{}.where(&E::app, app->id);
  if (!wanted.page_request.is_numbered) return page(tx, query, wanted.page_request);
  auto total = read_counter(tx, *app, counter_of<E>);
  if (!total) return total.error();
  return numbered_page(tx, query, wanted.page_request, *total);
}

template <class E>
Result<void> require(const Precondition& match, const E& row) {
  if (match.admits(row.version)) return {};
  return Error{Errc::conflict,
               reason::version_stale,
               "it is of another version by now",
               {{"", std::to_string(row.version), "the present version"}}};
}

template <class E>
bool is_same(const E& a, const E& b) {
  return to_cells(a) == to_cells(b);
}

/// Stores a row that was changed, if it was.
template <class E>
Result<void> store(Transaction& tx, const Context& context, const E& before, E& row, changes::Verb verb = changes::updated) {
  if (is_same(before, row)) return {};
  if constexpr (requires { row.updated_at; }) row.updated_at = context.now;
  return changes::update(tx, context, before, row, verb);
}

/// Finds a row, lets `apply(row)` change it, and stores it.
template <class E, class Draft, class Apply>
Result<E> edit(Transaction& tx, const Context& context, const Edit<Draft>& wanted, Apply apply) {
  auto row = find<E>(tx, context, wanted.ref);
  if (!row) return row;
  if (auto fits = require(wanted.match, *row); !fits) return fits.error();
  const E before = *row;
  if (Result<void> applied = apply(*row); !applied) return applied.error();
  if (auto stored = store(tx, context, before, *row); !stored) return stored.error();
  return row;
}

/// Finds a row, lets `part_with(row)` see to what depends on it, and takes it out.
template <class E, class PartWith>
Result<Nothing> remove(Transaction& tx, const Context& context, const Removal& wanted, PartWith part_with) {
  auto row = find<E>(tx, context, wanted.ref);
  if (!row) return row.error();
  if (auto fits = require(wanted.match, *row); !fits) return fits.error();
  if (Result<void> parted = part_with(*row); !parted) return parted.error();
  if (auto erased = changes::erase(tx, context, *row); !erased) return erased.error();
  return Nothing{};
}

}  // namespace innkeeper::domain
