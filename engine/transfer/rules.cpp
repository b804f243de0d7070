#include "engine/transfer/rules.hpp"

#include "engine/crypto/webhook_signature.hpp"
#include "engine/domain/key_uses.hpp"
#include "engine/domain/rooms.hpp"
#include "engine/domain/webhooks.hpp"

namespace innkeeper::transfer {

namespace {

template <class E>
void give_secret(const ImportContext& import_context, const Entry<E>& entry, Draft<E>& draft, std::string secret) {
  if (entry.gives("secret") || !draft.is_new) return;
  draft.made_secret = std::move(secret);
  put_secret(import_context.context, draft.row, &E::sealed, draft.made_secret);
}

std::string quoted(std::string_view kind, std::string_view name, std::string_view uid) {
  return std::string{kind}.append(" \"").append(name.empty() ? uid : name).append("\"");
}

Result<std::string> name_of_app(Transaction& tx, Id id) {
  auto app = tx.get<App>(id);
  if (!app) return app.error();
  return quoted("app", app->name.value_or(""), app->uid);
}
Result<std::string> name_of_holder(Transaction& tx, const Key& key) {
  if (key.owner_kind == KeyOwner::app) return name_of_app(tx, key.owner);
  auto who = tx.get<Operator>(key.owner);
  if (!who) return who.error();
  return quoted("operator", who->name, who->uid);
}

/// A row with a secret's digest that is not the one meant.
template <class E, class IsMeant>
Result<std::optional<E>> other_with(Transaction& tx, const Bytes& digest, IsMeant is_meant) {
  auto rows = tx.list(Query<E>{}.where(&E::digest, digest));
  if (!rows) return rows.error();
  for (auto& row : *rows)
    if (!is_meant(row)) return std::optional{std::move(row)};
  return std::optional<E>{};
}

template <class IsMeant>
Result<std::string> other_holder(Transaction& tx, const Bytes& digest, IsMeant is_meant) {
  auto other = other_with<Key>(tx, digest, is_meant);
  if (!other) return other.error();
  return *other ? name_of_holder(tx, **other) : std::string{};
}

}  // namespace

bool is_webhook_secret(std::string_view text) { return crypto::webhook_key_of(text).has_value(); }

bool is_basic_credential(std::string_view text) {
  const auto colon = text.find(':');
  return colon != std::string_view::npos && domain::is_username(text.substr(0, colon)) &&
         domain::is_password(text.substr(colon + 1));
}

Result<std::string> other_holder(Transaction& tx, const Bytes& digest, const domain::KeyHolder& holder) {
  return other_holder(tx, digest, [&](const Key& key) { return key.owner_kind == holder.kind && key.owner == holder.owner; });
}

Result<void> check(ImportContext& import_context, const Entry<Key>& entry, Draft<Key>& draft, const App& app) {
  if (draft.row.mode != app.mode)
    import_context.refuse(entry, "mode", "must be the app's mode: " + std::string{name_of(app.mode)});
  return check(import_context, entry, draft, Operator{});
}

Result<void> check(ImportContext& import_context, const Entry<Key>& entry, Draft<Key>& draft, const Operator&) {
  if (!draft.is_new)
    if (auto added = domain::add_last_use(import_context.tx, draft.before); !added) return added;
  // The document may be older than what the store knows of the key.
  draft.row.last_used = std::max(draft.row.last_used, draft.before.last_used);
  give_secret(import_context, entry, draft, make_secret(import_context.context, draft.row.mode));
  if (!entry.gives("secret")) return {};
  auto other = other_holder(import_context.tx, draft.row.digest, [&](const Key& key) { return key.id == draft.row.id; });
  if (!other) return other.error();
  if (!other->empty()) import_context.refuse(entry, "secret", about_shared_secret(*other));
  return {};
}

Result<void> check(ImportContext& import_context, const Entry<App>& entry, Draft<App>& draft, const Tenant&) {
  if (!draft.is_new && draft.row.mode != draft.before.mode)
    import_context.refuse(entry, "mode", "is fixed: this app is " + std::string{name_of(draft.before.mode)});
  return {};
}

Result<void> check(ImportContext& import_context, const Entry<Member>& entry, Draft<Member>& draft, const App& app) {
  const bool was_active = draft.before.status == MemberStatus::active;
  if (!draft.is_new && was_active && draft.row.status != MemberStatus::active) ++draft.row.generation;
  if (!draft.row.app_user_id) return {};
  return require_alone(import_context, entry, "app_user_id",
                       rows_of<Member>(app).where(&Member::app_user_id, draft.row.app_user_id), draft);
}

Result<void> check(ImportContext& import_context, const Entry<Room>& entry, Draft<Room>& draft, const App&) {
  if (auto good = domain::require_times(draft.row); !good) import_context.refuse(entry, good.error());
  return {};
}

Result<void> check(ImportContext&, const Entry<Participation>&, Draft<Participation>& draft, const Session& session) {
  auto& who = draft.row;
  // Documents of before had no such member.
  if (!who.closed_at) who.closed_at = who.left_at ? who.left_at : session.ended_at;
  return {};
}

Result<void> check(ImportContext& import_context, const Entry<StreamKey>& entry, Draft<StreamKey>& draft, const App& app) {
  if (draft.row.member != Id::none && !draft.row.revoked_at) {
    auto member = import_context.tx.get<Member>(draft.row.member);
    if (!member) return member.error();
    draft.row.generation = member->generation;
    if (member->status != MemberStatus::active)
      import_context.refuse(entry, "revoked_at", "is needed where the member is suspended, who has no stream keys");
  }
  give_secret(import_context, entry, draft, make_secret(import_context.context, app.mode));
  if (!entry.gives("secret")) return {};
  auto other =
      other_with<StreamKey>(import_context.tx, draft.row.digest, [&](const StreamKey& key) { return key.id == draft.row.id; });
  if (!other) return other.error();
  if (!*other) return {};
  auto owner = name_of_app(import_context.tx, (*other)->app);
  if (!owner) return owner.error();
  import_context.refuse(entry, "secret",
                        about_shared_secret(quoted("stream key", (*other)->label, (*other)->uid) + " of the " + *owner));
  return {};
}

Result<void> check(ImportContext& import_context, const Entry<Webhook>& entry, Draft<Webhook>& draft, const App& app) {
  auto& row = draft.row;
  if (draft.is_new) {
    auto have = import_context.tx.count(rows_of<Webhook>(app));
    if (!have) return have.error();
    if (*have >= domain::most_webhooks)
      import_context.refuse(entry, "",
                            "is one too many: an app has " + std::to_string(domain::most_webhooks) + " webhooks at most");
  }
  if (row.contract == "native") row.contract.clear();
  const auto* webhook_format = domain::find_webhook_format(import_context.context, row.contract);
  if (webhook_format == nullptr)
    import_context.refuse(entry, "contract", "must be a contract that has messages for webhooks");
  else if (!entry.gives("events") && row.contract != draft.before.contract)
    row.events = webhook_format->default_events;
  if (domain::exposes_credential(draft.before, row.url, entry.gives("basic_auth")))
    import_context.refuse(entry, "basic_auth", std::string{domain::about_exposed_credentials});
  if (row.former_until && row.former.data.empty())
    import_context.refuse(entry, "former_until", "needs a former secret beside it");
  give_secret(import_context, entry, draft, crypto::make_webhook_secret(import_context.context.random));
  return {};
}

}  // namespace innkeeper::transfer
