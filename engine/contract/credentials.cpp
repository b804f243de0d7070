#include <innkeeper/contract/credentials.hpp>

#include <innkeeper/operations/tokens.hpp>

#include "engine/base/text.hpp"
#include "engine/crypto/digest.hpp"

#include <optional>
#include <string>

namespace innkeeper::contract {

namespace {

/// What stands behind the name of a scheme (RFC 9110 §11.4); nothing if the field is absent or of another scheme.
std::optional<std::string_view> authorization_of(const Request& request, std::string_view scheme) {
  const auto given = request.headers.find(header::authorization).value_or("");
  const auto blank = given.find(' ');
  if (blank == std::string_view::npos || !base::equals_ignoring_case(given.substr(0, blank), scheme)) return std::nullopt;
  return base::trimmed(given.substr(blank));
}

}  // namespace

Credentials read_basic(const Request& request, Undecodable undecodable) {
  const auto encoded = authorization_of(request, "Basic");
  if (!encoded) return {};
  const auto pair = crypto::base64_decode(*encoded);
  const auto colon = pair ? pair->find(':') : std::string::npos;
  if (colon != std::string::npos) return {.scheme = "basic", .id = pair->substr(0, colon), .secret = pair->substr(colon + 1)};
  return undecodable == Undecodable::is_wrong ? Credentials{.scheme = "basic"} : Credentials{};
}

Credentials read_bearer(const Request& request) {
  const auto token = authorization_of(request, "Bearer");
  return token ? Credentials{.scheme = "bearer", .id = {}, .secret = std::string{*token}} : Credentials{};
}

Credentials read_header(const Request& request, std::string_view name) {
  const auto secret = trimmed_field(request, name);
  return secret.empty() ? Credentials{} : Credentials{.scheme = "header", .id = {}, .secret = std::string{secret}};
}

Credentials read_headers(const Request& request, std::string_view id_name, std::string_view secret_name) {
  const auto id = trimmed_field(request, id_name);
  const auto secret = trimmed_field(request, secret_name);
  if (id.empty() && secret.empty()) return {};
  return {.scheme = "headers", .id = std::string{id}, .secret = std::string{secret}};
}

std::string_view trimmed_field(const Request& request, std::string_view name) {
  return base::trimmed(request.headers.find(name).value_or(""));
}

Result<Principal> authenticate_member(Transaction& tx, const Context& context, const Credentials& shown, const Params&) {
  if (shown.scheme.empty()) return Error{Errc::unauthenticated, reason::credential_missing, "a member's token is missing"};
  return member_tokens::authenticate(tx, context, shown.secret);
}

}  // namespace innkeeper::contract
