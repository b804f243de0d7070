#include "engine/dialects/native/requests.hpp"

#include "engine/base/text.hpp"

#include <algorithm>

#include <algorithm>

namespace innkeeper::dialects::native {

Result<json::Document> parse_body(const Call& call) {
  const auto type = call.request.headers.find(header::content_type);
  if (type) {
    const auto name = base::trimmed(type->substr(0, type->find(';')));
    // The last is what curl says of every body.
    constexpr std::string_view taken[] = {"application/json", "application/merge-patch+json",
                                          "application/x-www-form-urlencoded"};
    if (std::none_of(std::begin(taken), std::end(taken), [&](auto each) { return base::equals_ignoring_case(name, each); }))
      return Error{Errc::unsupported_media, Reason{"body.media_type"}, "the body must be application/json"};
  }
  return json::parse(call.request.body);
}

Precondition read_precondition(const Call& call) {
  const auto given = call.request.headers.find(header::if_match);
  Precondition match{.is_set = given.has_value()};
  auto list = given.value_or("");
  while (!list.empty()) {
    const auto comma = list.find(',');
    const auto tag = base::trimmed(list.substr(0, comma));
    if (tag == "*") match.takes_any = true;
    if (tag.size() > 2 && tag.front() == '"' && tag.back() == '"')
      if (const auto version = base::to_number(tag.substr(1, tag.size() - 2))) match.versions.push_back(*version);
    list.remove_prefix(comma == std::string_view::npos ? list.size() : comma + 1);
  }
  return match;
}

void set_etag(Response& response, std::int64_t version) {
  response.headers.set(header::etag, '"' + std::to_string(version) + '"');
}

void set_created(Response& response, std::string_view from_here, Id id) {
  response.status = 201;
  response.headers.set(header::location, std::string{from_here} + std::to_string(number(id)));
}

void write_nothing(const Nothing&, const Context&, Response& response) { response.status = 204; }

}  // namespace innkeeper::dialects::native
