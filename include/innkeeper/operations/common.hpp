#pragma once

#include <innkeeper/model.hpp>
#include <innkeeper/operation.hpp>
#include <innkeeper/types.hpp>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

/// What operations share: references, lists and preconditions.
namespace innkeeper {

namespace reason {
inline constexpr Reason tenant_suspended{"tenant.suspended"};
inline constexpr Reason tenant_deleted{"tenant.deleted"};
inline constexpr Reason tenant_unknown{"tenant.unknown"};
inline constexpr Reason operator_unknown{"operator.unknown"};
inline constexpr Reason app_unknown{"app.unknown"};
inline constexpr Reason app_suspended{"app.suspended"};
inline constexpr Reason credential_missing{"credential.missing"};
inline constexpr Reason credential_unknown{"credential.unknown"};
inline constexpr Reason key_unknown{"key.unknown"};
inline constexpr Reason key_expired{"key.expired"};
inline constexpr Reason key_revoked{"key.revoked"};
inline constexpr Reason key_replaced{"key.replaced"};
inline constexpr Reason key_network{"key.network"};
inline constexpr Reason key_stronger{"key.stronger"};
inline constexpr Reason test_mode{"key.test_mode"};
inline constexpr Reason scope_missing{"scope.missing"};
inline constexpr Reason reach_missing{"reach.missing"};
inline constexpr Reason member_unknown{"member.unknown"};
inline constexpr Reason member_suspended{"member.suspended"};
inline constexpr Reason member_other{"member.other"};
inline constexpr Reason room_unknown{"room.unknown"};
inline constexpr Reason room_closed{"room.closed"};
inline constexpr Reason room_live{"room.live"};
inline constexpr Reason room_early{"room.early"};
inline constexpr Reason room_over{"room.over"};
inline constexpr Reason room_full{"room.full"};
inline constexpr Reason device_unknown{"device.unknown"};
inline constexpr Reason session_unknown{"session.unknown"};
inline constexpr Reason webhook_unknown{"webhook.unknown"};
inline constexpr Reason delivery_unknown{"delivery.unknown"};
inline constexpr Reason stream_key_unknown{"stream_key.unknown"};
inline constexpr Reason token_unknown{"token.unknown"};
inline constexpr Reason token_expired{"token.expired"};
inline constexpr Reason token_used{"token.used"};
inline constexpr Reason token_revoked{"token.revoked"};
inline constexpr Reason revocations_pending{"revocations.pending"};
inline constexpr Reason name_taken{"name.taken"};
inline constexpr Reason uid_taken{"uid.taken"};
inline constexpr Reason value_refused{"value.refused"};
inline constexpr Reason version_stale{"version.stale"};
}  // namespace reason

/// A reference to an entity: its id, or a text that is its uid or the digits of its id.
class Ref {
 public:
  Ref() = default;
  Ref(Id id) : id_(id) {}                            // NOLINT(google-explicit-constructor)
  Ref(std::string text) : text_(std::move(text)) {}  // NOLINT(google-explicit-constructor)
  Ref(const char* text) : text_(text) {}             // NOLINT(google-explicit-constructor)
  /// By its uid only, for contracts without ids.
  static Ref of_uid(std::string_view uid) {
    Ref ref{std::string{uid}};
    ref.is_uid_ = true;
    return ref;
  }
  Id id() const { return id_; }
  const std::string& text() const { return text_; }
  bool is_uid() const { return is_uid_; }
  bool is_empty() const { return id_ == Id::none && text_.empty(); }

 private:
  Id id_{};
  std::string text_{};
  bool is_uid_ = false;
};

/// The versions of a row that a change may be applied to. Not set: any.
struct Precondition {
  bool is_set = false;
  bool takes_any = false;  ///< Any version, as long as the row is there.
  std::vector<std::int64_t> versions{};

  bool admits(std::int64_t version) const {
    return !is_set || takes_any || std::find(versions.begin(), versions.end(), version) != versions.end();
  }
};

/// A condition on a column that owns its value.
struct Filter {
  std::uint8_t column = 0;
  Compare compare = Compare::equal;
  std::variant<std::int64_t, std::string> value{};
};

/// A position in a list: the last row of a page.
struct Cursor {
  std::variant<std::int64_t, std::string> value{};  ///< Of the column the list is sorted by.
  Id id{};
};

/// A page of a list ends with the row whose texts bring it to this many bytes, even if its limit is not reached.
inline constexpr std::size_t bytes_in_page = 256 * 1024;
/// Rows of a list that are examined for one page. If few of them meet the filters, the page ends before it is full.
inline constexpr std::int64_t rows_looked_at = 10'000;
/// A list that a contract returns whole is read and sent in pieces: a piece ends once it has this many rows or bytes.
inline constexpr std::int64_t rows_in_piece = 256;
inline constexpr std::size_t bytes_in_piece = 64 * 1024;

/// Which page of a list. Rows of equal sort values are sorted by id.
struct PageRequest {
  std::int64_t limit = 50;
  std::size_t bytes = bytes_in_page;
  std::int64_t skip = 0;  ///< Rows to skip, if there is no `after`.
  std::uint8_t sort = 0;  ///< The column's position in its table; it is never null.
  bool is_descending = false;
  std::optional<Cursor> after{};
  std::vector<Filter> filters{};
  /// A part by the numbers of its rows: `skip` and `limit` count those that meet the filters, bytes do not end it, and
  /// `Page::total` is set. Filters that no index serves are held against the first `rows_looked_at` rows; the list ends there.
  bool is_numbered = false;
  std::vector<Ordering> order{};  ///< Of a numbered part, in place of `sort`. Ties go by id ascending.
};

/// A page of a list. It may be shorter than its limit, or empty, though there is more.
template <class E>
struct Page {
  std::vector<E> items{};
  std::optional<Cursor> next{};  ///< The `PageRequest::after` of the next page; nothing at the end of the list.
  std::int64_t total = 0;        ///< Rows of the whole list; only for a numbered part.
};

/// Lists the children of a parent or, without a parent, all that the caller may see.
struct Listing {
  Ref parent{};
  PageRequest page_request{};
};

template <class Draft>
struct New {
  Ref parent{};
  Draft draft{};
};

/// What is absent in the draft stays unchanged. Errors of all changes: `conflict` with `reason::version_stale` if the row's
/// version does not meet the precondition; the violation's code is the current version.
template <class Draft>
struct Edit {
  Ref ref{};
  Precondition match{};
  Draft draft{};
};

struct Removal {
  Ref ref{};
  Precondition match{};
};

/// A new secret beside the old one, which stays valid for `grace`.
struct Rotation {
  Ref ref{};
  std::chrono::seconds grace{0};
};

/// A new secret in place of all that an app or operator has.
struct NewSecret {
  Id holder{};
  std::string secret{};  ///< Empty: generated.
};

}  // namespace innkeeper
