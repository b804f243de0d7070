#include "engine/dialects/native/administration.hpp"

namespace innkeeper::dialects::native {

Result<operators::NewOperator> read_new_operator(const Call& call) {
  auto body = read_body<new_operator>(call);
  if (!body) return body.error();
  operators::NewOperator wanted{.name = std::move(body->name)};
  if (body->tenant) wanted.tenant = *body->tenant;
  return wanted;
}

void write_issued_operator(const operators::Issued& issued, const Context&, Response& response) {
  write_secret<issued_operator>(issued, response);
  set_etag(response, issued.created.version);
  set_created(response, "operators/", issued.created.id);
}

void write_app(const apps::View& view, const Context& context, Response& response) {
  write_row<app>(view.app, context, response);
}

Result<apps::NewApp> read_new_app_of_tenant(const Call& call) {
  auto body = read_body<new_app_of_tenant>(call);
  if (!body) return body.error();
  return apps::NewApp{.tenant = std::move(body->tenant), .draft = std::move(*body)};
}

void write_issued_key(const keys::Issued& issued, const Context&, Response& response) {
  write_secret<issued_key>(issued, response);
  set_etag(response, issued.key.version);
  set_created(response, "../../keys/", issued.key.id);
}

Result<KeyRevocation> read_key_revocation(const Call& call) {
  auto wanted = read_body_if_any<key_revocation>(call);
  if (wanted) wanted->ref = ref_in<OfKey>(call);
  return wanted;
}

Result<RevokedKey> do_revoke_key(Transaction& tx, const Context& context, const KeyRevocation& wanted) {
  if (!wanted.takes_descendants) {
    auto key = keys::do_revoke(tx, context, wanted.ref);
    if (!key) return key.error();
    return RevokedKey{{std::move(*key)}};
  }
  auto ended = keys::do_revoke_lineage(tx, context, wanted.ref);
  if (!ended) return ended.error();
  return RevokedKey{{std::move(ended->key)}, RevokedKey::Descendants{ended->revoked, ended->has_more}};
}

Result<keys::Question> read_question(const Call& call) {
  auto body = read_body<question>(call);
  if (!body) return body.error();
  keys::Question wanted{.secret = std::move(body->secret), .address = std::move(body->address)};
  if (body->scopes) wanted.scopes = Scopes::parse(*body->scopes).value_or(Scopes{});
  return wanted;
}

}  // namespace innkeeper::dialects::native
