#include "engine/transfer/values.hpp"

#include <innkeeper/scopes.hpp>

#include "engine/base/network.hpp"
#include "engine/base/time.hpp"

#include <algorithm>
#include <chrono>

namespace innkeeper::transfer {

namespace {

std::optional<std::string> text_that(json::View value, bool (*is_good)(std::string_view)) {
  if (!value.is(json::Kind::string) || !is_good(value.text())) return std::nullopt;
  return std::string{value.text()};
}

bool are_networks(std::string_view list) {
  while (!list.empty()) {
    const auto blank = list.find(' ');
    if (!base::parse_network(list.substr(0, blank))) return false;
    list.remove_prefix(blank == std::string_view::npos ? list.size() : blank + 1);
  }
  return true;
}

bool is_url(std::string_view text) {
  for (const std::string_view scheme : {"https://", "http://"})
    if (text.starts_with(scheme) && text.size() > scheme.size())
      return std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c < 0x7f; });
  return false;
}

}  // namespace

std::optional<std::string> Spelling<std::string>::read(json::View value) {
  return text_that(value, [](std::string_view) { return true; });
}
std::optional<std::string> Label::read(json::View value) {
  return text_that(value, [](std::string_view text) { return !text.empty(); });
}
std::optional<std::string> ScopeList::read(json::View value) {
  return text_that(value, [](std::string_view text) { return Scopes::parse(text).has_value(); });
}
std::optional<std::string> Networks::read(json::View value) { return text_that(value, are_networks); }
std::optional<std::string> Url::read(json::View value) { return text_that(value, is_url); }

std::optional<bool> Spelling<bool>::read(json::View value) {
  if (!value.is(json::Kind::boolean)) return std::nullopt;
  return value.boolean();
}

std::optional<std::int64_t> Spelling<std::int64_t>::read(json::View value) {
  const auto given = value.integer();
  return given && *given >= 0 ? given : std::nullopt;
}

std::optional<std::int64_t> Month::read(json::View value) {
  const auto text = value.is(json::Kind::string) ? value.text() : std::string_view{};
  const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  const auto digits = std::string{text.substr(0, 4)}.append(text.size() == 7 ? text.substr(5) : std::string_view{});
  if (digits.size() != 6 || text[4] != '-' || !std::all_of(digits.begin(), digits.end(), is_digit)) return std::nullopt;
  const auto month = std::stoll(digits);
  return month % 100 >= 1 && month % 100 <= 12 ? std::optional<std::int64_t>{month} : std::nullopt;
}
void Month::write(json::Writer& out, std::int64_t value) {
  auto month = std::to_string(value);
  out.string(month.insert(0, 6 - std::min<std::size_t>(6, month.size()), '0').insert(4, "-"));
}

std::optional<Instant> Spelling<Instant>::read(json::View value) {
  return value.is(json::Kind::string) ? base::from_rfc3339(value.text()) : std::nullopt;
}
void Spelling<Instant>::write(json::Writer& out, Instant value) {
  out.string(base::to_rfc3339(value, base::Precision::microseconds));
}
std::optional<std::int64_t> Moment::read(json::View value) {
  const auto given = Spelling<Instant>::read(value);
  return given ? std::optional<std::int64_t>{given->time_since_epoch().count()} : std::nullopt;
}
void Moment::write(json::Writer& out, std::int64_t value) {
  Spelling<Instant>::write(out, Instant{std::chrono::microseconds{value}});
}

std::string rule_of_names(const std::string_view* begin, const std::string_view* end) {
  std::string sentence{"must be "};
  for (const auto* name = begin; name != end; ++name) {
    if (name != begin) sentence += name + 1 == end ? " or " : ", ";
    sentence.append("\"").append(*name).append("\"");
  }
  return sentence;
}

std::optional<JsonText> Spelling<JsonText>::read(json::View value) {
  if (!value.is(json::Kind::object)) return std::nullopt;
  return value.to_json();
}
std::optional<JsonText> Scalar::read(json::View value) {
  if (!value.is(json::Kind::number) && !value.is(json::Kind::string) && !value.is(json::Kind::boolean)) return std::nullopt;
  return value.to_json();
}

}  // namespace innkeeper::transfer
