#include "engine/changes/outbox.hpp"

#include <innkeeper/json/parse.hpp>
#include <innkeeper/json/writer.hpp>
#include <innkeeper/schema/model.hpp>

#include "engine/base/time.hpp"
#include "engine/crypto/secret.hpp"

#include <utility>

namespace innkeeper::changes {

namespace {

void write_replaced(json::Writer& out, json::View value, std::string_view text, std::string_view instead) {
  if (value.is(json::Kind::object)) {
    out.begin_object();
    for (const auto& [name, member] : value.members()) {
      out.key(name);
      write_replaced(out, member, text, instead);
    }
    out.end_object();
  } else if (value.is(json::Kind::array)) {
    out.begin_array();
    for (const auto element : value.elements()) write_replaced(out, element, text, instead);
    out.end_array();
  } else if (value.is(json::Kind::string) && value.text() == text) {
    out.string(instead);
  } else {
    out.raw(value.to_json());
  }
}

}  // namespace

bool is_wanted(std::string_view patterns, std::string_view type) {
  while (!patterns.empty()) {
    const auto blank = patterns.find(' ');
    const auto pattern = patterns.substr(0, blank);
    if (pattern == type || (pattern.ends_with('*') && type.starts_with(pattern.substr(0, pattern.size() - 1)))) return true;
    patterns.remove_prefix(blank == std::string_view::npos ? patterns.size() : blank + 1);
  }
  return false;
}

std::string message_of(const Event& event, std::string_view app_uid) {
  std::string text;
  json::Writer out{text};
  out.begin_object().key("id").string(event.uid).key("type").string(event.type);
  out.key("timestamp").string(base::to_rfc3339(event.at, base::Precision::microseconds));
  out.key("app").string(app_uid).key("data").raw(event.data).end_object();
  return text;
}

JsonText with_another_text(const JsonText& object, std::string_view text, std::string_view instead) {
  JsonText replaced;
  const auto document = json::parse(object.text);
  if (!document) return {"{}"};
  json::Writer out{replaced.text};
  write_replaced(out, document->root(), text, instead);
  return replaced;
}

Result<void> Outbox::put(std::string type, Instant at, JsonText data, std::string uid) {
  if (!webhooks_) {
    auto webhooks = tx_.list(Query<Webhook>{}.where(&Webhook::app, app_).where(&Webhook::is_enabled, true));
    if (!webhooks) return webhooks.error();
    webhooks_ = std::move(*webhooks);
  }
  Event event{.tenant = tenant_,
              .app = app_,
              .uid = uid.empty() ? crypto::make_ordered_uuid(context_.random, context_.now) : std::move(uid),
              .type = std::move(type),
              .at = at,
              .data = std::move(data),
              .trace = std::string{context_.trace},
              .created_at = context_.now};
  if (auto stored = tx_.insert(event); !stored) return stored;
  for (const auto& webhook : *webhooks_) {
    if (!is_wanted(webhook.events, event.type)) continue;
    Delivery delivery{.tenant = tenant_,
                      .app = app_,
                      .uid = crypto::make_ordered_uuid(context_.random, context_.now),
                      .webhook = webhook.id,
                      .event = event.id,
                      .type = event.type,
                      .due_at = context_.now,
                      .created_at = context_.now};
    if (auto stored = tx_.insert(delivery); !stored) return stored;
  }
  context_.pending_events.add(app_);
  return {};
}

}  // namespace innkeeper::changes
