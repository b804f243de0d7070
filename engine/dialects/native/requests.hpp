#pragma once

#include <innkeeper/contract/bodies.hpp>
#include <innkeeper/contract/dialect.hpp>
#include <innkeeper/contract/lists.hpp>
#include <innkeeper/contract/properties.hpp>
#include <innkeeper/contract/requests.hpp>
#include <innkeeper/operations.hpp>
#include <innkeeper/schema/model.hpp>

#include "engine/dialects/native/codecs.hpp"
#include "engine/domain/rules.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

/// What readers and writers of all resources share.
namespace innkeeper::dialects::native {

using contract::at_least;
using contract::at_most;
using contract::each;
using contract::Field;
using contract::field;
using contract::fields;
using contract::filter;
using contract::items_at_most;
using contract::ListFilter;
using contract::ListSort;
using contract::matching;
using contract::one_of;
using contract::required;
using contract::sort_by;
using contract::within;

/// Characters of a join token: those of some contracts describe the room.
inline constexpr std::size_t longest_token = 65'536;

/// Every fault is told, names that are not known are faults, and `null` takes away what may be absent (RFC 7396).
inline constexpr contract::Policy strict{
    .null = contract::Null::clears_what_may, .collects_all = true, .unknown = contract::Unknown::is_refused};

/// The rules of a column that holds a text or a number, for the field that fills it.
consteval contract::Rules rules_for(const Length& length, const Range& range) {
  if (range.most > 0) return {.items{within(range.least, range.most)}, .size = 1};
  if (length.most == 0) throw "the column has no rule";
  if (length.least == 0) return {.items{at_most(length.most)}, .size = 1};
  return {.items{at_least(length.least), at_most(length.most)}, .size = 2};
}
template <auto column>
inline constexpr contract::Rules rules_of = rules_for(domain::length_of<column>, domain::range_of<column>);

/// A column of a resource as this contract shows it and, if it may be set, as requests say it.
struct ColumnRow {
  contract::Property property{};
  Field field{};  ///< Without a path: it may not be set.

  constexpr bool may_be_set() const { return !field.path.empty(); }
};
constexpr ColumnRow shown(const contract::Property& property) { return {property, {}}; }
/// A row's member and the draft's member that sets it, with the rules of the column. `path` is the field's: the name behind a
/// slash. A note is for requests and answers, unless answers have one of their own.
template <auto member, auto wanted, const auto& read_as = contract::codec_of<contract::detail::ValueOf<wanted>>,
          const auto& write_as = contract::detail::codec<json::CodecOf<contract::detail::ValueOf<member>>>>
consteval ColumnRow settable(std::string_view path, std::string_view note, std::string_view shown) {
  ColumnRow row{contract::show<member, write_as>(path.substr(1), shown), field<wanted, read_as>(path, note)};
  constexpr const Column& column = column_of(member);
  if constexpr (column.length.most > 0 || column.range.most > 0)
    contract::detail::put(row.field, rules_for(column.length, column.range));
  return row;
}

template <auto member, auto wanted, const auto&... codecs>
consteval ColumnRow settable(std::string_view path, std::string_view note = {}) {
  return settable<member, wanted, codecs...>(path, note, note);
}

/// The rows of a table of columns that answers show, and those that requests may have.
template <const auto& columns>
inline constexpr auto properties_of = [] {
  std::array<contract::Property, std::size(columns)> rows{};
  std::ranges::transform(columns, rows.begin(), &ColumnRow::property);
  return rows;
}();
template <const auto& columns>
inline constexpr auto fields_of = [] {
  std::array<Field, static_cast<std::size_t>(std::ranges::count_if(columns, &ColumnRow::may_be_set))> rows{};
  auto* row = rows.data();
  for (const auto& each : columns)
    if (each.may_be_set()) *row++ = each.field;
  return rows;
}();

/// The rules of a column that holds a list: how many there may be, how long each, and what each must be.
template <auto column>
inline constexpr contract::Rule items_of = items_at_most(domain::list_rule_of<column>.most);
template <auto column>
inline constexpr contract::Rule longest_of = each(at_most(domain::list_rule_of<column>.longest));
template <auto column>
inline constexpr contract::Rule form_of = each(matching(domain::list_rule_of<column>.is_valid));

/// Path parameters.
struct OfTenant {
  static constexpr std::string_view name = "tenant";
};
struct OfOperator {
  static constexpr std::string_view name = "operator";
};
struct OfApp {
  static constexpr std::string_view name = "app";
};
struct OfKey {
  static constexpr std::string_view name = "key";
};
struct OfMember {
  static constexpr std::string_view name = "member";
};
struct OfRoom {
  static constexpr std::string_view name = "room";
};
struct OfToken {
  static constexpr std::string_view name = "token";
};
struct OfStreamKey {
  static constexpr std::string_view name = "stream_key";
};
struct OfDevice {
  static constexpr std::string_view name = "device";
};
struct OfSession {
  static constexpr std::string_view name = "session";
};
struct OfWebhook {
  static constexpr std::string_view name = "webhook";
};
struct OfDelivery {
  static constexpr std::string_view name = "delivery";
};

template <class Param>
Ref ref_in(const Params& path) {
  return std::string{path[Param::name]};
}

/// The last is what curl says of every body.
inline constexpr std::string_view body_types[] = {"application/json", "application/merge-patch+json",
                                                  "application/x-www-form-urlencoded"};
inline constexpr contract::BodyFormat body_format{.media_types = body_types};
/// From `If-Match`; what is no entity tag of ours matches nothing.
Precondition read_precondition(const Call&);

template <const auto& table>
auto read_body(const Call& call) {
  return contract::read_body(call, body_format, table);
}
/// The same where no body is as good as an empty object.
template <const auto& table>
auto read_body_if_any(const Call& call) {
  return contract::read_body(call, body_format, table, contract::BodyPresence::optional);
}

/// Every list is sorted by the ids too.
inline constexpr ListSort by_id{"id", "-id", 0};
inline constexpr ListSort only_by_id[] = {by_id};

void set_json_type(Response&);
void set_etag(Response&, std::int64_t version);
/// A reference to what was made, from the path it was made at (RFC 9110 §10.2.2).
void set_created(Response&, std::string_view from_here, Id);

template <const auto& table, class E>
void write_json(const E& object, Response& response) {
  Writer out{response.body};
  contract::encode(out, table, object);
  set_json_type(response);
}
/// The same for what shows a secret: no cache keeps it (RFC 9111 §5.2.2.5).
template <const auto& table, class E>
void write_secret(const E& object, Response& response) {
  write_json<table>(object, response);
  response.headers.set("Cache-Control", "no-store");
}
/// A row, with its version as the entity tag.
template <const auto& table, class E>
void write_row(const E& row, const Context&, Response& response) {
  write_json<table>(row, response);
  set_etag(response, row.version);
}
/// Something that is no row.
template <const auto& table, class E>
void write_object(const E& object, const Context&, Response& response) {
  write_json<table>(object, response);
}
/// A row that was made; `place` leads from its collection to its like.
template <const auto& table, const auto& place, class E>
void write_created(const E& row, const Context& context, Response& response) {
  write_row<table>(row, context, response);
  set_created(response, place, row.id);
}
void write_nothing(const Nothing&, const Context&, Response&);

template <const auto& table>
std::string object_schema() {
  return contract::schema(table);
}

}  // namespace innkeeper::dialects::native
