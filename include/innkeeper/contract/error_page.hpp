#pragma once

#include <innkeeper/result.hpp>

#include <array>
#include <cstddef>
#include <optional>
#include <span>
#include <string_view>

/// How a contract words failures: a table that has a row for every `Errc`, and what is worded otherwise.
namespace innkeeper::contract {

/// What a failure is told as.
struct Wording {
  int status = 0;           ///< 0: as the page's table of codes says.
  std::string_view code{};  ///< The contract's own, if it has any.
  std::string_view text{};  ///< Empty: as the page's table of codes says.
};

struct ErrorRow {
  Errc errc;
  Wording wording;
};

/// Failures that are worded otherwise than their `Errc`. Empty members fit any.
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
  std::span<const ErrorCase> cases{};       ///< The first one that fits counts.
  std::span<const CodeRow> codes{};         ///< A violation's own code goes before all else, if it is one of these.
  Errc (*kind_of)(const Error&) = nullptr;  ///< By what else than its own code an error is looked up.
};

constexpr const CodeRow* find_code(const ErrorPage& page, std::string_view code) {
  for (const auto& row : page.codes)
    if (row.code == code) return &row;
  return nullptr;
}

/// The rows in the order of `Errc`. Does not compile unless each has one.
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

/// The page itself. Does not compile if a wording has neither a status nor a code that the page knows.
consteval ErrorPage checked(ErrorPage page) {
  const auto is_told = [&](const Wording& wording) { return wording.status != 0 || find_code(page, wording.code) != nullptr; };
  for (const auto& each : page.by_errc)
    if (!is_told(each)) throw "an Errc has no status";
  for (const auto& each : page.cases)
    if (!is_told(each.wording)) throw "a case has no status";
  return page;
}

/// The statuses that fit best where a contract has no words of its own (RFC 9110 §15, RFC 6585).
inline constexpr auto standard_wordings = total({
    {Errc::malformed, {400}},         {Errc::invalid, {400}},        {Errc::unauthenticated, {401}},
    {Errc::forbidden, {403}},         {Errc::not_found, {404}},      {Errc::method_not_allowed, {405}},
    {Errc::already_exists, {409}},    {Errc::conflict, {409}},       {Errc::gone, {410}},
    {Errc::quota_exceeded, {403}},    {Errc::rate_limited, {429}},   {Errc::too_large, {413}},
    {Errc::target_too_long, {414}},   {Errc::head_too_large, {431}}, {Errc::version_not_supported, {505}},
    {Errc::unsupported_media, {415}}, {Errc::timed_out, {408}},      {Errc::overloaded, {503}},
    {Errc::unavailable, {503}},       {Errc::internal, {500}},
});

/// How a page words the failure of an operation; "" where none was found.
Wording wording_of(const ErrorPage&, const Error&, std::string_view operation);

}  // namespace innkeeper::contract
