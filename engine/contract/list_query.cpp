#include <innkeeper/contract/lists.hpp>
#include <innkeeper/json/wording.hpp>

#include "engine/base/target.hpp"
#include "engine/base/text.hpp"
#include "engine/base/time.hpp"

#include <algorithm>
#include <chrono>
#include <variant>

/// What a query asks of a list.
namespace innkeeper::contract {

namespace {

using Cell = std::variant<std::int64_t, std::string>;

/// One `name=value` of a query, decoded.
struct Given {
  std::string name;
  std::string value;
};

void add_parameter(std::string& query, const Given& given) {
  query.append(query.empty() ? "" : "&").append(base::percent_encoded(given.name));
  query.append("=").append(base::percent_encoded(given.value));
}

/// A value as its column keeps it.
std::optional<Cell> value_of(const ListFilter& filter, const std::string& text) {
  using Type = ListFilter::Type;
  switch (filter.type) {
    case Type::text:
      break;
    case Type::time:
      if (const auto at = base::from_rfc3339(text)) return at->time_since_epoch().count();
      return std::nullopt;
    case Type::unix_time: {
      constexpr std::int64_t last = 253'402'300'799;  // of the year 9999
      const auto seconds = base::to_number(text);
      if (!seconds || *seconds > last) return std::nullopt;
      return Instant{std::chrono::seconds{*seconds}}.time_since_epoch().count();
    }
    case Type::truth:
      if (text != "true" && text != "false") return std::nullopt;
      return std::int64_t{text == "true"};
    default:
      if (const auto digits = base::to_number(text)) return *digits;
      return std::nullopt;
  }
  if (filter.values.empty()) return text;
  const auto found = std::find(filter.values.begin(), filter.values.end(), text);
  if (found == filter.values.end()) return std::nullopt;
  const auto& stored = filter.stored.empty() ? filter.values : filter.stored;
  return std::string{stored[static_cast<std::size_t>(found - filter.values.begin())]};
}

/// What a filter's value must be.
std::string expectation_of(const ListFilter& filter, const std::string& given) {
  switch (filter.type) {
    using enum ListFilter::Type;
    case time:
      return "must be a time such as 2024-03-04T01:02:03Z";
    case unix_time:
      return "must be a time in seconds since 1970";
    case truth:
      return "must be true or false";
    case id:
      return "must be an id";
    case integer:
      return "must be a number";
    default:
      return json::must_be_one_of(filter.values, given);
  }
}

/// The number that counts; nothing if it is refused.
std::optional<std::int64_t> read_number(const ListNumber& wanted, const std::string& text) {
  const auto number = base::to_number(text);
  const bool is_below = number && *number < wanted.least;
  if (number && !is_below && *number <= wanted.most) return number;
  switch (!number ? wanted.unreadable : is_below ? wanted.below : wanted.above) {
    case ListNumber::Otherwise::is_refused:
      return std::nullopt;
    case ListNumber::Otherwise::is_initial:
      return wanted.initial;
    case ListNumber::Otherwise::is_nearest:
      break;
  }
  return is_below || !number ? wanted.least : wanted.most;
}

std::string expectation_of(const ListNumber& wanted) {
  const auto range = "must be a number from " + std::to_string(wanted.least);
  return wanted.most == ListNumber::no_limit ? range + " on" : range + " to " + std::to_string(wanted.most);
}

/// More parameters than any contract has: reading them costs work before it is known who asks.
constexpr std::size_t most_parameters = 64;

class QueryReader {
 public:
  QueryReader(const Call& call, const List& list) : call_(call), list_(list), format_(*list.format) {
    query_.list = &list;
    query_.path = base::split_target(call.request.target).path;
    if (!list.parent.empty()) query_.parent = std::string{call.path[list.parent]};
  }

