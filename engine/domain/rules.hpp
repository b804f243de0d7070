#pragma once

#include <innkeeper/model.hpp>
#include <innkeeper/operations/rooms.hpp>
#include <innkeeper/scopes.hpp>

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <string_view>

/// What columns may hold, said once. The native contract and imports go by these rules, vendors' contracts by the same or
/// narrower ones: so whatever came in through any of them can be exported and imported.
namespace innkeeper::domain {

// ---- texts -------------------------------------------------------------------------------------------------------------------

/// How many characters (code points) a text has.
struct Length {
  std::size_t least = 0;
  std::size_t most = 0;
};
inline constexpr std::size_t longest_name = 255;
inline constexpr Length any_name{0, longest_name};
inline constexpr Length real_name{1, longest_name};
inline constexpr Length url_length{1, 2'048};
inline constexpr Length bucket_length{0, 1'024};

/// The length of a column. One without a rule has none, which fails the build wherever the column is read.
template <auto column>
inline constexpr Length length_of{};
template <>
inline constexpr Length length_of<&Tenant::uid> = real_name;
template <>
inline constexpr Length length_of<&Tenant::name> = real_name;
template <>
inline constexpr Length length_of<&Operator::uid> = real_name;
template <>
inline constexpr Length length_of<&Operator::name> = real_name;
template <>
inline constexpr Length length_of<&App::uid> = real_name;
template <>
inline constexpr Length length_of<&App::name> = any_name;
template <>
inline constexpr Length length_of<&App::description>{0, 1'000};
template <>
inline constexpr Length length_of<&App::recording_bucket> = bucket_length;
template <>
inline constexpr Length length_of<&Key::uid> = real_name;
template <>
inline constexpr Length length_of<&Key::label> = any_name;
template <>
inline constexpr Length length_of<&Member::uid> = real_name;
template <>
inline constexpr Length length_of<&Member::app_user_id> = real_name;
template <>
inline constexpr Length length_of<&Member::name> = any_name;
template <>
inline constexpr Length length_of<&Member::email>{0, 320};
template <>
inline constexpr Length length_of<&Room::uid> = real_name;
template <>
inline constexpr Length length_of<&Room::name> = real_name;
template <>
inline constexpr Length length_of<&Room::owner_ref> = any_name;
template <>
inline constexpr Length length_of<&Device::uid> = real_name;
template <>
inline constexpr Length length_of<&Device::name> = real_name;
template <>
inline constexpr Length length_of<&Device::kind> = any_name;
template <>
inline constexpr Length length_of<&StreamKey::uid> = real_name;
template <>
inline constexpr Length length_of<&StreamKey::label> = any_name;
template <>
inline constexpr Length length_of<&StreamKey::mode> = any_name;
template <>
inline constexpr Length length_of<&Webhook::uid> = real_name;
template <>
inline constexpr Length length_of<&Webhook::url> = url_length;
template <>
inline constexpr Length length_of<&Webhook::label> = any_name;
template <>
inline constexpr Length length_of<&Webhook::contract>{0, 64};
template <>
inline constexpr Length length_of<&Session::uid> = real_name;
template <>
inline constexpr Length length_of<&Session::room_uid> = any_name;
template <>
inline constexpr Length length_of<&Session::room_name> = any_name;
template <>
inline constexpr Length length_of<&Session::owner_ref> = any_name;
template <>
inline constexpr Length length_of<&Participation::uid> = real_name;
template <>
inline constexpr Length length_of<&Participation::name> = any_name;
template <>
inline constexpr Length length_of<&Participation::role> = any_name;
template <>
inline constexpr Length length_of<&Participation::user_ref> = any_name;
template <>
inline constexpr Length length_of<&Participation::ip> = any_name;
template <>
inline constexpr Length length_of<&Participation::agent>{0, 1'024};
template <>
inline constexpr Length length_of<&Participation::token_uid> = any_name;
template <>
inline constexpr Length length_of<&Recording::url> = url_length;

// ---- lists of texts ----------------------------------------------------------------------------------------------------------

/// A host that peers may come from: a domain name, the leftmost label of which may be a star, or an IPv4 address.
bool is_host_pattern(std::string_view text);
inline bool is_any_text(std::string_view) { return true; }
inline bool is_scope(std::string_view text) { return Scopes::named(text).has_value(); }
/// A CIDR block.
bool is_network(std::string_view text);
/// `session.started`, or `session.*` and `*`, which stand for many.
bool is_event_pattern(std::string_view text);

/// How many elements there are, how many characters each has at most, and what each must be.
struct ListRule {
  std::size_t most = 0;
  std::size_t longest = 0;
  bool (*is_good)(std::string_view) = nullptr;
};
/// The rule of a column that holds an array of strings, or words with blanks between them.
template <auto column>
inline constexpr ListRule list_rule_of{};
template <>
inline constexpr ListRule list_rule_of<&App::domains>{100, 255, is_host_pattern};
/// Features are named by those who sell them; a contract may know only some.
template <>
inline constexpr ListRule list_rule_of<&App::permissions>{100, 64, is_any_text};
template <>
inline constexpr ListRule list_rule_of<&Key::scopes>{50, 64, is_scope};
template <>
inline constexpr ListRule list_rule_of<&Key::networks>{50, 64, is_network};
template <>
inline constexpr ListRule list_rule_of<&Webhook::events>{100, 64, is_event_pattern};

/// Whether words with one blank between them meet a rule. No words are good.
bool are_words(std::string_view text, const ListRule&);

// ---- numbers -----------------------------------------------------------------------------------------------------------------

struct Range {
  std::int64_t least = 0;
  std::int64_t most = 0;
};
constexpr bool is_within(std::int64_t number, const Range& range) { return range.least <= number && number <= range.most; }
/// What a JSON number holds exactly (RFC 8259 §6).
inline constexpr std::int64_t most_exact = (std::int64_t{1} << 53U) - 1;

template <auto column>
inline constexpr Range range_of{};
template <>
inline constexpr Range range_of<&Room::capacity>{0, rooms::most_seats};
template <>
inline constexpr Range range_of<&Room::moderators>{0, rooms::most_seats};
template <>
inline constexpr Range range_of<&Room::lifetime>{0, rooms::longest_lifetime.count()};
template <>
inline constexpr Range range_of<&Key::rate_quota>{0, 1'000'000'000};
template <>
inline constexpr Range range_of<&Key::rate_window>{1, std::chrono::seconds{std::chrono::days{31}}.count()};
/// Of every kind.
inline constexpr Range quota_range{0, most_exact};
template <>
inline constexpr Range range_of<&Participation::subscribed_seconds>{0, most_exact};
template <>
inline constexpr Range range_of<&Participation::published_seconds>{0, most_exact};

// ---- objects -----------------------------------------------------------------------------------------------------------------

/// What `Participation::published` may tell of, each true or false.
inline constexpr std::array<std::string_view, 5> media_kinds{"audio", "video", "screen", "data", "url"};

// ---- secrets and addresses ---------------------------------------------------------------------------------------------------

/// A secret that somebody brings along: 10 to 1,024 visible ASCII characters; one that looks as if it was made here has the right
/// checksum, or it would be taken for a slip of the pen.
bool is_secret(std::string_view text);
inline constexpr std::string_view about_secrets =
    "must be 10 to 1024 visible ASCII characters without blanks; one that begins like those made here must be whole";

/// The parts of what a webhook authenticates with (RFC 7617): 255 bytes at most, without control characters; the first is not
/// empty and has no colon.
bool is_username(std::string_view text);
bool is_password(std::string_view text);
inline constexpr std::size_t longest_credential = 255;

/// `http` or `https`, a host, and nothing in it that names a person or a place in a page.
bool is_webhook_url(std::string_view url);
inline constexpr std::string_view about_webhook_urls = "must be an http or https URL without user, password or fragment";

}  // namespace innkeeper::domain
