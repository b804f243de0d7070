#include <innkeeper/operations.hpp>
#include <innkeeper/transfer.hpp>

#include "engine/crypto/keyring.hpp"
#include "engine/crypto/secret.hpp"
#include "engine/domain/keys.hpp"
#include "engine/transfer/document.hpp"

#include <set>
#include <utility>

namespace innkeeper {

namespace transfer {
namespace {

/// What a message calls an entity.
template <class E>
constexpr std::string_view noun{};
template <>
constexpr std::string_view noun<Tenant> = "tenant";
template <>
constexpr std::string_view noun<Operator> = "operator";
template <>
constexpr std::string_view noun<App> = "app";
template <>
constexpr std::string_view noun<Usage> = "usage";

/// A row on its way into the store: what is there, or a new one, and whether it differs from what is there.
template <class E>
struct Draft {
  E row{};
  bool is_new = false;
  bool is_changed = false;

  template <class T, class M, class V>
  void set(M T::*member, const std::optional<V>& wanted) {
    if (!wanted || row.*member == *wanted) return;
    row.*member = *wanted;
    is_changed = true;
  }
};

/// One run of a document over one transaction.
class Run {
 public:
  Run(Transaction& tx, const Context& context) : tx_(tx), context_(context) {}

  Result<void> apply(const Document&);
  std::vector<IssuedSecret> issued() && { return std::move(issued_); }

 private:
  Result<void> apply(const OperatorEntry&, Id tenant);
  Result<void> apply(const TenantEntry&);
  Result<void> apply(const AppEntry&, Id tenant);
  Result<void> apply(const UsageEntry&, const App&);
  Result<void> set_recording_credential(Draft<App>&, const std::string& wanted);
  template <class E>
  Result<std::optional<Draft<E>>> match(const Entry&, Id tenant);
  template <class E>
  Result<std::vector<E>> find(const Entry&, Id tenant);
  template <class E>
  Result<void> store(Draft<E>&);
  template <class Renewal, class Given>
  Result<void> keep_secret(const Given& secret, const domain::KeyHolder&, bool is_new, const std::string& name, Renewal renew);

  void refuse(std::string pointer, std::string sentence) {
    faults_.push_back({.field = std::move(pointer), .code = {}, .message = std::move(sentence)});
  }