  Result<ListQuery> read() {
    if (!split()) return failure();
    for (const auto& each : given_) read(each);
    auto& page_request = query_.page_request;
    if (faults_.empty() && page_request.filters.size() > most_filters)
      refuse(given_.back().name, "is one choice too many: five may be given");
    if (!faults_.empty()) return failure();
    if (format_.paging == Paging::whole) {
      page_request.limit = rows_in_piece;
      page_request.bytes = bytes_in_piece;
    } else {
      page_request.limit = limit_;
    }
    if (format_.has_numbers()) number_rows();
    place_sorts();
    return std::move(query_);
  }

 private:
  void refuse(std::string_view name, std::string sentence) {
    faults_.push_back({"?" + std::string{name}, std::string{format_.fault}, std::move(sentence)});
  }
  Error failure() {
    auto detail = faults_.front().message;
    return {Errc::invalid, Reason{"parameter.refused"}, std::move(detail), std::move(faults_)};
  }

  /// Takes the query apart; false if it is refused whole.
  bool split() {
    for (std::string_view rest = call_.query; !rest.empty();) {
      const auto end = rest.find('&');
      const auto pair = rest.substr(0, end);
      rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
      if (pair.empty()) continue;
      if (given_.size() == most_parameters) return refuse({}, "there are too many parameters"), false;
      const auto equals = pair.find('=');
      const auto raw_name = pair.substr(0, equals);
      const auto raw_value = equals == std::string_view::npos ? std::string_view{} : pair.substr(equals + 1);
      auto name = decoded(raw_name);
      if (!name && format_.is_strict) return refuse({}, "the name of a parameter must be percent-encoded UTF-8"), false;
      auto value = decoded(raw_value);
      if (!value && format_.is_strict) return refuse(*name, "must be percent-encoded UTF-8"), false;
      Given given{name ? std::move(*name) : base::percent_encoded(raw_name),
                  value ? std::move(*value) : base::percent_encoded(raw_value)};
      if (!format_.is_empty_absent || !given.value.empty()) given_.push_back(std::move(given));
    }
    return true;
  }
  static std::optional<std::string> decoded(std::string_view text) {
    auto plain = base::percent_decoded(text, /*plus_is_blank=*/true);
    return plain && base::is_utf8(*plain) ? plain : std::nullopt;
  }

  void read(const Given& given) {
    const auto& [name, value] = given;
    const bool is_limit = format_.paging != Paging::whole && name == format_.limit.name;
    const bool is_start = format_.has_numbers() && name == format_.start.name;
    const bool is_cursor = format_.paging == Paging::cursor && name == format_.cursor;
    if (!is_start && !is_cursor) {
      add_parameter(query_.query, given);
      if (!is_limit) add_parameter(query_.cursor_scope, given);
    }
    if (std::find(seen_.begin(), seen_.end(), name) != seen_.end()) {
      if (format_.is_strict) refuse(name, "is given more than once");
      return;
    }
    seen_.push_back(name);
    if (is_limit) return read_number_into(limit_, format_.limit, value);
    if (is_start) return read_number_into(start_, format_.start, value);
    if (is_cursor) {
      query_.cursor = value;
      if (value.empty()) refuse(name, "must not be empty");
      return;
    }
    if (format_.sorting != SortSyntax::none && name == format_.sort) return read_sort(value);
    if (format_.sorting == SortSyntax::direction && name == format_.direction) return read_direction(value);
    read_filter(given);
  }

  void read_number_into(std::int64_t& number, const ListNumber& wanted, const std::string& text) {
    if (const auto read = contract::read_number(wanted, text))
      number = *read;
    else
      refuse(wanted.name, expectation_of(wanted));
  }

  void read_filter(const Given& given) {
    const auto found =
        std::find_if(list_.filters.begin(), list_.filters.end(), [&](const ListFilter& each) { return each.name == given.name; });
    if (found == list_.filters.end()) {
      if (format_.is_strict) refuse(given.name, "is not known");
    } else if (found->type == ListFilter::Type::own) {
      query_.owns.emplace_back(found->name, given.value);
    } else if (auto value = value_of(*found, given.value)) {
      query_.page_request.filters.push_back({found->column, found->compare, std::move(*value)});
    } else {
      refuse(given.name, expectation_of(*found, given.value));
    }
  }

