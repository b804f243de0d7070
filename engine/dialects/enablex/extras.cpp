#include "engine/dialects/enablex/extras.hpp"

#include "engine/base/text.hpp"
#include "engine/base/time.hpp"
#include "engine/crypto/keyring.hpp"

#include <array>
#include <span>
#include <utility>
#include <vector>

namespace innkeeper::dialects::enablex {

using json::Writer;

namespace {

/// Numbers to dial in with, which belong to the room and are kept nowhere.
std::int64_t pin_of(const Room& room, const crypto::Keyring& keyring) {
  const auto digest = keyring.mac(crypto::Purpose::sip_pins, room.uid);
  std::int64_t number = 0;
  for (const auto byte : std::span{digest}.first<4>()) number = number * 256 + byte;
  return 10'000 + number % 90'000;
}
std::int64_t meeting_of(const Room& room) { return 100'000 + number(room.id); }

void write_sip(Writer& out, const Sip& sip, const Room& room, const crypto::Keyring& keyring) {
  out.begin_object().plain_key("enabled").boolean(sip.is_enabled);
  if (!sip.uri.empty()) out.plain_key("uri").string(sip.uri);
  if (sip.is_enabled) out.plain_key("pin").integer(pin_of(room, keyring)).plain_key("meeting_id").integer(meeting_of(room));
  out.end_object();
}

}  // namespace

Extras extras_of(const Room& room) {
  Extras extras;
  const auto document = json::parse(room.extras.text, json::max_depth_inside);
  const auto own = document ? document->root().find(own_member) : std::nullopt;
  if (!own) return extras;
  if (const auto settings = own->find("settings")) extras.settings = read_stored(*settings);
  if (const auto sip = own->find("sip")) {
    if (const auto enabled = sip->find("enabled")) extras.sip.is_enabled = enabled->boolean();
    if (const auto uri = sip->find("uri")) extras.sip.uri = uri->text();
  }
  if (const auto data = own->find("data")) extras.data = data->to_json();
  if (const auto updated = own->find("updated")) extras.updated = base::from_rfc3339(updated->text());
  return extras;
}

std::string to_stamp(Instant at) { return base::to_rfc3339(at, base::Precision::milliseconds); }

std::string to_hex24(Id id) {
  std::array<std::byte, 12> bytes{};
  auto rest = static_cast<std::uint64_t>(number(id));
  for (std::size_t i = bytes.size(); rest > 0; rest >>= 8U) bytes[--i] = static_cast<std::byte>(rest & 0xffU);
  return base::to_hex(bytes);
}

/// Ours in place of what was, beside what other contracts know.
JsonText with_extras(const JsonText& all, const Extras& own) {
  JsonText text;
  Writer out{text.text};
  out.begin_object();
  if (const auto document = json::parse(all.text, json::max_depth_inside))
    for (const auto each : document->root().members())
      if (each.name != own_member) out.key(each.name).raw(each.value.to_json());
  out.plain_key(own_member).begin_object();
  write_stored(out.plain_key("settings"), own.settings);
  out.plain_key("sip").begin_object().plain_key("enabled").boolean(own.sip.is_enabled);
  if (!own.sip.uri.empty()) out.plain_key("uri").string(own.sip.uri);
  out.end_object().plain_key("data").raw(own.data);
  if (own.updated) out.plain_key("updated").plain_string(base::to_rfc3339(*own.updated, base::Precision::microseconds));
  out.end_object().end_object();
  return text;
}

void write_shown(Writer& out, const Room& room, std::string_view service_id, const crypto::Keyring& keyring, bool is_new) {
  const auto extras = extras_of(room);
  out.begin_object().plain_key("name").string(room.name).plain_key("service_id").string(service_id);
  write_shown(out.plain_key("owner_ref").string(room.owner_ref).plain_key("settings"), extras.settings, room);
  write_sip(out.plain_key("sip"), extras.sip, room, keyring);
  out.plain_key("data").raw(extras.data).plain_key("created").plain_string(to_stamp(room.created_at));
  if (extras.updated) out.plain_key("updated").plain_string(to_stamp(*extras.updated));
  if (!is_new) out.plain_key("isMediaServerAvailable").boolean(true);
  out.plain_key("room_id").string(room.uid).end_object();
}

std::string shown_schema(bool is_new) {
  std::string text;
  Writer schema{text};
  std::vector<std::string_view> needed;
  const auto add = [&](std::string_view name, std::string_view type, bool is_needed = true) -> Writer& {
    if (is_needed) needed.push_back(name);
    return schema.key(name).begin_object().key("type").string(type);
  };
  schema.begin_object().key("title").string(is_new ? "NewRoomShown" : "Room").key("type").string("object");
  schema.key("properties").begin_object();
  add("name", "string").end_object();
  add("service_id", "string").key("description").string("The APP_ID").end_object();
  add("owner_ref", "string").end_object();
  needed.push_back("settings");
  schema.key("settings").begin_object();
  describe_shown(schema);
  schema.end_object();
  add("sip", "object").key("properties").begin_object();
  for (const auto& [name, type] :
       {std::pair{"enabled", "boolean"}, {"uri", "string"}, {"pin", "integer"}, {"meeting_id", "integer"}})
    schema.key(name).begin_object().key("type").string(type).end_object();
  schema.end_object().key("required").begin_array().string("enabled").end_array().end_object();
  add("data", "object").key("additionalProperties").boolean(true).end_object();
  add("created", "string").key("format").string("date-time").end_object();
  add("updated", "string", false).key("format").string("date-time").end_object();
  if (!is_new) add("isMediaServerAvailable", "boolean").end_object();
  add("room_id", "string").end_object();
  schema.end_object().key("required").begin_array();
  for (const auto name : needed) schema.string(name);
  schema.end_array().end_object();
  return text;
}

}  // namespace innkeeper::dialects::enablex
