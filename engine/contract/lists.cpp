#include <innkeeper/contract/lists.hpp>
#include <innkeeper/transaction.hpp>

#include "engine/base/internals.hpp"
#include "engine/base/text.hpp"
#include "engine/crypto/digest.hpp"
#include "engine/crypto/keyring.hpp"

#include <algorithm>
#include <variant>

/// Where a part of a list begins, and how it is written.
namespace innkeeper::contract {

namespace {

// ---- cursors -----------------------------------------------------------------------------------------------------------------

/// The list, its filters and its order. The order stands for itself: by default it depends on who asks, and may be another in
/// another version.
std::string binding_of(const ListQuery& query, Ordering order) {
  const auto* table = query.list->table;
  auto text = query.path + '?' + query.cursor_scope + (order.descending ? "\n-" : "\n");
  return table != nullptr ? text.append(table->columns[order.column].name) : text.append(std::to_string(order.column));
}

std::string seal_cursor(const Context& context, const ListQuery& query, Ordering order, const Cursor& mark) {
  std::string plain = std::to_string(number(mark.id)) + (std::holds_alternative<std::string>(mark.value) ? "s" : "i");
  std::visit(
      [&](const auto& value) {
        if constexpr (std::is_same_v<std::remove_cvref_t<decltype(value)>, std::string>)
          plain += value;
        else
          plain += std::to_string(value);
      },
      mark.value);
  return crypto::base64url_encode(context.internals.keyring.seal_cursor(plain, binding_of(query, order)));
}

Result<Cursor> open_cursor(const Context& context, const ListQuery& query, Ordering order) {
  const auto sealed = crypto::base64url_decode(query.cursor);
  const auto plain = sealed ? context.internals.keyring.open_cursor(*sealed, binding_of(query, order)) : std::nullopt;
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
  if (query.list->format->has_numbers()) return page_request;
  if (page_request.sort == 0 && query.list->table != nullptr) page_request.sort = default_order(tx, query);
  if (query.cursor.empty()) return page_request;
  auto mark = open_cursor(context, query, order_of(page_request));
  if (!mark) return mark.error();
  page_request.after = std::move(*mark);
  return page_request;
}

ListWriter::ListWriter(const Context& context, const ListQuery& query, Ordering order, std::size_t count, std::int64_t total,
                       std::optional<Cursor>&& next)
    : next_(query.list->format->paging == Paging::whole ? std::move(next) : std::nullopt),
      page_{query, context, static_cast<std::int64_t>(count), total,
            next && query.list->format->paging == Paging::cursor ? seal_cursor(context, query, order, *next) : std::string{}},
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
