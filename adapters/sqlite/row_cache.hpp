#pragma once

#include "adapters/sqlite/commit_log.hpp"
#include "adapters/sqlite/statements.hpp"

#include <innkeeper/store.hpp>
#include <innkeeper/transaction.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <new>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace innkeeper::sqlite {

/// The answers to selections that one connection has asked more than once, as long as they hold. Bounded; what is asked seldom
/// makes room. Used by one thread at a time.
class RowCache {
 public:
  /// `budget` is in bytes; 0 keeps nothing.
  RowCache(const CommitLog& commit_log, std::size_t budget);

  /// A selection and its shape, to be looked up; views both.
  class Lookup {
   public:
    Lookup(const Shape& shape, const Selection& selection);
    const Shape& shape() const { return shape_; }
    const Selection& selection() const { return selection_; }
    std::uint64_t hash() const { return hash_; }

   private:
    const Shape& shape_;
    const Selection& selection_;
    std::uint64_t hash_;
  };

  /// Rows on their way into the cache: their cells, one after the other, and the text behind them.
  class Rows {
   public:
    void add(std::span<const Value> row);
    bool is_long() const { return text_.size() + cells_.size() * sizeof(Value) > longest; }
    std::size_t row_count() const { return row_count_; }

   private:
    friend RowCache;
    static constexpr std::size_t longest = 4'096;
    std::vector<Value> cells_;
    std::string text_;
    std::size_t row_count_ = 0;
  };

  /// From now on what is asked and kept is of a snapshot that the commit log covers up to a position.
  void stand_at(CommitLog::Position position) { position_ = position; }

  /// The cells of the rows, until the next `keep`; nothing if they are not known. `own` is what the transaction that asks did
  /// itself: the answers here are from before it.
  std::optional<std::span<const Value>> find(const Lookup&, const TouchedTables& own);
  /// Whether the answer is worth keeping: it was asked for not long ago.
  bool wants(const Lookup&);
  /// `statement` is the one that was asked, of a table that the commit log has a slot for and the transaction has not changed:
  /// that may be taken back.
  void keep(const Lookup&, const Statement& statement, const Rows&);
  /// Bytes, of the rows and what goes with them.
  std::size_t size() const { return size_; }

 private:
  /// Behind it, in the same piece of memory, stand the values that were asked with, the cells, and the text of both.
  struct Entry {
    Shape shape;
    CommitLog::Position position;
    std::uint32_t size;  ///< All of it, bytes.
    std::uint32_t asked_count;
    std::uint32_t cell_count;
    std::int16_t slot;
    bool is_pinned;  ///< One row found by a key: the same though others come.
    bool is_in_use;  ///< Since the hand came by.

    std::span<const Value> asked() const { return {reinterpret_cast<const Value*>(this + 1), asked_count}; }
    std::span<const Value> cells() const { return {asked().data() + asked_count, cell_count}; }
    bool answers(const Lookup&) const;
  };
  struct Free {
    void operator()(Entry* entry) const { ::operator delete(entry); }
  };
  using EntryHandle = std::unique_ptr<Entry, Free>;
  struct Slot {
    std::uint64_t hash = 0;
    EntryHandle entry;
  };
  static EntryHandle make_entry(const Rows& asked, const Rows& rows);
  static constexpr std::size_t ways = 4;  ///< Where one hash may stand: a cache line of places.

  std::size_t set_of(std::uint64_t hash) const { return (hash & mask_) * ways; }
  void drop(Slot&);
  Slot& make_room(std::uint64_t hash);

  const CommitLog& commit_log_;
  const std::size_t budget_;
  CommitLog::Position position_ = 0;
  std::size_t mask_ = 0;
  std::vector<Slot> places_;
  std::vector<std::uint16_t> asked_;  ///< A piece of the hash of what was asked last, one for each place.
  std::size_t size_ = 0;
  std::size_t hand_ = 0;
};

}  // namespace innkeeper::sqlite
