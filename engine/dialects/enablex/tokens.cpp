#include <innkeeper/contract/bodies.hpp>
#include <innkeeper/dialects.hpp>

#include "engine/base/text.hpp"
#include "engine/changes/claims.hpp"
#include "engine/crypto/keyring.hpp"
#include "engine/crypto/secret.hpp"
#include "engine/dialects/enablex/wire.hpp"

#include <array>
#include <utility>

/// Tokens to join a room with (§5.7, §6): not JWTs, but base64 of a JSON object that says which room and where.
namespace innkeeper::dialects::enablex {

namespace {

using contract::fault;
using contract::Field;
using contract::field;
using contract::required;

bool is_some(std::string_view text) { return !text.empty(); }
/// Any value but null. The document says so, since a rule of it is about objects only.
struct AnyValue : json::CodecOf<JsonText> {
  template <class Items>
  void describe(Writer& schema, Items&&) const {
    schema.key("type").begin_array();
    for (const auto* type : {"object", "array", "string", "number", "boolean"}) schema.string(type);
    schema.end_array()
        .key("items")
        .begin_object()
        .key("description")
        .string("Any value")
        .end_object()
        .key("additionalProperties")
        .boolean(true);
  }
};
constexpr AnyValue any_value{};

/// In the order in which they are checked (§5.7).
constexpr Field new_token_rows[] = {
    field<&join_tokens::Draft::name, short_text>("/name", required, fault("name must be a text of 1 to 255 characters", "10101")),
    field<&join_tokens::Draft::role>("/role", required, contract::matching(is_some).says("role is required", "10103"),
                                     contract::missing("role is required", "10103"),
                                     fault("role must be moderator, participant or viewer", "10104")),
    field<&join_tokens::Draft::user_ref, text_or_number>(
        "/user_ref", required, fault("user_ref must be a text of 1 to 255 characters or a number", "10102"),
        "Who it is for, in the application's words"),
    field<&join_tokens::Draft::data, any_value>("/data",
                                                contract::members_at_most(5).says("data must have 5 keys at most", "400"),
                                                contract::json_at_most(4'096).says("data must have 4 KiB at most", "413"),
                                                "What others in the room are told; an object has 5 keys at most")};
constexpr auto new_token = contract::fields<join_tokens::Draft>("NewToken", new_token_rows);

constexpr contract::Property token_properties[] = {
    contract::show<contract::itself<std::string>>("token", "Good once, for 15 minutes")};
constexpr contract::Properties<std::string> token{"Token", token_properties};
constexpr contract::Envelope issued{.title = "Token", .before = &result};

std::string random_text(Random& random, std::size_t size) {
  constexpr std::string_view digits = "0123456789abcdefghijklmnopqrstuvwxyz";
  std::array<std::byte, 16> bytes{};
  random.fill(bytes);
  std::string text;
  for (std::size_t i = 0; i < size; ++i) text += digits[std::to_integer<std::size_t>(bytes[i]) % digits.size()];
  return text;
}

std::string ticket(const join_tokens::UnsignedToken& issued_token, const Context& context) {
  const auto& room = issued_token.room;
  const auto extras = extras_of(room);
  const EnablexSettings usual;
  const auto& signalling = context.settings_or(usual);
  std::string text;
  Writer out{text};
  out.begin_object().plain_key("tokenId").plain_string(issued_token.row.uid).plain_key("roomMeta").begin_object();
  out.plain_key("name").string(room.name).plain_key("owner_ref").string(room.owner_ref).plain_key("settings");
  write_shown(out, extras.settings, room);
  out.plain_key("sip").begin_object().plain_key("enabled").boolean(extras.sip.is_enabled).end_object();
  stamp.write(out.plain_key("created"), room.created_at);
  out.plain_key("_id").plain_string(room.uid).end_object();
  out.plain_key("host").string(signalling.host).plain_key("secure").boolean(signalling.is_secure);
  out.plain_key("logId").plain_string(random_text(context.random, 6)).plain_key("gateway").plain_string("");
  out.plain_key("signature");
  out.plain_string(changes::ticket_signature(context.keyring, issued_token.row.uid, signalling.host)).end_object();
  return crypto::base64_encode(text);
}

Result<join_tokens::UnsignedToken> do_issue(Transaction& tx, const Context& context, const New<join_tokens::Draft>& wanted) {
  return join_tokens::issue(tx, context, wanted, crypto::make_ordered_hex(context.random, context.now, 12));
}

Result<New<join_tokens::Draft>> read_new_token(const Call& call) {
  auto draft = contract::read_body(call, {}, new_token);
  if (!draft) return draft.error();
  return New<join_tokens::Draft>{room_in(call.path), std::move(*draft)};
}

void write_token(const join_tokens::UnsignedToken& issued_token, const Context& context, Response& response) {
  write_answer(issued, token, ticket(issued_token, context), context, response);
}

constexpr Operation<New<join_tokens::Draft>, join_tokens::UnsignedToken> issue{join_tokens::create.name, Access::write, do_issue};

}  // namespace

constinit const Handler issue_token = serve<issue, read_new_token, write_token>;

std::string new_token_schema() { return contract::schema(new_token); }
std::string token_schema() { return contract::schema(issued, token); }

}  // namespace innkeeper::dialects::enablex
