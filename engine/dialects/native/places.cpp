#include "engine/dialects/native/places.hpp"

namespace innkeeper::dialects::native {

Result<std::string> read_shown_token(const Call& call) {
  auto body = read_body<shown_token>(call);
  if (!body) return body.error();
  return std::move(body->token);
}

Result<std::string> read_shown_secret(const Call& call) {
  auto body = read_body<shown_secret>(call);
  if (!body) return body.error();
  return std::move(body->secret);
}

Result<New<join_tokens::Draft>> read_new_join_token(const Call& call) {
  auto draft = read_body_if_any<new_join_token>(call);
  if (!draft) return draft.error();
  return New<join_tokens::Draft>{ref_in<OfRoom>(call), std::move(*draft)};
}

Result<New<member_tokens::Draft>> read_new_member_token(const Call& call) {
  auto draft = read_body_if_any<new_member_token>(call);
  if (!draft) return draft.error();
  return New<member_tokens::Draft>{ref_in<OfMember>(call), *draft};
}

Result<New<stream_keys::Draft>> read_new_stream_key(const Call& call) {
  auto draft = read_body_if_any<new_stream_key>(call);
  if (!draft) return draft.error();
  return New<stream_keys::Draft>{ref_in<OfApp>(call), std::move(*draft)};
}

Result<revocations::Order> read_revocation(const Call& call) {
  auto order = read_body<revocation>(call);
  if (order) order->app = ref_in<OfApp>(call);
  return order;
}

void write_issued_join_token(const join_tokens::Issued& issued, const Context&, Response& response) {
  write_secret<issued_join_token>(issued, response);
  set_etag(response, issued.row.version);
  set_created(response, "../../join-tokens/", issued.row.id);
}

void write_issued_member_token(const member_tokens::Issued& issued, const Context&, Response& response) {
  write_secret<issued_member_token>(issued, response);
  response.status = 201;
}

void write_issued_stream_key(const stream_keys::Issued& issued, const Context&, Response& response) {
  write_secret<issued_stream_key>(issued, response);
  set_etag(response, issued.row.version);
  set_created(response, "../../stream-keys/", issued.row.id);
}

}  // namespace innkeeper::dialects::native
