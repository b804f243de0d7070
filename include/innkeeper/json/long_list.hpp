#pragma once

#include <innkeeper/dialect.hpp>
#include <innkeeper/json/writer.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

/// Lists that a contract wants whole, however long: read and written a piece at a time, so that none is held. What is made or
/// changed meanwhile may be in it or not; nothing is in it twice.
namespace innkeeper::json {

/// Where the piece before ended. `At` is where the next row is looked for.
template <class At>
struct Bookmark {
  At at{};
  bool has_elements = false;           ///< Some stand before.
  std::optional<std::int64_t> left{};  ///< How many more are wanted; none: all.
};

template <class At>
struct Piece {
  std::string text{};
  std::optional<Bookmark<At>> next{};  ///< None: the list is whole.
};

/// Writes one piece: the head of the list if it is the first, elements, and its tail if it is the last.
template <class At>
class PieceWriter {
 public:
  /// `here` is where the piece before ended; nothing for the first one.
  PieceWriter(const std::optional<Bookmark<At>>& here, std::string_view head) : has_elements_(here && here->has_elements) {
    if (!here) piece_.text = head;
  }
  /// `write(Writer&)` writes one element.
  template <class Write>
  void add(Write write) {
    if (std::exchange(has_elements_, true)) piece_.text += ',';
    Writer out{piece_.text};
    write(out);
  }
  std::size_t size() const { return piece_.text.size(); }
  /// `next` is where the next piece begins; nothing at the end of the list.
  Piece<At> finish(std::optional<At> next, std::string_view tail, std::optional<std::int64_t> left = {}) {
    if (next)
      piece_.next = {.at = std::move(*next), .has_elements = has_elements_, .left = left};
    else
      piece_.text += tail;
    return std::move(piece_);
  }

 private:
  Piece<At> piece_{};
  bool has_elements_;
};

/// What follows the first piece. `read_piece(tx, context, in)` makes each of an input with the place to go on from, `after`.
template <class In, class At, class Read>
std::optional<FeedSource> follow_pieces(const In& in, const Piece<At>& first, Read read_piece) {
  if (!first.next) return std::nullopt;
  auto wanted = in;
  wanted.after = first.next;
  return FeedSource{.read = [wanted = std::move(wanted), read_piece](Transaction& tx, const Context& context,
                                                                     bool& has_more) mutable -> Result<std::string> {
                      auto piece = read_piece(tx, context, wanted);
                      if (!piece) return piece.error();
                      has_more = piece->next.has_value();
                      wanted.after = std::move(piece->next);
                      return std::move(piece->text);
                    },
                    .has_end = true};
}
/// The same for an operation, as routes name it.
template <const auto& operation, class In, class At>
std::optional<FeedSource> follow_list(const In& in, const Piece<At>& first) {
  return follow_pieces(in, first, operation.run);
}

}  // namespace innkeeper::json
