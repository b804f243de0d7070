#include "engine/dialects/native/documents.hpp"

#include <innkeeper/dialects.hpp>

#include "engine/base/internals.hpp"
#include "engine/base/target.hpp"
#include "engine/crypto/digest.hpp"
#include "engine/crypto/keyring.hpp"
#include "engine/dialects/native/page.hpp"
#include "engine/dialects/native/requests.hpp"
#include "engine/openapi/document.hpp"

#include <string_view>
#include <utility>

namespace innkeeper::dialects::native {

namespace {

/// The document, around the one place that says where it is mounted.
struct Rendered {
  std::string before;
  std::string after;
  std::string etag;
};
Rendered render_document() {
  constexpr std::string_view place = R"("/mounted-here")";
  auto text = openapi::render(innkeeper::native, place.substr(1, place.size() - 2));
  const auto at = text.find(place);
  auto etag = '"' + crypto::base64url_encode(crypto::as_text(crypto::sha256(text))) + '"';
  return {text.substr(0, at), text.substr(at + place.size()), std::move(etag)};
}
/// Written once: it takes as long as some thousand requests.
const Rendered& document() {
  static const Rendered rendered = render_document();
  return rendered;
}

}  // namespace

Result<std::string> do_show_keys(Transaction&, const Context& context, const Nothing&) {
  return R"({"keys":[)" + context.internals.keyring.signer().public_jwk() + "]}";
}

Result<Nothing> read_nothing(const Call&) { return Nothing{}; }

void write_key_set(const std::string& text, const Context&, Response& response) {
  response.body = text;
  set_json_type(response);
}

std::string jwks_schema() {
  return R"({"title":"KeySet","type":"object","properties":{"keys":{"type":"array","items":{"title":"PublicKey","type":"object",)"
         R"("properties":{"kty":{"type":"string"},"crv":{"type":"string"},"x":{"type":"string"},"kid":{"type":"string"},)"
         R"("alg":{"type":"string"},"use":{"type":"string"}},"required":["kty","kid","alg"],"additionalProperties":true}}},)"
         R"("required":["keys"]})";
}

Result<std::string> do_show_document(Transaction&, const Context&, const std::string& prefix) {
  std::string text;
  text.reserve(document().before.size() + prefix.size() + document().after.size() + 16);
  text += document().before;
  json::Writer{text}.string(prefix.empty() ? std::string_view{"/"} : prefix);
  return text += document().after;
}

Result<std::string> read_prefix(const Call& call) {
  const auto path = base::split_target(call.request.target).path;
  return std::string{path.substr(0, path.rfind("/api/v1/"))};
}

void write_document(std::string&& text, const Context&, Response& response) {
  response.body = std::move(text);
  response.headers.set(header::etag, document().etag);
  set_json_type(response);
}

std::string document_schema() {
  return R"({"title":"OpenApiDocument","type":"object","properties":{"openapi":{"type":"string"},)"
         R"("info":{"type":"object","additionalProperties":true},"paths":{"type":"object","additionalProperties":true}},)"
         R"("required":["openapi","info","paths"],"additionalProperties":true})";
}

}  // namespace innkeeper::dialects::native