  void read_sort(const std::string& text) {
    query_.is_sorted = true;
    if (format_.sorting == SortSyntax::word) return read_sort_word(text);
    if (format_.sorting == SortSyntax::direction) return add_sort(text, false);
    if (format_.sorting == SortSyntax::minus) {
      const bool is_descending = text.starts_with('-');
      return add_sort(std::string_view{text}.substr(is_descending), is_descending);
    }
    std::size_t count = 0;
    for (std::string_view rest = text; !rest.empty();) {
      const auto end = rest.find(',');
      auto name = rest.substr(0, end);
      rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
      const bool is_descending = name.starts_with('-');
      if (is_descending || name.starts_with('+') || name.starts_with(' ')) name.remove_prefix(1);
      if (count++ == most_sorts)
        return refuse(format_.sort, "names too many fields: " + std::to_string(most_sorts) + " may be given");
      add_sort(name, is_descending);
    }
  }
  void add_sort(std::string_view name, bool is_descending) {
    const auto found =
        std::find_if(list_.sorts.begin(), list_.sorts.end(), [&](const ListSort& each) { return each.name == name; });
    if (found != list_.sorts.end()) return sorts_.push_back({found->column, is_descending});
    std::vector<std::string_view> names;
    for (const auto& each : list_.sorts) names.push_back(each.name);
    auto sentence = json::must_be_one_of(names, name);
    if (format_.sorting == SortSyntax::minus) sentence += "; downwards behind a -";
    refuse(format_.sort, std::move(sentence));
  }
  void read_sort_word(const std::string& text) {
    std::vector<std::string_view> words;
    for (const auto& each : list_.sorts) {
      const bool is_descending = !each.downwards.empty() && text == each.downwards;
      if (text == each.name || is_descending) return sorts_.push_back({each.column, is_descending});
      words.push_back(each.name);
      if (!each.downwards.empty()) words.push_back(each.downwards);
    }
    refuse(format_.sort, json::must_be_one_of(words, text));
  }
  void read_direction(const std::string& text) {
    is_descending_ = base::equals_ignoring_case(text, detail::directions[1]);
    if (!is_descending_ && !base::equals_ignoring_case(text, detail::directions[0]))
      refuse(format_.direction, json::must_be_one_of(detail::directions, text));
  }

  void number_rows() {
    auto& page_request = query_.page_request;
    page_request.is_numbered = true;
    query_.page = start_;
    page_request.skip = start_;
    if (format_.paging == Paging::page)
      page_request.skip = std::min(start_ - format_.first_page, ListNumber::no_limit / page_request.limit) * page_request.limit;
  }
  void place_sorts() {
    auto& page_request = query_.page_request;
    if (is_descending_) {
      if (sorts_.empty()) sorts_.push_back({0, true});
      sorts_.front().descending = true;
    }
    if (sorts_.empty()) return;
    if (page_request.is_numbered) {
      page_request.order = sorts_;
      if (format_.ties_follow_sort) page_request.order.push_back({0, sorts_.back().descending});
    } else {
      page_request.sort = sorts_.front().column;
      page_request.is_descending = sorts_.front().descending;
    }
  }

  const Call& call_;
  const List& list_;
  const ListFormat& format_;
  ListQuery query_;
  std::int64_t limit_ = format_.limit.initial;
  std::int64_t start_ = format_.start.initial;
  std::vector<Ordering> sorts_;
  bool is_descending_ = false;
  std::vector<Given> given_;
  std::vector<std::string_view> seen_;
  std::vector<Violation> faults_;
};

}  // namespace

const std::string* ListQuery::own(std::string_view name) const {
  const auto found = std::find_if(owns.begin(), owns.end(), [&](const auto& each) { return each.first == name; });
  return found == owns.end() ? nullptr : &found->second;
}

Result<ListQuery> read_list(const Call& call, const List& list) { return QueryReader{call, list}.read(); }

}  // namespace innkeeper::contract
