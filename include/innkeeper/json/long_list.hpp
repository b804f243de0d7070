#pragma once

#include <innkeeper/contract/dialect.hpp>
#include <innkeeper/json/writer.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

/// Whole lists of any length, read and sent in pieces so that no list is held in memory. An item that is created or changed
/// meanwhile may or may not be included; no item is included twice.
namespace innkeeper::json {

/// Where a piece ended. `At` is the position of the next row.
template <class At>
struct Bookmark {
  At at{};
  bool has_elements = false;           ///< The list has elements before this position.
  std::optional<std::int64_t> left{};  ///< How many more elements to send; none: all.
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
  /// `here` is where the previous piece ended; nothing for the first piece.
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
  /// `next` is the position of the next piece; nothing at the end of the list.
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

/// The source of the pieces after the first. `read_piece(tx, context, in)` reads each from an input whose `after` is its
/// position.
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
/// The same for an operation, for `serve_feed`.
template <const auto& operation, class In, class At>
std::optional<FeedSource> follow_list(const In& in, const Piece<At>& first) {
  return follow_pieces(in, first, operation.run);
}

}  // namespace innkeeper::json
