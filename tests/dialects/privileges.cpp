#include "tests/dialects/privileges.hpp"

#include <algorithm>
#include <utility>

namespace innkeeper::tests {

namespace {

template <class Row>
void note(Things& things, const std::string& name, const Row& row) {
  things.ids[name] = std::to_string(number(row.id));
  things.uids[name] = row.uid;
}

}  // namespace

Fixture::Fixture(std::unique_ptr<Store> store_to_fill) : store(std::move(store_to_fill)) {
  engine = Engine::open({.store = *store,
                         .master_key = MasterKey::generate(random),
                         .environment = {.clock = &clock, .random = &random, .log = &log}})
               .value();
  const auto my_tenant = furnish_tenant("mine");
  mine = furnish(my_tenant, "mine");
  sibling = furnish(my_tenant, "sibling");
  theirs = furnish(furnish_tenant("theirs"), "theirs");
  const auto operator_of = [&](Id tenant) {
    const Ref ref = tenant == Id::none ? Ref{} : Ref{tenant};
    return Holder{KeyOwner::administrator,
                  engine->call(operators::create, host, {.parent = ref, .name = "manager"}).value().created.id};
  };
  my_app = {KeyOwner::app, mine.app};
  sibling_app = {KeyOwner::app, sibling.app};
  my_operator = operator_of(my_tenant);
  their_operator = operator_of(theirs.tenant);
  root = operator_of(Id::none);
}

Id Fixture::furnish_tenant(const std::string& name) { return engine->call(tenants::create, host, {.name = name}).value().id; }

Things Fixture::furnish(Id tenant, const std::string& name) {
  Things things{.tenant = tenant, .app = {}, .ids = {}, .uids = {}, .secrets = {}};
  note(things, "tenant", engine->call(tenants::find, host, tenant).value());
  note(things, "operator", engine->call(operators::create, host, {.parent = tenant, .name = name}).value().created);

  const auto app = engine->call(apps::create, host, {.parent = tenant, .draft = {.name = name}}).value().view.app;
  things.app = app.id;
  note(things, "app", app);
  const auto key = give_key({KeyOwner::app, app.id}, {.scopes = "keys:read"});
  note(things, "key", key.key);
  things.secrets["key"] = key.secret;

  const auto member = engine->call(members::create, host, {app.id, {.name = name}}).value();
  note(things, "member", member);
  const auto member_token = engine->call(member_tokens::create, host, {member.id, {}}).value();
  note(things, "member_token", member_token.row);
  things.secrets["member_token"] = member_token.token;

  const auto room = engine->call(rooms::create, host, {app.id, {.name = name}}).value();
  note(things, "room", room);
  const auto join_token = engine->call(join_tokens::create, host, {room.id, {}}).value();
  note(things, "join_token", join_token.row);
  things.secrets["join_token"] = join_token.token;
  const auto stream_key = engine->call(stream_keys::create, host, {app.id, {}}).value();
  note(things, "stream_key", stream_key.row);
  things.secrets["stream_key"] = stream_key.secret;

  note(things, "device", engine->call(devices::create, host, {app.id, {.name = name}}).value());
  const auto webhook =
      engine->call(webhooks::create, host, {.parent = app.id, .url = "https://receiver.example/"}).value().webhook;
  note(things, "webhook", webhook);
  events::Report started{.id = "e1", .type = events::Type::session_started, .at = clock.now(), .data = {"{}"}};
  started.session = name + "-session";
  started.room = room.uid;
  auto ended = started;
  ended.id = "e2";
  ended.type = events::Type::session_ended;
  engine->call(events::report, host, {.app = app.id, .reports = {started, ended}}).value();
  note(things, "session", engine->call(sessions::list, host, {.parent = app.id}).value().items.front());
  note(things, "delivery", engine->call(webhooks::deliveries, host, {.parent = webhook.id}).value().items.front());
  return things;
}

keys::Issued Fixture::give_key(const Holder& holder, keys::Draft draft) {
  return engine->call(keys::create, host, {.parent = holder.id, .holder = holder.kind, .draft = std::move(draft)}).value();
}

Response Fixture::ask(Method method, const std::string& target, Headers headers, const std::string& body) const {
  return engine->handle({.method = method, .target = target, .headers = std::move(headers), .body = body});
}

std::string filled_with(std::string_view text, const Things& things) {
  const bool is_about_members = text.find("/member-tokens/") != std::string_view::npos;
  std::string out;
  while (!text.empty()) {
    const auto open = text.find('{');
    const auto close = text.find('}', open);
    const auto inside =
        open == std::string_view::npos || close == std::string_view::npos ? "" : text.substr(open + 1, close - open - 1);
    if (inside.empty() || inside.find_first_of("\"{:") != std::string_view::npos) {
      out += text.substr(0, open == std::string_view::npos ? open : open + 1);
      text.remove_prefix(open == std::string_view::npos ? text.size() : open + 1);
      continue;
    }
    out += text.substr(0, open);
    const auto dot = inside.find('.');
    std::string name{inside.substr(0, dot)};
    if (name == "token") name = is_about_members ? "member_token" : "join_token";
    const auto& kind = dot == std::string_view::npos ? things.ids : inside.ends_with(".uid") ? things.uids : things.secrets;
    out += kind.at(name);
    text.remove_prefix(close + 1);
  }
  return out;
}

std::string object_of(std::string_view path) {
  const auto open = path.rfind('{');
  if (open == std::string_view::npos) return {};
  std::string name{path.substr(open + 1, path.find('}', open) - open - 1)};
  if (name == "token") name = path.find("/member-tokens/") != std::string_view::npos ? "member_token" : "join_token";
  return name;
}

}  // namespace innkeeper::tests
