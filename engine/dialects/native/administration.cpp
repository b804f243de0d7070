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
  write_json<issued_operator>(issued, response);
  set_etag(response, issued.created.version);
  set_created(response, "operators/", issued.created.id);
}

void write_app(const apps::View& view, const Context& context, Response& response) {
  write_row<app>(view.app, context, response);
}

void write_issued_app(const apps::Issued& issued, const Context&, Response& response) {
  write_json<issued_app>(issued, response);
  set_etag(response, issued.view.app.version);
  set_created(response, "../../apps/", issued.view.app.id);
}

void write_issued_key(const keys::Issued& issued, const Context&, Response& response) {
  write_json<issued_key>(issued, response);
  set_etag(response, issued.key.version);
  set_created(response, "../../keys/", issued.key.id);
}

Result<keys::Question> read_question(const Call& call) {
  auto body = read_body<question>(call);
  if (!body) return body.error();
  keys::Question wanted{.secret = std::move(body->secret), .address = std::move(body->address)};
  if (body->scopes) wanted.scopes = Scopes::parse(*body->scopes).value_or(Scopes{});
  return wanted;
}

}  // namespace innkeeper::dialects::native
