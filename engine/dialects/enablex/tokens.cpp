#include "engine/dialects/enablex/tokens.hpp"

#include <innkeeper/dialects.hpp>

#include "engine/base/text.hpp"
#include "engine/crypto/keyring.hpp"
#include "engine/crypto/secret.hpp"
#include "engine/dialects/enablex/page.hpp"
#include "engine/dialects/enablex/rooms.hpp"
#include "engine/ledger/claims.hpp"

#include <array>
#include <utility>

namespace innkeeper::dialects::enablex {

namespace {

using json::Kind;
using json::View;
using json::Writer;

constexpr std::size_t longest = 255;
constexpr std::size_t most_data_keys = 5;
constexpr std::size_t longest_data = 4'096;

/// A text, or a number as it is written; empty if it is neither or too long.
std::string text_in(View body, std::string_view name, bool may_be_number = false) {
  const auto value = body.find(name);
  if (!value || (value->is(Kind::number) && !may_be_number) || base::code_points(value->text()) > longest) return {};
  return std::string{value->text()};
}

std::string random_text(Random& random, std::size_t size) {
  constexpr std::string_view digits = "0123456789abcdefghijklmnopqrstuvwxyz";
  std::array<std::byte, 16> bytes{};
  random.fill(bytes);
  std::string text;
  for (std::size_t i = 0; i < size; ++i) text += digits[std::to_integer<std::size_t>(bytes[i]) % digits.size()];
  return text;
}

std::string ticket(const join_tokens::Entry& entry, const Context& context) {
  const auto& room = entry.room;
  const auto extras = extras_of(room);
  const EnablexSettings usual;
  const auto& signalling = context.settings_or(usual);
  std::string text;
  Writer out{text};
  out.begin_object().plain_key("tokenId").plain_string(entry.row.uid).plain_key("roomMeta").begin_object();
  out.plain_key("name").string(room.name).plain_key("owner_ref").string(room.owner_ref).plain_key("settings");
  write_shown(out, extras.settings, room);
  out.plain_key("sip").begin_object().plain_key("enabled").boolean(extras.sip.is_enabled).end_object();
  out.plain_key("created").plain_string(to_stamp(room.created_at)).plain_key("_id").plain_string(room.uid).end_object();
  out.plain_key("host").string(signalling.host).plain_key("secure").boolean(signalling.is_secure);
  out.plain_key("logId").plain_string(random_text(context.random, 6)).plain_key("gateway").plain_string("");
  out.plain_key("signature");
  out.plain_string(ledger::ticket_signature(context.keyring, entry.row.uid, signalling.host)).end_object();
  return crypto::base64_encode(text);
}

}  // namespace

Result<join_tokens::Entry> do_issue(Transaction& tx, const Context& context, const New<join_tokens::Draft>& wanted) {
  return join_tokens::issue(tx, context, wanted, crypto::make_ordered_hex(context.random, context.now, 12));
}

Result<New<join_tokens::Draft>> read_new_token(const Call& call) {
  auto document = parse_object(call);
  if (!document) return document.error();
  const auto body = document->root();
  join_tokens::Draft draft{.name = text_in(body, "name"), .user_ref = text_in(body, "user_ref", /*may_be_number=*/true)};
  if (draft.name.empty()) return fault("10101", "name must be a text of 1 to 255 characters");
  const auto role = body.find("role");
  if (!role || role->is(Kind::null) || (role->is(Kind::string) && role->text().empty()))
    return fault("10103", "role is required");
  const auto known = role->is(Kind::string) ? from_name<JoinRole>(role->text()) : std::nullopt;
  if (!known) return fault("10104", "role must be moderator, participant or viewer");
  draft.role = *known;
  if (draft.user_ref.empty()) return fault("10102", "user_ref must be a text of 1 to 255 characters or a number");
  if (const auto data = body.find("data"); data && !data->is(Kind::null)) {
    draft.data = data->to_json();
    if (data->is(Kind::object) && data->size() > most_data_keys) return fault("400", "data must have 5 keys at most");
    if (draft.data->text.size() > longest_data) return Error{.code = Errc::too_large, .detail = "data must have 4 KiB at most"};
  }
  return New<join_tokens::Draft>{room_in(call.path), std::move(draft)};
}

void write_token(const join_tokens::Entry& entry, const Context& context, Response& response) {
  Writer out{response.body};
  out.begin_object().plain_key("result").integer(0).plain_key("token").plain_string(ticket(entry, context)).end_object();
  say_json(response);
}

std::string new_token_schema() {
  return R"({"title":"NewToken","type":"object","properties":{"name":{"type":"string","minLength":1,"maxLength":255},)"
         R"("role":{"type":"string","enum":["moderator","participant","viewer"]},)"
         R"("user_ref":{"type":["string","number"],"description":"Who it is for, in the application's words"},)"
         R"("data":{"description":"What others in the room are told; an object has 5 keys at most"}},)"
         R"("required":["name","role","user_ref"]})";
}

std::string token_schema() {
  return R"({"title":"Token","type":"object","properties":{"result":{"type":"integer","const":0},)"
         R"("token":{"type":"string","description":"Good once, for 15 minutes"}},"required":["result","token"]})";
}

}  // namespace innkeeper::dialects::enablex
