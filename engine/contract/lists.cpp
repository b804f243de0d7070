#include <innkeeper/contract/lists.hpp>
#include <innkeeper/json/wording.hpp>

#include "engine/base/target.hpp"
#include "engine/base/text.hpp"
#include "engine/base/time.hpp"
#include "engine/crypto/digest.hpp"
#include "engine/crypto/keyring.hpp"

#include <algorithm>
#include <chrono>
#include <variant>

namespace innkeeper::contract {

namespace {

using Cell = std::variant<std::int64_t, std::string>;

bool has_numbers(const ListFormat& format) { return format.paging == Paging::offset || format.paging == Paging::page; }

// ---- the query ---------------------------------------------------------------------------------------------------------------

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
    if (has_numbers(format_)) number_rows();
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
    const bool is_start = has_numbers(format_) && name == format_.start.name;
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

// ---- cursors -----------------------------------------------------------------------------------------------------------------

std::string binding_of(const ListQuery& query) { return query.path + '?' + query.cursor_scope; }

std::string seal_cursor(const Context& context, const ListQuery& query, const Cursor& mark) {
  std::string plain = std::to_string(number(mark.id)) + (std::holds_alternative<std::string>(mark.value) ? "s" : "i");
  std::visit(
      [&](const auto& value) {
        if constexpr (std::is_same_v<std::remove_cvref_t<decltype(value)>, std::string>)
          plain += value;
        else
          plain += std::to_string(value);
      },
      mark.value);
  return crypto::base64url_encode(context.keyring.seal_cursor(plain, binding_of(query)));
}

Result<Cursor> open_cursor(const Context& context, const ListQuery& query) {
  const auto sealed = crypto::base64url_decode(query.cursor);
  const auto plain = sealed ? context.keyring.open_cursor(*sealed, binding_of(query)) : std::nullopt;
  if (!plain) {
    const auto& format = *query.list->format;
    const std::string sentence = "was not given for this list, sorted and chosen like this";
    return Error{Errc::invalid,
                 Reason{"parameter.refused"},
                 sentence,
                 {{"?" + std::string{format.cursor}, std::string{format.fault}, sentence}}};
  }
  // What was sealed here reads as it was written.
  const auto type = plain->find_first_of("si");
  Cursor mark{.id = Id{base::to_number(plain->substr(0, type)).value_or(0)}};
  const auto value = plain->substr(type + 1);
  if ((*plain)[type] == 's')
    mark.value = value;
  else
    mark.value = static_cast<std::int64_t>(std::stoll(value));
  return mark;
}

/// What a list behind cursors is sorted by that does not say; 0 is the id.
std::uint8_t default_order(const Transaction& tx, const ListQuery& query) {
  const auto& list = *query.list;
  const auto& filters = query.page_request.filters;
  const auto has_value = [&](std::uint8_t column) {
    return std::any_of(filters.begin(), filters.end(),
                       [&](const Filter& each) { return each.column == column && each.compare == Compare::equal; });
  };
  const auto has_range = [&](std::uint8_t column) {
    return std::any_of(filters.begin(), filters.end(), [&](const Filter& each) {
      return each.column == column && each.compare >= Compare::less && each.compare <= Compare::greater_equal;
    });
  };
  const auto is_alike = [&](std::uint8_t column) {
    return column == list.parent_column || (column == list.table->owner && tx.tenant() != Id::none) ||
           (column == list.table->app && tx.app() != Id::none) || has_value(column);
  };
  std::uint8_t order = 0;
  for (const auto& index : list.table->indexes) {
    const auto columns = index.positions();
    const auto next = std::find_if_not(columns.begin(), columns.end(), is_alike);
    if (next == columns.end()) return 0;
    if (next + 1 != columns.end() || next == columns.begin()) continue;
    if (has_range(*next) || (*next == list.time_column && order == 0)) order = *next;
  }
  return order;
}

// ---- answers -----------------------------------------------------------------------------------------------------------------

void write_rows(std::string& text, const PropertyTable& table, const void* object) {
  if (table.base != nullptr) write_rows(text, *table.base, table.to_base(object));
  for (const auto& row : table.rows) {
    if (row.is_there != nullptr && !row.is_there(object)) continue;
    if (text.back() != '{') text += ',';
    Writer out{text};
    row.write(out.plain_key(row.name), object);
  }
}

std::string head_of(const ListPage& page) {
  const auto& format = *page.query.list->format;
  if (format.items.empty()) return "[";
  std::string text = "{";
  if (format.before != nullptr) write_rows(text, *format.before, &page);
  if (text.size() > 1) text += ',';
  return text.append("\"").append(format.items).append("\":[");
}
std::string tail_of(const ListPage& page) {
  const auto& format = *page.query.list->format;
  std::string text = "]";
  if (format.items.empty()) return text;
  if (format.after != nullptr) write_rows(text, *format.after, &page);
  return text += '}';
}

std::string link_to(const ListPage& page, std::int64_t offset, std::int64_t limit) {
  const auto& query = page.query;
  const auto& format = *query.list->format;
  auto text = query.path + '?';
  text.append(format.start.name).append("=").append(std::to_string(offset)).append("&");
  text.append(format.limit.name).append("=").append(std::to_string(limit));
  return query.cursor_scope.empty() ? text : text + '&' + query.cursor_scope;
}

class ListJob final : public Job {
 public:
  ListJob(const Call& call, const List& list) : list_(list) {
    auto query = read_list(call, list);
    if (query)
      query_ = std::move(*query);
    else
      refusal_ = query.error();
  }
  const Error* refusal() const override { return refusal_ ? &*refusal_ : nullptr; }
  Result<void> run(Transaction& tx, const Context& context) override {
    auto read = list_.read(tx, context, query_);
    if (!read) return read.error();
    piece_ = std::move(*read);
    return {};
  }
  void write(const Context& context, Response& response) override {
    const auto& format = *list_.format;
    if (format.add_headers != nullptr)
      format.add_headers({query_, context, piece_.count, piece_.total, std::move(piece_.next_cursor)}, response);
    response.body = std::move(piece_.text);
    response.headers.set(header::content_type, std::string{format.media});
  }
  std::optional<FeedSource> feed() const override { return json::follow_pieces(query_, piece_, list_.read); }

