#pragma once

#include <innkeeper/result.hpp>
#include <innkeeper/types.hpp>

#include <cstddef>
#include <cstdint>
#include <iterator>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

/// JSON (RFC 8259) in and out.
namespace innkeeper::json {

namespace reason {
inline constexpr Reason empty{"json.empty"};
inline constexpr Reason syntax{"json.syntax"};
inline constexpr Reason too_deep{"json.too_deep"};
inline constexpr Reason duplicate_member{"json.duplicate_member"};
inline constexpr Reason number_out_of_range{"json.number_out_of_range"};
inline constexpr Reason not_an_object{"json.not_an_object"};
inline constexpr Reason invalid_fields{"json.invalid_fields"};
}  // namespace reason

/// How deep objects and arrays may be nested.
inline constexpr std::size_t max_depth = 32;
/// The same for a document that embeds values of other documents.
inline constexpr std::size_t max_depth_inside = max_depth + 8;

enum class Kind : std::uint8_t { null, boolean, number, string, array, object };

namespace detail {
/// One entry of a document: values in the order of the text, a member's name before its value. `span` counts the entry and all
/// inside it.
struct Cell {
  Kind kind = Kind::null;
  bool is_true = false;
  bool is_integer = false;  ///< A number without fraction and exponent that fits 64 bits with sign.
  std::uint32_t span = 1;
  std::uint32_t size = 0;  ///< Elements, members or bytes of text.
  const char* text = nullptr;
  std::int64_t integer = 0;
};
}  // namespace detail

/// One value of a document, which must outlive it.
class View {
 public:
  struct Member;
  template <class Item, unsigned step>
  class Range;

  explicit View(const detail::Cell* cell) : cell_(cell) {}
  Kind kind() const { return cell_->kind; }
  bool is(Kind kind) const { return cell_->kind == kind; }
  bool is_integer() const { return cell_->is_integer; }

  bool boolean() const { return cell_->is_true; }
  /// Nothing for other kinds and for numbers that a 64-bit integer cannot hold exactly as written.
  std::optional<std::int64_t> integer() const {
    return cell_->is_integer ? std::optional<std::int64_t>{cell_->integer} : std::nullopt;
  }
  /// A string's content, or a number as it was written; empty for other kinds.
  std::string_view text() const {
    return is(Kind::string) || is(Kind::number) ? std::string_view{cell_->text, cell_->size} : std::string_view{};
  }
  /// How many elements or members.
  std::size_t size() const { return is(Kind::array) || is(Kind::object) ? cell_->size : 0; }
  /// Nothing in a value that is not an array.
  Range<View, 1> elements() const;
  /// Nothing in a value that is not an object.
  Range<Member, 2> members() const;
  /// The member of that name, if this is an object that has one.
  std::optional<View> find(std::string_view name) const;
  /// The value as compact JSON; numbers as they were written.
  JsonText to_json() const;

 private:
  const detail::Cell* cell_;
};

struct View::Member {
  std::string_view name;
  View value;
};

template <class Item, unsigned step>
class View::Range {
 public:
  class Iterator {
   public:
    using value_type = Item;
    using difference_type = std::ptrdiff_t;
    explicit Iterator(const detail::Cell* at) : at_(at) {}
    Item operator*() const {
      if constexpr (step == 2)
        return {{at_->text, at_->size}, View{at_ + 1}};
      else
        return View{at_};
    }
    Iterator& operator++() {
      at_ += step == 2 ? 1 + (at_ + 1)->span : at_->span;
      return *this;
    }
    friend bool operator==(const Iterator&, const Iterator&) = default;

   private:
    const detail::Cell* at_;
  };

  Range(const detail::Cell* begin, const detail::Cell* end) : begin_(begin), end_(end) {}
  Iterator begin() const { return Iterator{begin_}; }
  Iterator end() const { return Iterator{end_}; }

 private:
  const detail::Cell* begin_;
  const detail::Cell* end_;
};

inline View::Range<View, 1> View::elements() const {
  return is(Kind::array) ? Range<View, 1>{cell_ + 1, cell_ + cell_->span} : Range<View, 1>{cell_, cell_};
}
inline View::Range<View::Member, 2> View::members() const {
  return is(Kind::object) ? Range<Member, 2>{cell_ + 1, cell_ + cell_->span} : Range<Member, 2>{cell_, cell_};
}

/// A parsed text. It keeps nothing of the text it came from; views stay good when it is moved.
class Document {
 public:
  View root() const { return View{cells_.data()}; }

 private:
  friend class Builder;
  std::vector<detail::Cell> cells_;
  std::unique_ptr<char[]> text_;
};

/// The depth from which values count as free JSON: inside an object or array that is a member of the document's root.
inline constexpr std::size_t free_depth = 2;

/// Parses one JSON value and nothing after it: UTF-8 is checked, nothing is nested deeper than `depth`, no object has two
/// members of one name, no number is out of the range of a double. An integer of more than 64 bits is accepted only in free JSON,
/// from `free_depth` on. Errors: `malformed` with one of the reasons above; the detail says
/// where.
Result<Document> parse(std::string_view text, std::size_t depth = max_depth);

}  // namespace innkeeper::json
