#pragma once

#include "adapters/sqlite/ledger.hpp"
#include "adapters/sqlite/statements.hpp"

#include <innkeeper/store.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace innkeeper::sqlite {

/// The answers to selections that one connection has asked more than once, as long as they hold. Bounded; what is asked seldom
/// makes room. Used by one thread at a time.
class RowCache {
 public:
  /// `budget` is in bytes; 0 keeps nothing.
  RowCache(const Ledger& ledger, std::size_t budget);

  /// A selection and its shape; views both.
  class Question {
   public:
    Question(const Shape& shape, const Selection& selection);
    const Shape& shape() const { return shape_; }
    const Selection& selection() const { return selection_; }
    std::uint64_t hash() const { return hash_; }

   private:
    const Shape& shape_;
    const Selection& selection_;
    std::uint64_t hash_;
  };

  /// The cells of some rows, one after the other, and the text that they view.
  class Rows {
   public:
    void add(std::span<const Value> row);
    bool is_long() const { return text_.size() > longest; }
    std::span<const Value> cells() const { return cells_; }
    std::size_t row_count() const { return row_count_; }

   private:
    friend RowCache;
    static constexpr std::size_t longest = 4'096;
    /// The cells view the text only from here on: it grew.
    void settle();
    std::size_t size() const { return cells_.capacity() * sizeof(Value) + text_.capacity(); }
    std::vector<Value> cells_;
    std::vector<char> text_;
    std::size_t row_count_ = 0;
  };

  /// From now on what is asked and kept is of a snapshot that the ledger covers up to a position.
  void stand_at(Ledger::Position position) { position_ = position; }

  /// The rows, until the next `keep`; null if they are not known.
  const Rows* find(const Question&);
  /// Whether the answer is worth keeping: it was asked for not long ago.
  bool wants(const Question&);
  /// `statement` is the one that was asked.
  void keep(const Question&, const Statement& statement, Rows);
  /// Bytes, of the rows and what goes with them.
  std::size_t size() const { return size_; }

 private:
  struct Entry {
    Shape shape{};
    Rows asked{};  ///< One row: the values of the conditions, the limit and the offset.
    Rows rows{};
    Ledger::Position position = 0;
    int slot = 0;
    bool is_pinned = false;  ///< One row found by a key: the same though others come.
    bool is_in_use = false;  ///< Since the hand came by.

    bool answers(const Question&) const;
    std::size_t size() const { return sizeof(Entry) + asked.size() + rows.size(); }
  };
  struct Place {
    std::uint64_t hash = 0;
    std::unique_ptr<Entry> entry;
  };
  static constexpr std::size_t ways = 4;  ///< Where one hash may stand: a cache line of places.

  std::size_t set_of(std::uint64_t hash) const { return (hash & mask_) * ways; }
  void drop(Place&);
  Place& make_room(std::uint64_t hash);

  const Ledger& ledger_;
  const std::size_t budget_;
  Ledger::Position position_ = 0;
  std::size_t mask_ = 0;
  std::vector<Place> places_;
  std::vector<std::uint16_t> asked_;  ///< A piece of the hash of what was asked last, one for each place.
  std::size_t size_ = 0;
  std::size_t hand_ = 0;
};

}  // namespace innkeeper::sqlite
