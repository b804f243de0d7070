#include "engine/dialects/native/page.hpp"

#include <innkeeper/contract/error_page.hpp>
#include <innkeeper/json/writer.hpp>
#include <innkeeper/operations.hpp>

#include "engine/base/status.hpp"

namespace innkeeper::dialects::native {

namespace {

constexpr contract::ErrorCase cases[] = {{.reason = reason::version_stale, .wording = {412}}};
constexpr auto page =
    contract::checked({.by_errc = contract::changed(contract::standard_wordings, {{Errc::invalid, {422}}}), .cases = cases});

std::string_view code_of(const Error& error) { return error.reason ? error.reason.name : base::name_of(error.code); }

/// What went wrong in a sentence; where that is one field's fault, with the field's name.
std::string detail_of(const Error& error) {
  if (error.violations.empty() || error.violations.front().message != error.detail) return error.detail;
  const auto field = std::string_view{error.violations.front().field};
  return field.size() < 2 ? error.detail : std::string{field.substr(1)}.append(" ").append(error.detail);
}

}  // namespace

void render_error(const Error& error, const Context& context, Response& response) {
  const bool is_stale = error.reason == reason::version_stale;
  response.status = contract::wording_of(page, error, context.operation).status;
  response.headers.set(header::content_type, "application/problem+json");
  if (response.status == 401) response.headers.set(header::www_authenticate, R"(Bearer realm="innkeeper")");
  if (is_stale && !error.violations.empty()) response.headers.set(header::etag, '"' + error.violations.front().code + '"');
  json::Writer out{response.body};
  out.begin_object().key("type").string("about:blank").key("title").string(base::reason_phrase(response.status));
  out.key("status").integer(response.status).key("code").string(code_of(error));
  if (!error.detail.empty()) out.key("detail").string(detail_of(error));
  out.key("request_id").string(context.request_id).key("errors").begin_array();
  if (!is_stale)
    for (const auto& each : error.violations) {
      const bool is_parameter = each.field.starts_with('?');
      out.begin_object().key(is_parameter ? "parameter" : "pointer").string(std::string_view{each.field}.substr(is_parameter));
      out.key("reason").string(each.message).end_object();
    }
  out.end_array().end_object();
}

std::string error_schema() {
  return R"({"title":"Problem","type":"object","properties":{"type":{"type":"string","const":"about:blank"},)"
         R"("title":{"type":"string","description":"The status in words"},"status":{"type":"integer"},)"
         R"("code":{"type":"string","description":"What went wrong, for programs"},)"
         R"("detail":{"type":"string","description":"What went wrong, for people"},)"
         R"("request_id":{"type":"string","description":"As in X-Request-Id and the log"},)"
         R"("errors":{"type":"array","description":"Each field that is wrong","items":{"type":"object","properties":{)"
         R"("pointer":{"type":"string","description":"A JSON pointer into the body"},)"
         R"("parameter":{"type":"string","description":"Which parameter of the query"},"reason":{"type":"string"}},)"
         R"("required":["reason"],"additionalProperties":false}}},)"
         R"("required":["type","title","status","code","request_id","errors"],"additionalProperties":false})";
}

Error bad_parameter(std::string_view name, std::string sentence) {
  return {Errc::invalid, Reason{"parameter.refused"}, sentence, {{"?" + std::string{name}, {}, sentence}}};
}

}  // namespace innkeeper::dialects::native
