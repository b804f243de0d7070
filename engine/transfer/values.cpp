#include "engine/transfer/values.hpp"

#include "engine/base/text.hpp"
#include "engine/base/time.hpp"

#include <algorithm>
#include <chrono>

namespace innkeeper::transfer {

std::optional<std::string> read_text(json::View value, Length length) {
  if (!value.is(json::Kind::string)) return std::nullopt;
  const auto size = base::code_points(value.text());
  return size >= length.least && size <= length.most ? std::optional{std::string{value.text()}} : std::nullopt;
}
std::string rule_of(Length length) {
  const auto most = std::to_string(length.most);
  return length.least == 0 ? "must be a string of at most " + most + " characters"
                           : "must be a string of " + std::to_string(length.least) + " to " + most + " characters";
}
std::optional<std::string> WebhookUrl::read(json::View value) {
  auto url = Text::read(value);
  return url && domain::is_webhook_url(*url) ? url : std::nullopt;
}

std::optional<std::string> read_words(json::View value, const domain::ListRule& rule) {
  if (!value.is(json::Kind::string) || !domain::are_words(value.text(), rule)) return std::nullopt;
  return std::string{value.text()};
}
std::optional<std::string> ScopeList::read(json::View value) {
  auto scopes = Words::read(value);
  return scopes && !scopes->empty() ? scopes : std::nullopt;
}

std::optional<bool> Codec<bool>::read(json::View value) {
  if (!value.is(json::Kind::boolean)) return std::nullopt;
  return value.boolean();
}

std::optional<std::int64_t> Codec<std::int64_t>::read(json::View value) {
  const auto given = value.integer();
  return given && *given >= 0 ? given : std::nullopt;
}

std::string rule_of(const Range& range) {
  return "must be an integer from " + std::to_string(range.least) + " to " + std::to_string(range.most);
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

std::optional<Instant> Codec<Instant>::read(json::View value) {
  return value.is(json::Kind::string) ? base::from_rfc3339(value.text()) : std::nullopt;
}
void Codec<Instant>::write(json::Writer& out, Instant value) {
  out.string(base::to_rfc3339(value, base::Precision::microseconds));
}
std::optional<std::int64_t> Moment::read(json::View value) {
  const auto given = Codec<Instant>::read(value);
  return given ? std::optional<std::int64_t>{given->time_since_epoch().count()} : std::nullopt;
}
void Moment::write(json::Writer& out, std::int64_t value) {
  Codec<Instant>::write(out, Instant{std::chrono::microseconds{value}});
}

std::string rule_of_names(const std::string_view* begin, const std::string_view* end) {
  std::string sentence{"must be "};
  for (const auto* name = begin; name != end; ++name) {
    if (name != begin) sentence += name + 1 == end ? " or " : ", ";
    sentence.append("\"").append(*name).append("\"");
  }
  return sentence;
}

std::optional<JsonText> Codec<JsonText>::read(json::View value) {
  if (!value.is(json::Kind::object)) return std::nullopt;
  return value.to_json();
}
std::optional<JsonText> Metadata::read(json::View value, std::size_t longest) {
  auto object = Codec<JsonText>::read(value);
  return object && object->text.size() <= longest ? object : std::nullopt;
}
std::optional<JsonText> Media::read(json::View value) {
  const auto& kinds = domain::media_kinds;
  for (const auto each : value.members())
    if (!each.value.is(json::Kind::boolean) || std::find(kinds.begin(), kinds.end(), each.name) == kinds.end())
      return std::nullopt;
  return Codec<JsonText>::read(value);
}
std::optional<JsonText> read_texts(json::View value, const json::TextSet& set, const domain::ListRule& rule) {
  if (!value.is(json::Kind::array) || value.size() > rule.most) return std::nullopt;
  for (const auto each : value.elements())
    if (!each.is(json::Kind::string) || base::code_points(each.text()) > rule.longest || !rule.is_valid(each.text()))
      return std::nullopt;
  return set.read(value);
}
std::optional<JsonText> Scalar::read(json::View value) {
  if (!value.is(json::Kind::number) && !value.is(json::Kind::string) && !value.is(json::Kind::boolean)) return std::nullopt;
  return value.to_json();
}

}  // namespace innkeeper::transfer
