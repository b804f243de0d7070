#include "engine/dialects/enablex/wire.hpp"

#include <array>

/// What webhooks are told in this contract's words (§10).
namespace innkeeper::dialects::enablex {

namespace {

std::string text_in(View data, std::string_view name) {
  const auto value = data.find(name);
  return value ? std::string{value->text()} : std::string{};
}

/// How many files of its kind a session had when this one was ready, it included (§10: `stage`).
Result<std::int64_t> stage_of(Transaction& tx, Id session, const std::string& url) {
  std::int64_t stage = 0;
  auto counted = tx.each<Recording>(
      Query<Recording>{}.where(&Recording::session, session).where(&Recording::kind, RecordingKind::transcoded),
      [&](const Recording& each) { return ++stage, each.url != url; });
  if (!counted) return counted.error();
  return stage;
}

void begin(Writer& out, std::string_view type, const Event& event, const App& app, const Session& session) {
  const auto seconds = std::chrono::floor<std::chrono::seconds>(event.at).time_since_epoch().count();
  out.begin_object().plain_key("type").plain_string(type).plain_key("trans_date").quoted(seconds);
  out.plain_key("app_id").string(app.uid).plain_key("room_id").string(session.room_uid);
  out.plain_key("conf_num").string(session.uid);
}

void write_transfer(Writer& out, View data) {
  const auto destination = data.find("destination");
  out.plain_key("destination").raw(destination ? destination->to_json().text : "{}").plain_key("files").begin_array();
  if (const auto files = data.find("files"))
    for (const auto each : files->elements()) out.begin_object().plain_key("url").string(each.text()).end_object();
  out.end_array();
}

Result<std::optional<std::string>> format(Transaction& tx, const Context&, const Event& event, const App& app, std::string_view) {
  const std::optional<std::string> nothing;
  const auto document = json::parse(event.data.text, json::max_depth_inside);
  if (!document) return nothing;
  const auto data = document->root();
  auto session = tx.first(Query<Session>{}.where(&Session::app, app.id).where(&Session::uid, text_in(data, "session")));
  if (!session) return session.error().code == Errc::not_found ? Result<std::optional<std::string>>{nothing} : session.error();

  std::string body;
  Writer out{body};
  const auto kind = text_in(data, "kind");
  const auto url = text_in(data, "url");
  if (event.type == name_of(events::Type::session_ended)) {
    begin(out, "roomdrop", event, app, *session);
  } else if (event.type == name_of(events::Type::files_transferred)) {
    begin(out, "file-transfer", event, app, *session);
    write_transfer(out, data);
  } else if (event.type == name_of(events::Type::recording_ready) && kind == name_of(RecordingKind::recording)) {
    begin(out, "recording", event, app, *session);
    out.plain_key("recording").begin_array().string(url).end_array();
  } else if (event.type == name_of(events::Type::recording_ready) && kind == name_of(RecordingKind::transcoded)) {
    auto stage = stage_of(tx, session->id, url);
    if (!stage) return stage.error();
    const auto size = data.find("size");
    begin(out, "transcoded", event, app, *session);
    out.plain_key("recording").string(url).plain_key("stage").quoted(*stage);
    out.plain_key("file_size").quoted(size ? size->integer().value_or(0) : 0);
  } else {
    return nothing;
  }
  out.end_object();
  return std::optional{std::move(body)};
}

constexpr std::array retry_delays{std::chrono::seconds{1}, std::chrono::seconds{5}, std::chrono::seconds{25}};

}  // namespace

constinit const WebhookFormat webhook_format{.contract = "enablex",
                                             .default_events = "session.ended recording.ready files.transferred",
                                             .format = format,
                                             .retry_delays = retry_delays,
                                             .timeout = std::chrono::seconds{10}};

}  // namespace innkeeper::dialects::enablex
