#pragma once

#include <innkeeper/contract/dialect.hpp>
#include <innkeeper/contract/envelope.hpp>
#include <innkeeper/contract/fields.hpp>
#include <innkeeper/json/long_list.hpp>
#include <innkeeper/operations/common.hpp>

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

/// Whole answers as data: an envelope and the table of its payload. Handlers and schemas are derived from them.
///
///     constexpr Answer<Room> room_found{{.title = "RoomFound", .before = &result, .member = "room"}, &room};
///
/// and its route has `serve_answer<rooms::find, read_room, room_found>` and `schema_of<room_found>`.
namespace innkeeper::contract {

template <class E>
struct Answer {
  using Payload = E;
  Envelope envelope;
  const Properties<E>* payload;
};

/// The body and its media type.
template <class E>
void write_answer(const Answer<E>& answer, const std::type_identity_t<E>& payload, const Context& context, Response& response) {
  Writer out{response.body};
  encode(out, answer.envelope, {context}, *answer.payload, payload);
  response.headers.set(header::content_type, std::string{answer.envelope.media});
}

template <class E>
std::string schema(const Answer<E>& answer) {
  return schema(answer.envelope, *answer.payload);
}

namespace detail {
template <const auto& answer, class Out>
void write(const Out& out, const Context& context, Response& response) {
  write_answer(answer, out, context, response);
}
template <const auto& answer, class Position>
void write_piece(json::Piece<Position>&& piece, const Context&, Response& response) {
  response.body = std::move(piece.text);
  response.headers.set(header::content_type, std::string{answer.envelope.media});
}
/// A function under the name of an operation.
template <class In, class Out>
struct Substitute {
  using Input = In;
  using Output = Out;
  const std::string_view& name;
  const Access& access;
  Result<Out> (*run)(Transaction&, const Context&, const In&);
};
template <class In, class Out>
constexpr Substitute<In, Out> replaced(const auto& operation, Result<Out> (*run)(Transaction&, const Context&, const In&)) {
  return {operation.name, operation.access, run};
}
template <class Position>
Position position_of(const json::Piece<Position>&);
template <const auto& operation>
using InputOf = typename std::remove_cvref_t<decltype(operation)>::Input;
template <const auto& operation>
using OutputOf = typename std::remove_cvref_t<decltype(operation)>::Output;
}  // namespace detail

/// A function that a contract runs in place of an operation, under its name.
template <const auto& operation, auto run>
inline constexpr auto in_place_of = detail::replaced(operation, run);

/// A handler that answers what the operation returned.
template <const auto& operation, auto read, const auto& answer>
inline constexpr Handler serve_answer = serve<operation, read, detail::write<answer, detail::OutputOf<operation>>>;

/// The same for a whole list, which is sent in pieces: the operation returns a `json::Piece`, and its input has the member
/// `after`, where the piece before ended.
template <const auto& operation, auto read, const auto& answer,
          class Position = decltype(detail::position_of(std::declval<detail::OutputOf<operation>>()))>
inline constexpr Handler serve_pieces = serve_feed<operation, read, detail::write_piece<answer, Position>,
                                                   json::follow_list<operation, detail::InputOf<operation>, Position>>;

/// An answer together with the handler that gives it, so that a header can declare what a source file defines:
///
///     extern const Endpoint<Room> find_room;
///     constinit const Endpoint<Room> find_room{room_found, serve_answer<rooms::find, read_room, room_found>};
template <class E>
struct Endpoint : Answer<E> {
  Handler handler;
};

/// A piece of a whole list from a part that was read: `items`, and `next`, where the part after it begins. `show` returns what
/// the answer's table shows of an item.
template <class E, class Part, class Position, class Show>
json::Piece<Position> piece_of(const Answer<E>& answer, const Success& success, Part&& part,
                               const std::optional<json::Bookmark<Position>>& after, Show show) {
  json::PieceWriter<Position> piece(after, head_of(answer.envelope, success));
  for (auto& each : part.items) piece.add([&](Writer& out) { encode(out, *answer.payload, show(std::move(each))); });
  return piece.finish(std::move(part.next), tail_of(answer.envelope, success));
}

/// Which part of a whole list is asked for.
struct ListPart {
  std::int64_t skip = 0;
  std::optional<std::int64_t> most{};             ///< None: all.
  std::optional<json::Bookmark<Cursor>> after{};  ///< Where the piece before ended.
};
/// A piece of a list of rows that `operation` returns page by page: pages are read until the piece is full. `show` returns what
/// the answer's table shows of a row, or nothing: it is left out.
///
/// `part.skip` counts all rows, `part.most` only those shown. So where `show` leaves rows out, a row may be in two consecutive
/// parts, but none is missed.
template <const auto& operation, class E, class Show>
Result<json::Piece<Cursor>> piece_of_pages(Transaction& tx, const Context& context, const Answer<E>& answer, Listing listing,
                                           const ListPart& part, Show show) {
  auto& page_request = listing.page_request;
  auto left = part.after ? part.after->left : part.most;
  page_request.bytes = bytes_in_piece;
  page_request.skip = part.skip;
  if (part.after) page_request.after = part.after->at;
  const auto tail = tail_of(answer.envelope, {context});
  json::PieceWriter<Cursor> out(part.after, head_of(answer.envelope, {context}));
  for (std::int64_t looked_at = 0; looked_at < rows_in_piece && out.size() < bytes_in_piece;) {
    page_request.limit = std::min(rows_in_piece, left.value_or(rows_in_piece));
    auto page = operation.run(tx, context, listing);
    if (!page) return page.error();
    for (auto& row : page->items) {
      const std::optional<E> shown = show(std::move(row));
      if (!shown) continue;
      out.add([&](Writer& item) { encode(item, *answer.payload, *shown); });
      if (left) --*left;
    }
    page_request.after = page->next;
    if (!page->next || left == 0) return out.finish({}, tail);
    looked_at += static_cast<std::int64_t>(page->items.size());
  }
  return out.finish(std::move(page_request.after), tail, left);
}

}  // namespace innkeeper::contract
