#include "engine/dialects/enablex/rooms.hpp"

#include "engine/base/text.hpp"
#include "engine/dialects/enablex/page.hpp"
#include "engine/domain/rules.hpp"

#include <algorithm>
#include <utility>

namespace innkeeper::dialects::enablex {

namespace {

using json::Kind;
using json::View;
using json::Writer;

constexpr std::size_t longest_name = 255;

std::string_view without_blanks(std::string_view text) {
  const auto is_blank = [](char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; };
  while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_blank(text.back())) text.remove_suffix(1);
  return text;
}

/// The member of that name, if it is there and not null.
std::optional<View> given(View object, std::string_view name) {
  const auto value = object.find(name);
  return value && !value->is(Kind::null) ? value : std::nullopt;
}

Result<void> read_name(View body, bool is_needed, Draft& draft) {
  const auto value = given(body, "name");
  if (!value && !is_needed) return {};
  const auto name = value && value->is(Kind::string) ? without_blanks(value->text()) : std::string_view{};
  if (name.empty() || base::code_points(name) > longest_name) return fault("10002", "name must be a text of 1 to 255 characters");
  draft.name = name;
  return {};
}

Result<void> read_owner(View body, bool is_needed, Draft& draft) {
  const auto value = given(body, "owner_ref");
  if (!value && !is_needed) return {};
  const auto owner = value ? value->text() : std::string_view{};  // a number as it is written
  if (owner.empty() || base::code_points(owner) > longest_name)
    return fault("10010", "owner_ref must be a text of 1 to 255 characters or a number");
  draft.owner_ref = owner;
  return {};
}

std::optional<bool> truth_of(View value) {
  if (value.is(Kind::boolean)) return value.boolean();
  if (value.text() == "true") return true;
  return value.text() == "false" ? std::optional{false} : std::nullopt;
}

Result<void> read_sip(View body, Draft& draft) {
  const auto sip = given(body, "sip");
  if (!sip) return {};
  const auto bad = fault("400", "sip must be an object with enabled and perhaps uri");
  if (!sip->is(Kind::object)) {
    if (!sip->is(Kind::boolean)) return bad;
    draft.is_sip_enabled = sip->boolean();
    return {};
  }
  if (const auto enabled = given(*sip, "enabled")) {
    draft.is_sip_enabled = truth_of(*enabled);
    if (!draft.is_sip_enabled) return bad;
  }
  if (const auto uri = given(*sip, "uri")) {
    if (!uri->is(Kind::string) || base::code_points(uri->text()) > longest_name) return bad;
    draft.sip_uri = uri->text();
  }
  return {};
}

Result<Draft> read_draft(const Call& call, bool is_new) {
  auto document = parse_object(call);
  if (!document) return document.error();
  const auto body = document->root();
  Draft draft;
  if (auto read = read_name(body, is_new, draft); !read) return read.error();
  if (auto read = read_owner(body, is_new, draft); !read) return read.error();
  if (const auto settings = given(body, "settings")) {
    if (!settings->is(Kind::object)) return fault("10009", "settings must be an object");
    auto read = read_settings(*settings, draft.fault);
    if (!read) return read.error();
    if (draft.fault && draft.fault->setting < Setting::scheduled_time) return draft.fault->error;
    draft.settings = std::move(*read);
  }
  if (draft.fault) return draft;
  if (auto read = read_sip(body, draft); !read) draft.fault = {Setting::media, read.error()};
  if (const auto data = given(body, "data")) {
    if (!data->is(Kind::object) && !draft.fault) draft.fault = {Setting::media, fault("400", "data must be an object")};
    draft.data = data->to_json();
    if (draft.data->text.size() > call.longest_object && !draft.fault)
      draft.fault = {Setting::media, Error{.code = Errc::too_large,
                                           .detail = "data must have " + base::spell_bytes(call.longest_object) + " at most"}};
  }
  return draft;
}

std::string body_schema(std::string_view title, bool is_new) {
  std::string text;
  Writer schema{text};
  const auto type = [&](std::string_view name, std::string_view type) {
    schema.key(name).begin_object().key("type").string(type);
  };
  schema.begin_object().key("title").string(title).key("type").string("object").key("properties").begin_object();
  type("name", "string");
  schema.key("minLength").integer(1).key("maxLength").integer(longest_name).end_object();
  schema.key("owner_ref").begin_object().key("type").begin_array().string("string").string("number").end_array();
  schema.key("minLength").integer(1).key("maxLength").integer(longest_name).end_object();
  schema.key("settings").begin_object();
  describe_taken(schema);
  schema.end_object();
  schema.key("sip").begin_object().key("type").begin_array().string("object").string("boolean").end_array();
  schema.key("properties").begin_object();
  type("enabled", "boolean");
  schema.end_object();
  type("uri", "string");
  schema.key("maxLength").integer(longest_name).end_object().end_object();
  schema.key("additionalProperties").boolean(true).end_object();
  type("data", "object");
  schema.key("description").string("The application's own, shown as it came");
  schema.key("additionalProperties").boolean(true).end_object();
  schema.end_object().key("additionalProperties").boolean(true);
  if (is_new) schema.key("required").begin_array().string("name").string("owner_ref").end_array();
  schema.end_object();
  return text;
}

}  // namespace

Result<json::Document> parse_object(const Call& call) {
  auto document = json::parse(call.request.body);
  if (document && !document->root().is(Kind::object)) return Error{Errc::malformed, json::reason::not_an_object};
  return document;
}

Result<Draft> read_new_room(const Call& call) { return read_draft(call, /*is_new=*/true); }

Result<Ref> read_room(const Call& call) { return room_in(call.path); }

Result<Part> read_part(const Call& call) {
  const auto number_in = [&](std::string_view name) {
    const auto text = call.parameter(name);
    return text ? base::to_number(*text) : std::nullopt;
  };
  const auto length = number_in("page_length");
  if (!length || *length < 1) return Part{};
  const auto most = std::min(*length, largest_page);
  const auto page = std::clamp<std::int64_t>(number_in("page").value_or(1), 1, last_page);
  return Part{.skip = (page - 1) * most, .most = most};
}

Result<Change> read_change(const Call& call) {
  auto draft = read_draft(call, /*is_new=*/false);
  if (!draft) return draft.error();
  return Change{room_in(call.path), std::move(*draft)};
}

Result<Removal> read_removal(const Call& call) { return Removal{.ref = room_in(call.path)}; }

std::string new_room_schema() { return body_schema("NewRoom", /*is_new=*/true); }
std::string change_schema() { return body_schema("RoomChange", /*is_new=*/false); }

}  // namespace innkeeper::dialects::enablex
