#include "engine/transfer/rules.hpp"

#include <innkeeper/telling.hpp>

#include "engine/crypto/webhook_signature.hpp"

namespace innkeeper::transfer {

namespace {

template <class E>
void give_secret(const Clerk& clerk, const Entry<E>& entry, Draft<E>& draft, std::string secret) {
  if (entry.gives("secret") || !draft.is_new) return;
  draft.made_secret = std::move(secret);
  put_secret(clerk.context, draft.row, &E::sealed, draft.made_secret);
}

template <class E>
void require_within(Clerk& clerk, const Entry<E>& entry, std::string_view name, std::int64_t value, std::int64_t most) {
  if (value < 0 || value > most) clerk.refuse(entry, name, "must be from 0 to " + std::to_string(most));
}

}  // namespace

Result<void> check(Clerk& clerk, const Entry<Key>& entry, Draft<Key>& draft, const App& app) {
  if (draft.row.mode != app.mode) clerk.refuse(entry, "mode", "must be the app's mode: " + std::string{name_of(app.mode)});
  return check(clerk, entry, draft, Operator{});
}

Result<void> check(Clerk& clerk, const Entry<Key>& entry, Draft<Key>& draft, const Operator&) {
  // The document may be older than what the store knows of the key.
  draft.row.last_used = std::max(draft.row.last_used, draft.before.last_used);
  give_secret(clerk, entry, draft, make_secret(clerk.context, draft.row.mode));
  return {};
}

Result<void> check(Clerk& clerk, const Entry<App>& entry, Draft<App>& draft, const Tenant&) {
  if (!draft.is_new && draft.row.mode != draft.before.mode)
    clerk.refuse(entry, "mode", "is fixed: this app is " + std::string{name_of(draft.before.mode)});
  return {};
}

Result<void> check(Clerk& clerk, const Entry<Member>& entry, Draft<Member>& draft, const App& app) {
  if (!draft.row.app_user_id) return {};
  return require_alone(clerk, entry, "app_user_id", rows_of<Member>(app).where(&Member::app_user_id, draft.row.app_user_id),
                       draft);
}

Result<void> check(Clerk& clerk, const Entry<Room>& entry, Draft<Room>& draft, const App&) {
  const auto& room = draft.row;
  if (room.kind == RoomKind::scheduled && !room.starts_at) clerk.refuse(entry, "starts_at", "is needed by a scheduled room");
  if (room.starts_at && room.ends_at && *room.ends_at <= *room.starts_at)
    clerk.refuse(entry, "ends_at", "must be after the start");
  require_within(clerk, entry, "capacity", room.capacity, rooms::most_seats);
  require_within(clerk, entry, "moderators", room.moderators, rooms::most_seats);
  require_within(clerk, entry, "lifetime", room.lifetime, rooms::longest_lifetime.count());
  return {};
}

Result<void> check(Clerk& clerk, const Entry<Participation>& entry, Draft<Participation>& draft, const Session& session) {
  auto& who = draft.row;
  // Documents of before had no such member.
  if (!who.closed_at) who.closed_at = who.left_at ? who.left_at : session.ended_at;
  constexpr std::int64_t most = (std::int64_t{1} << 53U) - 1;
  require_within(clerk, entry, "subscribed_seconds", who.subscribed_seconds, most);
  require_within(clerk, entry, "published_seconds", who.published_seconds, most);
  return {};
}

Result<void> check(Clerk& clerk, const Entry<StreamKey>& entry, Draft<StreamKey>& draft, const App& app) {
  give_secret(clerk, entry, draft, make_secret(clerk.context, app.mode));
  return require_alone(clerk, entry, "secret", Query<StreamKey>{}.where(&StreamKey::digest, draft.row.digest), draft);
}

Result<void> check(Clerk& clerk, const Entry<Webhook>& entry, Draft<Webhook>& draft, const App&) {
  if (draft.row.url.empty()) clerk.refuse(entry, "url", "is required");
  for (const std::string_view name : {"secret", "former"})
    if (entry.gives(name) && !crypto::webhook_key_of(entry.texts.at(name)))
      clerk.refuse(entry, name, "must be whsec_ and the base64 of 24 to 64 bytes");
  if (draft.row.contract == "native") draft.row.contract.clear();
  const auto& known = clerk.context.tellings;
  const auto is_known = [&](const Telling* each) { return each->contract == draft.row.contract; };
  if (!draft.row.contract.empty() && std::none_of(known.begin(), known.end(), is_known))
    clerk.refuse(entry, "contract", "must be a contract that has messages for webhooks");
  if (entry.gives("basic_auth"))
    if (const auto& pair = entry.texts.at("basic_auth");
        !pair.empty() && (pair.front() == ':' || pair.find(':') == std::string::npos))
      clerk.refuse(entry, "basic_auth", "must be a user, a colon and a password");
  if (draft.row.former_until && draft.row.former.data.empty())
    clerk.refuse(entry, "former_until", "needs a former secret beside it");
  give_secret(clerk, entry, draft, crypto::make_webhook_secret(clerk.context.random));
  return {};
}

}  // namespace innkeeper::transfer
