#pragma once

#include <innkeeper/result.hpp>

#include <array>
#include <cstddef>
#include <optional>
#include <span>
#include <string_view>

/// How a contract reports failures: a table with a row for every `Errc`, and exceptions from it.
namespace innkeeper::contract {

/// Status, code and text of a failure.
struct Wording {
  int status = 0;           ///< 0: as the page's table of codes says.
  std::string_view code{};  ///< The contract's own, if it has any.
  std::string_view text{};  ///< Empty: as the page's table of codes says.
};

struct ErrorRow {
  Errc errc;
  Wording wording;
};

/// An exception from the row of an `Errc`. An empty member matches every failure.
struct ErrorCase {
  Reason reason{};
  std::string_view operation{};
  std::optional<Errc> errc{};
  Wording wording{};
};

/// A code of the contract.
struct CodeRow {
  std::string_view code;
  int status;
  std::string_view text{};
};

struct ErrorPage {
  std::array<Wording, errc_count> by_errc{};
  std::span<const ErrorCase> cases{};  ///< The first that matches is used.
  std::span<const CodeRow> codes{};    ///< If the code of the first violation is one of these, it is used before anything else.
  Errc (*kind_of)(const Error&) = nullptr;  ///< Returns the `Errc` to look an error up by; null: its own.
};

constexpr const CodeRow* find_code(const ErrorPage& page, std::string_view code) {
  for (const auto& row : page.codes)
    if (row.code == code) return &row;
  return nullptr;
}

/// The rows in the order of `Errc`. Does not compile if one is missing.
template <std::size_t n>
consteval std::array<Wording, errc_count> total(const ErrorRow (&rows)[n]) {
  std::array<Wording, errc_count> wordings{};
  std::array<bool, errc_count> is_there{};
  for (const auto& row : rows) {
    const auto at = static_cast<std::size_t>(row.errc);
    if (is_there[at]) throw "an Errc has two rows";
    is_there[at] = true;
    wordings[at] = row.wording;
  }
  for (const bool each : is_there)
    if (!each) throw "an Errc has no row";
  return wordings;
}

/// The same wordings but for some.
template <std::size_t n>
consteval std::array<Wording, errc_count> changed(std::array<Wording, errc_count> wordings, const ErrorRow (&rows)[n]) {
  for (const auto& row : rows) wordings[static_cast<std::size_t>(row.errc)] = row.wording;
  return wordings;
}

/// The finished page. Does not compile if a row has neither a status nor a code with one.
consteval ErrorPage checked(ErrorPage page) {
  const auto is_documented = [&](const Wording& wording) {
    return wording.status != 0 || find_code(page, wording.code) != nullptr;
  };
  for (const auto& each : page.by_errc)
    if (!is_documented(each)) throw "an Errc has no status";
  for (const auto& each : page.cases)
    if (!is_documented(each.wording)) throw "a case has no status";
  return page;
}

/// The usual statuses, for contracts that define none (RFC 9110 §15, RFC 6585).
inline constexpr auto standard_wordings = total({
    {Errc::malformed, {400}},         {Errc::invalid, {400}},        {Errc::unauthenticated, {401}},
    {Errc::forbidden, {403}},         {Errc::not_found, {404}},      {Errc::method_not_allowed, {405}},
    {Errc::already_exists, {409}},    {Errc::conflict, {409}},       {Errc::gone, {410}},
    {Errc::quota_exceeded, {403}},    {Errc::rate_limited, {429}},   {Errc::too_large, {413}},
    {Errc::target_too_long, {414}},   {Errc::head_too_large, {431}}, {Errc::version_not_supported, {505}},
    {Errc::unsupported_media, {415}}, {Errc::timed_out, {408}},      {Errc::overloaded, {503}},
    {Errc::unavailable, {503}},       {Errc::internal, {500}},
});

/// Status, code and text of an operation's failure; `operation` is empty if no route was found.
Wording wording_of(const ErrorPage&, const Error&, std::string_view operation);

}  // namespace innkeeper::contract
