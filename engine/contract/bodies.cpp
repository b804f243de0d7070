#include <innkeeper/contract/bodies.hpp>

#include "engine/base/text.hpp"

#include <algorithm>

namespace innkeeper::contract {

namespace {

bool is_taken(const Request& request, std::span<const std::string_view> media_types) {
  const auto type = request.headers.find(header::content_type);
  if (!type || media_types.empty()) return true;
  const auto name = base::trimmed(type->substr(0, type->find(';')));
  return std::any_of(media_types.begin(), media_types.end(),
                     [&](std::string_view each) { return base::equals_ignoring_case(name, each); });
}

}  // namespace

Result<json::Document> read_body(const Call& call, const BodyFormat& format, BodyPresence presence) {
  const auto& text = call.request.body;
  const bool is_optional = presence == BodyPresence::optional;
  if (is_optional && text.empty()) return json::parse("{}");
  if (!is_taken(call.request, format.media_types))
    return Error{Errc::unsupported_media, Reason{"body.media_type"}, "the body must be application/json"};
  auto document = json::parse(text);
  if (document && document->root().is(json::Kind::object)) return document;
  auto error = document ? not_an_object({}) : document.error();
  if (is_optional && format.is_blank_none && error.reason == json::reason::empty) return json::parse("{}");
  if (format.fault == Errc::malformed) return error;
  return Error{format.fault, error.reason, std::move(error.detail)};
}

}  // namespace innkeeper::contract
