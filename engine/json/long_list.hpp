#pragma once

#include <innkeeper/dialect.hpp>

#include "engine/json/writer.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
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

/// Appends elements to an array that may have some already.
class Elements {
 public:
  Elements(std::string& text, bool has_some) : text_(text), has_some_(has_some) {}
  /// `write(Writer&)` writes one.
  template <class Write>
  void add(Write write) {
    if (std::exchange(has_some_, true)) text_ += ',';
    Writer out{text_};
    write(out);
  }
  bool has_some() const { return has_some_; }

 private:
  std::string& text_;
  bool has_some_;
};

/// What follows the first piece. `operation` makes a `Piece` of an input with the place to go on from, `after`.
template <const auto& operation, class In, class At>
std::optional<FeedSource> follow_list(const In& in, const Piece<At>& first) {
  if (!first.next) return std::nullopt;
  auto wanted = in;
  wanted.after = first.next;
  return FeedSource{.read = [wanted = std::move(wanted)](Transaction& tx, const Context& context,
                                                         bool& has_more) mutable -> Result<std::string> {
                      auto piece = operation.run(tx, context, wanted);
                      if (!piece) return piece.error();
                      has_more = piece->next.has_value();
                      wanted.after = std::move(piece->next);
                      return std::move(piece->text);
                    },
                    .has_end = true};
}

}  // namespace innkeeper::json
