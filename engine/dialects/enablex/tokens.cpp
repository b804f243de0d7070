#include <innkeeper/dialects.hpp>

#include "engine/base/internals.hpp"
#include "engine/changes/claims.hpp"
#include "engine/crypto/keyring.hpp"
#include "engine/crypto/secret.hpp"
#include "engine/dialects/enablex/wire.hpp"

#include <array>
#include <utility>

/// Tokens to join a room with (§5.7, §6): not JWTs, but base64 of a JSON object that says which room and where.
namespace innkeeper::dialects::enablex {

namespace {

using contract::at_least;
using contract::at_most;
using contract::fault;
using contract::required;
using Draft = join_tokens::Draft;
using join_tokens::UnsignedToken;

bool is_some(std::string_view text) { return !text.empty(); }
/// Any value but null. The document says so, since a rule of it is about objects only.
struct AnyValue : json::CodecOf<JsonText> {
  template <class Items>
  void describe(Writer& schema, Items&&) const {
    contract::describe_types(schema, {"object", "array", "string", "number", "boolean"});
    schema.key("items").begin_object().key("description").string("Any value").end_object();
    schema.key("additionalProperties").boolean(true);
  }
};
constexpr AnyValue any_value{};

/// In the order in which they are checked (§5.7).
constexpr Field new_token_rows[] = {
    field<&Draft::name>("/name", required, at_least(1), at_most(255),
                        fault("name must be a text of 1 to 255 characters", "10101")),
    field<&Draft::role>("/role", required, contract::matching(is_some).says("role is required", "10103"),
                        contract::missing("role is required", "10103"),
                        fault("role must be moderator, participant or viewer", "10104")),
    field<&Draft::user_ref, text_or_number>("/user_ref", required,
                                            fault("user_ref must be a text of 1 to 255 characters or a number", "10102"),
                                            "Who it is for, in the application's words"),
    field<&Draft::data, any_value>("/data", contract::members_at_most(5).says("data must have 5 keys at most", "400"),
                                   contract::json_at_most(4'096).says("data must have 4 KiB at most", "413"),
                                   "What others in the room are told; an object has 5 keys at most")};

constexpr Members token{"Token", {show<itself<std::string>>("token", "Good once, for 15 minutes")}};

std::string random_text(Random& random, std::size_t size) {
  constexpr std::string_view digits = "0123456789abcdefghijklmnopqrstuvwxyz";
  std::array<std::byte, 16> bytes{};
  random.fill(bytes);
  std::string text;
  for (std::size_t i = 0; i < size; ++i) text += digits[std::to_integer<std::size_t>(bytes[i]) % digits.size()];
  return text;
}

std::string ticket(const UnsignedToken& token, const Context& context) {
  const auto& room = token.room;
  auto extras = extras_of(room);
  show_settings(room, extras.settings);
  const EnablexSettings usual;
  const auto& signalling = context.settings_or(usual);
  std::string text;
  Writer out{text};
  out.begin_object().plain_key("tokenId").plain_string(token.row.uid).plain_key("roomMeta").begin_object();
  out.plain_key("name").string(room.name).plain_key("owner_ref").string(room.owner_ref);
  shown_settings.write(out.plain_key("settings"), extras.settings);
  out.plain_key("sip").begin_object().plain_key("enabled").boolean(extras.sip.is_enabled.value_or(false)).end_object();
  in_milliseconds.write(out.plain_key("created"), room.created_at);
  out.plain_key("_id").plain_string(room.uid).end_object();
  out.plain_key("host").string(signalling.host).plain_key("secure").boolean(signalling.is_secure);
  out.plain_key("logId").plain_string(random_text(context.random, 6)).plain_key("gateway").plain_string("");
  out.plain_key("signature").plain_string(changes::ticket_signature(context.internals.keyring, token.row.uid, signalling.host));
  out.end_object();
  return crypto::base64_encode(text);
}

Result<UnsignedToken> do_issue(Transaction& tx, const Context& context, const New<Draft>& wanted) {
  return join_tokens::issue(tx, context, wanted, crypto::make_ordered_hex(context.random, context.now, 12));
}

void write_token(const UnsignedToken& token, const Context& context, Response& response) {
  contract::write_answer(issue_token, ticket(token, context), context, response);
}

}  // namespace

constinit const contract::Fields<Draft> new_token = contract::fields<Draft>("NewToken", new_token_rows);
constinit const Endpoint<std::string> issue_token{
    {success("Token"), &token},
    serve<in_place_of<join_tokens::create, do_issue>, contract::read_new<room_in, contract::read_draft<new_token>>, write_token>};

}  // namespace innkeeper::dialects::enablex
