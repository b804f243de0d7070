#include "engine/dialects/native/requests.hpp"

#include "engine/base/field_lists.hpp"
#include "engine/base/text.hpp"

namespace innkeeper::dialects::native {

Precondition read_precondition(const Call& call) {
  const auto given = base::list_of(call.request.headers, header::if_match);
  const auto wanted = base::read_entity_tags(given ? std::string_view{*given} : std::string_view{});
  Precondition match{.is_set = given.has_value(), .takes_any = wanted.is_any};
  for (const auto tag : wanted.tags)
    if (tag.size() > 2 && tag.front() == '"' && tag.back() == '"')
      if (const auto version = base::to_number(tag.substr(1, tag.size() - 2))) match.versions.push_back(*version);
  return match;
}

void set_json_type(Response& response) { response.headers.set(header::content_type, "application/json"); }

void set_etag(Response& response, std::int64_t version) {
  response.headers.set(header::etag, '"' + std::to_string(version) + '"');
}

void set_created(Response& response, std::string_view from_here, Id id) {
  response.status = 201;
  response.headers.set(header::location, std::string{from_here} + std::to_string(number(id)));
}

void write_nothing(const Nothing&, const Context&, Response& response) { response.status = 204; }

}  // namespace innkeeper::dialects::native