  Transaction& tx_;
  const Context& context_;
  std::vector<Violation> faults_;
  std::vector<IssuedSecret> issued_;
  std::set<std::pair<std::string_view, Id>> seen_;
};

/// The rows an entry may mean: the one of its uid, or those of its name inside the parent.
template <class E>
Result<std::vector<E>> Run::find(const Entry& entry, Id tenant) {
  Query<E> query;
  if (entry.uid) return tx_.list(query.where(&E::uid, *entry.uid));
  query.where(&E::name, *entry.name);
  if constexpr (!std::is_same_v<E, Tenant>) query.where(&E::tenant, tenant);
  return tx_.list(query.limit(2));
}

/// The row that an entry means, or a new one; nothing if the entry is refused.
template <class E>
Result<std::optional<Draft<E>>> Run::match(const Entry& entry, Id tenant) {
  const auto refused = [&](const char* field, std::string sentence) {
    refuse(entry.pointer + field, std::move(sentence));
    return std::optional<Draft<E>>{};
  };
  const std::string what{noun<E>};
  auto rows = find<E>(entry, tenant);
  if (!rows) return rows.error();
  if (rows->size() > 1) return refused("/name", "names more than one " + what + ": give the uid");
  Draft<E> draft;
  draft.is_new = rows->empty();
  if (!draft.is_new) {
    draft.row = std::move(rows->front());
    if constexpr (!std::is_same_v<E, Tenant>)
      if (draft.row.tenant != tenant) return refused("/uid", "is the uid of another tenant's " + what);
    if (entry.id && *entry.id != draft.row.id)
      return refused("/id", "differs: this " + what + " has the id " + std::to_string(number(draft.row.id)));
    if (seen_.contains({noun<E>, draft.row.id})) return refused("", "means the same " + what + " as an entry before it");
  } else {
    if constexpr (!std::is_same_v<E, Tenant>) draft.row.tenant = tenant;
    if (entry.id) {
      auto taken = tx_.count(Query<E>{}.where(&E::id, *entry.id));
      if (!taken) return taken.error();
      if (*taken > 0) return refused("/id", "is the id of another " + what);
      draft.row.id = *entry.id;
    }
    draft.row.created_at = context_.now;
    if constexpr (std::is_same_v<E, App>)
      draft.row.uid = entry.uid ? *entry.uid : crypto::make_uuid(context_.random);
    else
      draft.row.uid = entry.uid ? *entry.uid : crypto::make_hex(context_.random, 16);
  }
  draft.set(&E::name, entry.name);
  draft.set(&E::created_at, entry.created_at);
  return std::optional{std::move(draft)};
}

template <class E>
Result<void> Run::store(Draft<E>& draft) {
  auto stored = draft.is_new ? tx_.insert(draft.row) : draft.is_changed ? tx_.update(draft.row) : Result<void>{};
  if (stored) seen_.emplace(noun<E>, draft.row.id);
  return stored;
}

/// Gives a new holder its secret, and an old one another if the document gives another; tells those that are made here.
template <class Renewal, class Given>
Result<void> Run::keep_secret(const Given& secret, const domain::KeyHolder& holder, bool is_new, const std::string& name,
                              Renewal renew) {
  if (is_new) {
    auto added = domain::add_key(tx_, context_, holder, Key{}, secret.value_or(""));
    if (!added) return added.error();
    if (!secret) issued_.push_back({std::string{name_of(holder.kind)}, name, std::move(added->secret)});
    return {};
  }
  if (!secret) return {};
  auto current = domain::reveal_key(tx_, context_, holder);
  if (!current && current.error().code != Errc::not_found) return current.error();
  if (current && *current == *secret) return {};
  if (auto renewed = renew(*secret); !renewed) return renewed.error();
  return {};
}

Result<void> Run::apply(const OperatorEntry& entry, Id tenant) {
  auto draft = match<Operator>(entry, tenant);
  if (!draft) return draft.error();
  if (!*draft) return {};
  auto& who = (*draft)->row;
  auto namesake = tx_.first(Query<Operator>{}.where(&Operator::tenant, tenant).where(&Operator::name, who.name));
  if (!namesake && namesake.error().code != Errc::not_found) return namesake.error();
  if (namesake && namesake->id != who.id) {
    refuse(entry.pointer + "/name", "is the name of another operator");
    return {};
  }
  const bool is_new = (*draft)->is_new;
  if (auto stored = store(**draft); !stored) return stored;
  return keep_secret(entry.secret, {KeyOwner::administrator, who.id, tenant}, is_new, who.name, [&](const std::string& secret) {
    return operators::renew_secret.run(tx_, context_, {.holder = who.id, .secret = secret});
  });
}

Result<void> Run::apply(const TenantEntry& entry) {
  auto draft = match<Tenant>(entry, Id::none);
  if (!draft) return draft.error();
  if (!*draft) return {};
  auto& tenant = **draft;
  tenant.set(&Tenant::status, entry.status);
  if (tenant.is_new || tenant.is_changed) tenant.row.updated_at = context_.now;
  tenant.set(&Tenant::updated_at, entry.updated_at);
  if (auto stored = store(tenant); !stored) return stored;
  for (const auto& each : entry.operators)
    if (auto applied = apply(each, tenant.row.id); !applied) return applied;
  for (const auto& each : entry.apps)
    if (auto applied = apply(each, tenant.row.id); !applied) return applied;
  return {};
}

Result<void> Run::set_recording_credential(Draft<App>& draft, const std::string& wanted) {
  auto& sealed = draft.row.recording_credential;
  const auto binding = apps::recording_credential_binding(draft.row);
  const auto current = sealed.data.empty() ? std::optional{std::string{}} : context_.keyring.open(sealed, binding);
  if (current == wanted) return {};
  sealed = wanted.empty() ? Bytes{} : context_.keyring.seal(wanted, binding);
  draft.is_changed = true;
  return {};
}

Result<void> Run::apply(const AppEntry& entry, Id tenant) {
  auto draft = match<App>(entry, tenant);
  if (!draft) return draft.error();
  if (!*draft) return {};
  auto& app = **draft;
  app.set(&App::description, entry.description);
  app.set(&App::status, entry.status);
  app.set(&App::domains, entry.domains);
  app.set(&App::permissions, entry.permissions);
  app.set(&App::recording_bucket, entry.recording_bucket);
  app.set(&App::extras, entry.extras);
  if (entry.recording_credential)
    if (auto set = set_recording_credential(app, *entry.recording_credential); !set) return set;
  if (app.is_new || app.is_changed) app.row.updated_at = context_.now;
  app.set(&App::updated_at, entry.updated_at);
  const bool is_new = app.is_new;
  if (auto stored = store(app); !stored) return stored;
  for (const auto& each : entry.usage)
    if (auto applied = apply(each, app.row); !applied) return applied;
  return keep_secret(entry.secret, {KeyOwner::app, app.row.id, tenant}, is_new, app.row.uid, [&](const std::string& secret) {
    return apps::renew_secret.run(tx_, context_, {.app = app.row.id, .secret = secret});
  });
}

Result<void> Run::apply(const UsageEntry& entry, const App& app) {
  auto found = tx_.first(Query<Usage>{}.where(&Usage::app, app.id).where(&Usage::month, *entry.month));
  if (!found && found.error().code != Errc::not_found) return found.error();
  Draft<Usage> draft;
  draft.is_new = !found;
  draft.row = found ? std::move(*found) : Usage{.tenant = app.tenant, .app = app.id, .month = *entry.month};
  draft.set(&Usage::signaling, entry.signaling);
  draft.set(&Usage::turn_bytes, entry.turn_bytes);
  draft.set(&Usage::sfu_bytes, entry.sfu_bytes);
  if (!draft.is_new && seen_.contains({noun<Usage>, draft.row.id})) {
    refuse(entry.pointer, "means the same month as an entry before it");
    return {};
  }
  return store(draft);
}

Result<void> Run::apply(const Document& document) {
  for (const auto& each : document.operators)
    if (auto applied = apply(each, Id::none); !applied) return applied;
  for (const auto& each : document.tenants)
    if (auto applied = apply(each); !applied) return applied;
  if (!faults_.empty()) return refused(std::move(faults_));
  return {};
}

}  // namespace
}  // namespace transfer

Result<std::vector<IssuedSecret>> import_document(Engine& engine, std::string_view json) {
  const auto document = transfer::read_document(json);
  if (!document) return document.error();
  std::vector<IssuedSecret> issued;
  auto done = engine.run(Access::write, Principal{.kind = Principal::Kind::host, .id = Id::none, .tenant = Id::none},
                         [&](Transaction& tx, const Context& context) -> Result<void> {
                           transfer::Run run(tx, context);
                           if (auto applied = run.apply(*document); !applied) return applied;
                           issued = std::move(run).issued();
                           return {};
                         });
  if (!done) return done.error();
  return issued;
}

}  // namespace innkeeper
