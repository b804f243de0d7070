#pragma once

#include <innkeeper/contract/dialect.hpp>

#include <string>

/// What programs read of the contract itself: its OpenAPI document, and the keys that join tokens are signed with.
namespace innkeeper::dialects::native {

Result<std::string> do_show_keys(Transaction&, const Context&, const Nothing&);
inline constexpr Operation<Nothing, std::string> show_keys{"documents.keys", Access::read, do_show_keys};

Result<Nothing> read_nothing(const Call&);
void write_key_set(const std::string& text, const Context&, Response&);
std::string jwks_schema();

/// For what stands before the contract's paths where it is mounted.
Result<std::string> do_show_document(Transaction&, const Context&, const std::string& prefix);
inline constexpr Operation<std::string, std::string> show_document{"documents.openapi", Access::read, do_show_document};

/// What stands before the route's own path.
Result<std::string> read_prefix(const Call&);
void write_document(std::string&& text, const Context&, Response&);
std::string document_schema();

}  // namespace innkeeper::dialects::native