 private:
  const List& list_;
  ListQuery query_;
  std::optional<Error> refusal_;
  ListPiece piece_;
};

}  // namespace

const std::string* ListQuery::own(std::string_view name) const {
  const auto found = std::find_if(owns.begin(), owns.end(), [&](const auto& each) { return each.first == name; });
  return found == owns.end() ? nullptr : &found->second;
}

Result<ListQuery> read_list(const Call& call, const List& list) { return QueryReader{call, list}.read(); }

std::int64_t total_pages(const ListPage& page) {
  const auto size = page.query.page_request.limit;
  return page.total / size + (page.total % size != 0 ? 1 : 0);
}
std::int64_t offset_of(const ListPage& page) { return page.query.page_request.skip; }
bool is_first(const ListPage& page) { return offset_of(page) == 0; }
bool is_last(const ListPage& page) { return page.total - offset_of(page) <= page.query.page_request.limit; }

std::string next_link(const ListPage& page) {
  const auto limit = page.query.page_request.limit;
  return is_last(page) ? "" : link_to(page, offset_of(page) + limit, limit);
}
std::string previous_link(const ListPage& page) {
  const auto limit = page.query.page_request.limit;
  const auto offset = offset_of(page);
  return is_first(page) ? "" : link_to(page, std::max<std::int64_t>(0, offset - limit), std::min(limit, offset));
}

Result<PageRequest> read_page_request(Transaction& tx, const Context& context, const ListQuery& query) {
  auto page_request = query.page_request;
  if (query.after) page_request.after = query.after->at;
  if (has_numbers(*query.list->format)) return page_request;
  if (page_request.sort == 0 && query.list->table != nullptr) page_request.sort = default_order(tx, query);
  if (query.cursor.empty()) return page_request;
  auto mark = open_cursor(context, query);
  if (!mark) return mark.error();
  page_request.after = std::move(*mark);
  return page_request;
}

ListWriter::ListWriter(const Context& context, const ListQuery& query, std::size_t count, std::int64_t total,
                       std::optional<Cursor>&& next)
    : next_(query.list->format->paging == Paging::whole ? std::move(next) : std::nullopt),
      page_{query, context, static_cast<std::int64_t>(count), total,
            next && query.list->format->paging == Paging::cursor ? seal_cursor(context, query, *next) : std::string{}},
      out_(query.after, query.after ? std::string{} : head_of(page_)) {}

void ListWriter::add(const PropertyTable& table, const void* object) {
  out_.add([&](Writer& out) { write_object(out, table, object); });
}

ListPiece ListWriter::finish() {
  ListPiece piece;
  piece.count = page_.count;
  piece.total = page_.total;
  const auto tail = next_ ? std::string{} : tail_of(page_);
  static_cast<json::Piece<Cursor>&>(piece) = out_.finish(std::move(next_), tail);
  piece.next_cursor = std::move(page_.next);
  return piece;
}

std::unique_ptr<Job> make_list_job(const Call& call, const List& list) { return std::make_unique<ListJob>(call, list); }

std::string schema_of_list(const List& list) {
  const auto& format = *list.format;
  if (format.items.empty()) return array_schema(*list.items);
  std::string text;
  Writer schema{text};
  schema.begin_object().key("title").string(std::string{list.items->name} + "List").key("type").string("object");
  schema.key("properties").begin_object();
  const auto describe_rows = [&](const PropertyTable* table) {
    if (table != nullptr) describe_members(schema, *table);
  };
  describe_rows(format.before);
  describe_array(schema.key(format.items).begin_object(), *list.items);
  schema.end_object();
  describe_rows(format.after);
  schema.end_object().key("required").begin_array();
  if (format.before != nullptr) name_required(schema, *format.before);
  schema.string(format.items);
  if (format.after != nullptr) name_required(schema, *format.after);
  schema.end_array().end_object();
  return text;
}

}  // namespace innkeeper::contract
