#pragma once

#include <innkeeper/contract/dialect.hpp>
#include <innkeeper/operations.hpp>

#include "engine/domain/access_tokens.hpp"

#include <string>
#include <string_view>

/// The part of OpenStack Identity v3 that tokens need (contract §1).
namespace innkeeper::dialects::skyway {

/// Where the service is as the caller reaches it, mount and all: where links in answers lead.
struct Endpoint {
  std::string url;  ///< `http://HOST/v3`
};
struct Login {
  access_tokens::NamedLogin who;
  Endpoint endpoint;

  std::string_view account() const { return who.uid.empty() ? who.name : who.uid; }
};
struct Subject {
  std::string token;
  Endpoint endpoint;
};
struct Shown {
  access_tokens::Session session;
  std::string token;
  Endpoint endpoint;
};
Result<Endpoint> do_describe(Transaction&, const Context&, const Endpoint&);
Result<Shown> do_issue(Transaction&, const Context&, const Login&);
Result<Shown> do_show(Transaction&, const Context&, const Subject&);
inline constexpr Operation<Endpoint, Endpoint> list_versions{"identity.list_versions", Access::read, do_describe};
inline constexpr Operation<Endpoint, Endpoint> describe_identity{"identity.describe", Access::read, do_describe};
inline constexpr Operation<Login, Shown> issue_token{"access_tokens.issue", Access::write, do_issue};
inline constexpr Operation<Subject, Shown> show_token{"access_tokens.show", Access::read, do_show};

/// Of a request for what stands before the service, and for the service itself.
Result<Endpoint> read_root(const Call&);
Result<Endpoint> read_service(const Call&);
Result<Login> read_login(const Call&);
Result<Subject> read_subject(const Call&);
Result<std::string> read_revoked(const Call&);

void write_versions(const Endpoint&, const Context&, Response&);
void write_version(const Endpoint&, const Context&, Response&);
void write_issued_token(const Shown&, const Context&, Response&);
void write_token(const Shown&, const Context&, Response&);
void write_nothing(const Nothing&, const Context&, Response&);

std::string login_schema();
std::string session_schema();
std::string version_schema();

}  // namespace innkeeper::dialects::skyway
