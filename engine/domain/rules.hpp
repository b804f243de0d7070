#pragma once

#include <innkeeper/model.hpp>
#include <innkeeper/model/scopes.hpp>
#include <innkeeper/operations/rooms.hpp>
#include <innkeeper/schema/model.hpp>

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <string_view>

/// What columns may hold: the lengths and ranges of their descriptions, and here the rules that need code. The native contract
/// and imports go by these rules, vendors' contracts by the same or narrower ones: so whatever came in through any of them can be
/// exported and imported.
namespace innkeeper::domain {

// ---- texts -------------------------------------------------------------------------------------------------------------------

inline constexpr std::size_t longest_name = text_length.most;

/// The length of a column. One without a rule has none, which fails the build wherever the column is read.
template <auto column>
inline constexpr Length length_of = column_of(column).length;

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
  bool (*is_valid)(std::string_view) = nullptr;
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

constexpr bool is_within(std::int64_t number, const Range& range) { return range.least <= number && number <= range.most; }

template <auto column>
inline constexpr Range range_of = column_of(column).range;
/// Of every kind.
inline constexpr Range quota_range = range_of<&Quota::rooms>;

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
