#pragma once

#include <innkeeper/dialect.hpp>
#include <innkeeper/operations.hpp>

#include <string>
#include <string_view>

/// The part of OpenStack Identity v3 that tokens need (contract §1).
namespace innkeeper::dialects::skyway {

/// Where the service is, in the words of the request: what the version document links to.
struct Self {
  std::string href;
};
Result<Self> do_describe(Transaction&, const Context&, const Self&);
inline constexpr Operation<Self, Self> describe_identity{"identity.describe", Access::read, do_describe};

Result<Self> read_self(const Call&);
Result<access_tokens::Login> read_login(const Call&);
Result<std::string> read_subject(const Call&);

void write_self(const Self&, const Context&, Response&);
void write_issued_token(const access_tokens::Issued&, const Context&, Response&);
void write_session(const access_tokens::Session&, const Context&, Response&);
void write_nothing(const Nothing&, const Context&, Response&);

/// The value of a token header without blanks and the CR that published recipes leave at its end.
std::string_view token_in(const Request&, std::string_view header_name);

std::string login_schema();
std::string session_schema();
std::string version_schema();

}  // namespace innkeeper::dialects::skyway
