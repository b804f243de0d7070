#include "engine/dialects/native/lists.hpp"

#include "engine/base/target.hpp"
#include "engine/base/text.hpp"
#include "engine/base/time.hpp"
#include "engine/crypto/digest.hpp"
#include "engine/crypto/keyring.hpp"
#include "engine/dialects/native/page.hpp"

#include <algorithm>
#include <optional>
#include <vector>

namespace innkeeper::dialects::native {

namespace {

/// One `name=value` of a query, decoded.
struct Given {
  std::string name;
  std::string value;
};

Result<std::vector<Given>> read_query(std::string_view query) {
  std::vector<Given> given;
  while (!query.empty()) {
    const auto end = query.find('&');
    const auto pair = query.substr(0, end);
    query.remove_prefix(end == std::string_view::npos ? query.size() : end + 1);
    if (pair.empty()) continue;
    const auto equals = pair.find('=');
    auto name = base::percent_decoded(pair.substr(0, equals), /*plus_is_blank=*/true);
    auto value = base::percent_decoded(equals == std::string_view::npos ? "" : pair.substr(equals + 1), /*plus_is_blank=*/true);
    if (!name || !base::is_utf8(*name)) return bad_parameter({}, "the name of a parameter must be percent-encoded UTF-8");
    if (!value || !base::is_utf8(*value)) return bad_parameter(*name, "must be percent-encoded UTF-8");
    given.push_back({std::move(*name), std::move(*value)});
  }
  return given;
}

void add_parameter(std::string& query, const Given& given) {
  query.append(query.empty() ? "" : "&").append(base::percent_encoded(given.name));
  query.append("=").append(base::percent_encoded(given.value));
}

/// A value as its column keeps it.
std::optional<std::variant<std::int64_t, std::string>> value_of(const Listed& column, const std::string& text) {
  using Value = std::variant<std::int64_t, std::string>;
  switch (column.type) {
    case Listed::Type::text:
      if (!column.values.empty() && std::find(column.values.begin(), column.values.end(), text) == column.values.end())
        return std::nullopt;
      return Value{text};
    case Listed::Type::time:
      if (const auto at = base::from_rfc3339(text)) return Value{at->time_since_epoch().count()};
      return std::nullopt;
    case Listed::Type::truth:
      if (text != "true" && text != "false") return std::nullopt;
      return Value{std::int64_t{text == "true"}};
    default:
      if (const auto digits = base::to_number(text)) return Value{*digits};
      return std::nullopt;
  }
}

/// What a value of a column must be.
std::string wish_of(const Listed& column, const std::string& given) {
  switch (column.type) {
    case Listed::Type::time:
      return "must be a time such as 2024-03-04T01:02:03Z";
    case Listed::Type::truth:
      return "must be true or false";
    case Listed::Type::id:
      return "must be an id";
    case Listed::Type::integer:
      return "must be a number";
    case Listed::Type::text:
      break;
  }
  return json::must_be_one_of(column.values, given);
}

/// The filter that a parameter stands for; nothing if it is none of the list's.
std::optional<Result<Filter>> filter_of(const Given& given, std::span<const Listed> columns) {
  for (const auto& column : columns) {
    if (!column.chooses) continue;
    Filter filter{.column = column.column};
    if (column.type == Listed::Type::time) {
      const bool is_after = given.name == end_of(column.name, "_after").view();
      if (!is_after && given.name != end_of(column.name, "_before").view()) continue;
      filter.compare = is_after ? Compare::greater : Compare::less;
    } else if (given.name != column.name) {
      continue;
    }
    auto value = value_of(column, given.value);
    if (!value) return Result<Filter>{bad_parameter(given.name, wish_of(column, given.value))};
    filter.value = std::move(*value);
    return Result<Filter>{std::move(filter)};
  }
  return std::nullopt;
}

Result<void> read_sort(const std::string& text, std::span<const Listed> columns, Window& window) {
  window.is_descending = text.starts_with('-');
  const auto name = std::string_view{text}.substr(window.is_descending);
  if (name == "id") return {};
  const auto found =
      std::find_if(columns.begin(), columns.end(), [&](const Listed& each) { return each.sorts && each.name == name; });
  if (found == columns.end()) {
    std::vector<std::string_view> names{"id"};
    for (const auto& each : columns)
      if (each.sorts) names.push_back(each.name);
    return bad_parameter("sort", json::must_be_one_of(names, name) + "; downwards behind a -");
  }
  window.sort = found->column;
  return {};
}

}  // namespace

Result<Asked> read_list(const Call& call, std::string_view parent, std::span<const Listed> columns) {
  Asked asked;
  if (!parent.empty()) asked.parent = std::string{call.path[parent]};
  asked.path = base::split_target(call.request.target).path;
  auto query = read_query(call.query);
  if (!query) return query.error();
  std::vector<Violation> faults;
  std::vector<std::string> seen;
  const auto refuse = [&](const Error& error) { faults.push_back(error.violations.front()); };
  for (const auto& each : *query) {
    if (std::find(seen.begin(), seen.end(), each.name) != seen.end()) {
      refuse(bad_parameter(each.name, "is given more than once"));
      continue;
    }
    seen.push_back(each.name);
    if (each.name != "cursor") add_parameter(asked.query, each);
    if (each.name != "cursor" && each.name != "limit") add_parameter(asked.choice, each);
    if (each.name == "limit") {
      const auto limit = base::to_number(each.value);
      if (!limit || *limit < 1 || *limit > most_at_once)
        refuse(bad_parameter("limit", "must be a number from 1 to 500"));
      else
        asked.window.limit = *limit;
      continue;
    }
    if (each.name == "cursor") {
      asked.cursor = each.value;
      if (each.value.empty()) refuse(bad_parameter("cursor", "must not be empty"));
      continue;
    }
    if (each.name == "sort") {
      if (auto read = read_sort(each.value, columns, asked.window); !read) refuse(read.error());
      continue;
    }
    auto filter = filter_of(each, columns);
    if (!filter)
      refuse(bad_parameter(each.name, "is not known"));
    else if (!*filter)
      refuse(filter->error());
    else
      asked.window.filters.push_back(std::move(**filter));
  }
  if (faults.empty() && asked.window.filters.size() > 5)
    refuse(bad_parameter(query->back().name, "is one choice too many: five may be given"));
  if (faults.empty()) return asked;
  auto detail = faults.front().message;
  return Error{Errc::invalid, Reason{"parameter.refused"}, std::move(detail), std::move(faults)};
}

std::uint8_t usual_order(const Table& table, std::uint8_t time, const Transaction& tx, const Asked& asked) {
  const auto& filters = asked.window.filters;
  const auto is_chosen = [&](std::uint8_t column, bool by_value) {
    return std::any_of(filters.begin(), filters.end(),
                       [&](const Filter& each) { return each.column == column && (each.compare == Compare::equal) == by_value; });
  };
  const auto is_alike = [&](std::uint8_t column) {
    return column == asked.parent_column || (column == table.owner && tx.tenant() != Id::none) ||
           (column == table.app && tx.app() != Id::none) || is_chosen(column, true);
  };
  std::uint8_t order = 0;
  for (const auto& index : table.indexes) {
    const auto columns = index.positions();
    const auto next = std::find_if_not(columns.begin(), columns.end(), is_alike);
    if (next == columns.end()) return 0;
    if (next + 1 != columns.end() || next == columns.begin()) continue;
    if (is_chosen(*next, false) || (*next == time && order == 0)) order = *next;
  }
  return order;
}

namespace {
std::string binding_of(const Asked& asked) { return asked.path + '?' + asked.choice; }
}  // namespace

std::string seal_cursor(const Context& context, const Asked& asked, const Mark& mark) {
  std::string plain = std::to_string(number(mark.id)) + (std::holds_alternative<std::string>(mark.value) ? "s" : "i");
  std::visit(
      [&](const auto& value) {
        if constexpr (std::is_same_v<std::remove_cvref_t<decltype(value)>, std::string>)
          plain += value;
        else
          plain += std::to_string(value);
      },
      mark.value);
  return crypto::base64url_encode(context.keyring.seal_cursor(plain, binding_of(asked)));
}

Result<Mark> open_cursor(const Context& context, const Asked& asked) {
  const auto refused = [] { return bad_parameter("cursor", "was not given for this list, sorted and chosen like this"); };
  const auto sealed = crypto::base64url_decode(asked.cursor);
  const auto plain = sealed ? context.keyring.open_cursor(*sealed, binding_of(asked)) : std::nullopt;
  if (!plain) return refused();
  // What was sealed here reads as it was written.
  const auto type = plain->find_first_of("si");
  Mark mark{.id = Id{base::to_number(plain->substr(0, type)).value_or(0)}};
  const auto value = plain->substr(type + 1);
  if ((*plain)[type] == 's')
    mark.value = value;
  else
    mark.value = static_cast<std::int64_t>(std::stoll(value));
  return mark;
}

void add_next_link(Response& response, const std::string& query, const std::string& cursor) {
  // A reference with a query alone stays on the path (RFC 3986 §5.2), wherever the contract is mounted.
  response.headers.set(header::link, "<?" + query + (query.empty() ? "" : "&") + "cursor=" + cursor + ">; rel=\"next\"");
}

void say_json(Response& response) { response.headers.set(header::content_type, "application/json"); }

std::string list_schema_of(const contract::PropertyTable& table) {
  std::string text;
  Writer schema{text};
  schema.begin_object().key("title").string(std::string{table.name} + "List").key("type").string("object");
  contract::describe_array(schema.key("properties").begin_object().key("items").begin_object(), table);
  schema.end_object().key("next_cursor").begin_object();
  describe_type(schema, "string", true);
  schema.key("description").string("Give it as `cursor` for what follows; null at the end").end_object().end_object();
  schema.key("required").begin_array().string("items").string("next_cursor").end_array().end_object();
  return text;
}

}  // namespace innkeeper::dialects::native
