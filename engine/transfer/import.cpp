#include <innkeeper/engine.hpp>
#include <innkeeper/operations.hpp>
#include <innkeeper/transfer.hpp>

#include "engine/changes/changes.hpp"
#include "engine/crypto/secret.hpp"
#include "engine/domain/keys.hpp"
#include "engine/domain/tasks.hpp"
#include "engine/domain/tokens.hpp"
#include "engine/transfer/document.hpp"
#include "engine/transfer/form.hpp"
#include "engine/transfer/hierarchy.hpp"
#include "engine/transfer/rules.hpp"
#include "engine/transfer/secrets.hpp"

#include <map>
#include <type_traits>
#include <utility>

namespace innkeeper {

namespace transfer {
namespace {

/// What a message calls the parent of an entry.
template <class E, class P>
constexpr std::string_view owner_noun() {
  if constexpr (std::is_same_v<E, Key>)
    return "holder";
  else if constexpr (std::is_same_v<P, Root>)
    return "tenant";
  else
    return Form<P>::noun;
}

/// One run of a document over one transaction. A function that answers nothing, or an empty draft, has refused the entry.
class Run {
 public:
  Run(Transaction& tx, const Context& context) : tx_(tx), context_(context), import_context_{tx, context} {}

  Result<void> apply(const Document& document) {
    if (auto applied = apply_lists(document, Root{}); !applied) return applied;
    if (auto linked = link_successors(); !linked) return linked;
    if (!import_context_.faults.empty()) return refused(std::move(import_context_.faults));
    return {};
  }
  ImportReport report() && {
    ImportReport report{.secrets = std::move(issued_)};
    for (const auto& [row, outcome] : seen_) {
      if (report.counts.empty() || report.counts.back().kind != row.first)
        report.counts.push_back({.kind = std::string{row.first}});
      auto& count = report.counts.back();
      ++(outcome == Outcome::created ? count.created : outcome == Outcome::updated ? count.updated : count.unchanged);
    }
    return report;
  }

 private:
  enum class Outcome : std::uint8_t { created, updated, unchanged };

  /// `kind` is the name of the list that the entry stands in.
  template <class E, class P>
  Result<void> apply(const Entry<E>&, const P& parent, std::string_view kind);
  template <class P>
  Result<void> apply_lists(const Entry<P>& entry, const P& parent) {
    return for_each(Form<P>::lists, [&](const auto& list) -> Result<void> {
      for (const auto& each : entry.children.*list.entries)
        if (auto applied = apply(each, parent, list.name); !applied) return applied;
      return {};
    });
  }
  template <class E, class P>
  Result<std::vector<E>> find(const Entry<E>&, const P& parent);
  template <class E, class P>
  Result<std::optional<Draft<E>>> match(const Entry<E>&, const P& parent, std::string_view kind);
  template <class E>
  Result<void> store(const Entry<E>&, Draft<E>&, std::string_view kind);
  template <class E>
  Result<void> end_what_depends(const Draft<E>&);
  template <class E>
  Result<void> keep_one_key(const Entry<E>&, const Draft<E>&, Mode);
  Result<void> link_successors();

  // What an entry says of each kind of row.
  template <class E, class M, class S>
  Result<void> take(const Field<E, M, S>& field, const Entry<E>& entry, Draft<E>& draft) {
    draft.row.*field.member = entry.row.*field.member;
    return {};
  }
  template <class Inner, class E>
  Result<void> take(const WithSecrets<Inner>& field, const Entry<E>& entry, Draft<E>& draft) {
    return take(field.inner, entry, draft);
  }
  template <class T, class E>
  Result<void> take(const Reference<T, E>& field, const Entry<E>& entry, Draft<E>& draft) {
    const auto& uid = entry.texts.at(field.name);
    draft.row.*field.member = Id::none;
    if (uid.empty()) return {};
    auto found = tx_.first(Query<T>{}.where(&T::uid, uid).where(&T::app, draft.row.app));
    if (found) draft.row.*field.member = found->id;
    if (!found && found.error().code != Errc::not_found) return found.error();
    if (!found) import_context_.refuse(entry, field.name, "is the uid of no " + std::string{Form<T>::noun} + " of this app");
    return {};
  }
  template <class E>
  Result<void> take(const Secret<E>& field, const Entry<E>& entry, Draft<E>& draft) {
    const auto& plain = entry.texts.at(field.name);
    const bool is_stored = !(draft.row.*field.sealed).data.empty();
    if (is_stored ? open_secret(context_, draft.row, field.sealed) == plain : plain.empty()) return {};
    put_secret(context_, draft.row, field.sealed, plain);
    draft.has_other_secret = true;
    return {};
  }
  Result<void> take(const KeyRate&, const Entry<Key>& entry, Draft<Key>& draft) {
    draft.row.rate_quota = entry.row.rate_quota;
    draft.row.rate_window = entry.row.rate_window;
    return {};
  }
  /// It waits until all keys are there, and a key in place of `keys` until its holder is.
  Result<void> take(const Successor&, const Entry<Key>&, Draft<Key>&) { return {}; }
  template <class E>
  Result<void> take(const OneKey&, const Entry<E>&, Draft<E>&) {
    return {};
  }
  template <class E>
  Result<void> take(const NotKept&, const Entry<E>&, Draft<E>&) {
    return {};
  }

  /// That a new row has the texts that may not be empty.
  template <class Row, class E>
  void require_filled(const Row& row, const Entry<E>& entry, const Draft<E>& draft) {
    if constexpr (requires { row.least_length(); })
      if (row.least_length() > 0 && (draft.row.*row.member).empty()) import_context_.refuse(entry, row.name, "is required");
  }

  /// A key whose successor is named.
  struct Link {
    const Entry<Key>& entry;
    Id key;
    bool is_new;
  };

  Transaction& tx_;
  const Context& context_;
  ImportContext import_context_;
  std::vector<IssuedSecret> issued_;
  std::vector<Link> links_;
  std::map<std::pair<std::string_view, Id>, Outcome> seen_;  ///< By kind and id.
};

// ---- the row that an entry means ---------------------------------------------------------------------------------------------

/// The rows an entry may mean: the one of its uid or, where there are no uids, of its id; else those of its marks.
template <class E, class P>
Result<std::vector<E>> Run::find(const Entry<E>& entry, const P& parent) {
  constexpr bool has_uid = description_of<E>.has("uid");
  if constexpr (has_uid && !std::is_same_v<E, Session> && !std::is_same_v<E, Participation>) {
    if (entry.gives("uid")) return tx_.list(Query<E>{}.where(&E::uid, entry.row.uid));
  } else if constexpr (!has_uid && Form<E>::has_id) {
    if (entry.id) return tx_.list(Query<E>{}.where(&E::id, *entry.id));
  }
  auto query = rows_of<E>(parent);
  const auto add_matches = [&](const auto&... match_columns) { (query.where(match_columns, entry.row.*match_columns), ...); };
  if constexpr (std::is_same_v<E, Member>)
    entry.row.app_user_id ? add_matches(&Member::app_user_id) : add_matches(&Member::name);
  else
    std::apply(add_matches, Form<E>::match_columns);
  return tx_.list(query.limit(2));
}

/// The row that an entry means, or a new one; nothing if the entry is refused.
template <class E, class P>
Result<std::optional<Draft<E>>> Run::match(const Entry<E>& entry, const P& parent, std::string_view kind) {
  constexpr bool has_uid = description_of<E>.has("uid");
  const auto no = [&](std::string_view field, std::string sentence) {
    import_context_.refuse(entry, field, std::move(sentence));
    return std::optional<Draft<E>>{};
  };
  const std::string what{Form<E>::noun};
  auto rows = find(entry, parent);
  if (!rows) return rows.error();
  if (rows->size() > 1)
    return has_uid ? no("", "means more than one " + what + ": give the uid")
                   : no("", "means more than one " + what + ": give the id");
  Draft<E> draft{.is_new = rows->empty()};
  auto& row = draft.row;
  if (!draft.is_new) {
    draft.before = row = std::move(rows->front());
    set_parent(row, parent);
    if (draft.is_changed()) {
      constexpr std::string_view field = has_uid ? "uid" : "id";
      return no(field, "is the " + std::string{field} + " of another " + std::string{owner_noun<E, P>()} + "'s " + what);
    }
    if (entry.id && *entry.id != row.id)
      return no("id", "differs: this " + what + " has the id " + std::to_string(number(row.id)));
    if (seen_.contains({kind, row.id})) return no("", "means the same " + what + " as an entry before it");
    return std::optional{std::move(draft)};
  }
  set_parent(row, parent);
  if (entry.id) {
    auto taken = tx_.count(Query<E>{}.where(&E::id, *entry.id));
    if (!taken) return taken.error();
    if (*taken > 0) return no("id", "is the id of another " + what);
    row.id = *entry.id;
  }
  if constexpr (std::is_same_v<E, Tenant> || std::is_same_v<E, Operator>)
    row.uid = crypto::make_hex(context_.random, 16);
  else if constexpr (std::is_same_v<E, Room>)
    row.uid = crypto::make_hex(context_.random, 12);
  else if constexpr (has_uid)
    row.uid = crypto::make_uuid(context_.random);
  if constexpr (requires { row.created_at; }) row.created_at = context_.now;
  // A key shows when it was changed only once it was.
  if constexpr (requires { row.updated_at; } && !std::is_same_v<E, Key>) row.updated_at = context_.now;
  prepare(import_context_, row, parent);
  return std::optional{std::move(draft)};
}

template <class E>
Result<void> Run::store(const Entry<E>& entry, Draft<E>& draft, std::string_view kind) {
  auto& row = draft.row;
  Result<void> stored;
  auto outcome = Outcome::unchanged;
  if (draft.is_new) {
    outcome = Outcome::created;
    stored = tx_.insert(row);
    if (stored) stored = changes::record<E>(tx_, context_, changes::created, nullptr, &row);
  } else if (draft.is_changed()) {
    outcome = Outcome::updated;
    if constexpr (requires { row.updated_at; })
      if (!entry.gives("updated_at")) row.updated_at = context_.now;
    stored = tx_.update(row);
    if (stored) stored = changes::record<E>(tx_, context_, changes::updated, &draft.before, &row);
  }
  if (stored) seen_.emplace(std::pair{kind, row.id}, outcome);
  return stored;
}

/// What a change ends beside the row itself, as the operation that makes it does.
template <class E>
Result<void> Run::end_what_depends(const Draft<E>& draft) {
  if (draft.is_new) return {};
  if constexpr (std::is_same_v<E, Key>) {
    if (!draft.has_other_secret) return {};
    auto ended =
        tx_.erase(Query<AccessToken>{}.where(&AccessToken::holder, draft.row.owner).where(&AccessToken::key, draft.row.id));
    if (!ended) return ended.error();
  } else if constexpr (std::is_same_v<E, Member>) {
    if (draft.row.generation == draft.before.generation) return {};
    auto budget = domain::Budget::unlimited();
    return domain::revoke_ended_tokens(tx_, context_, draft.row, budget);
  }
  return {};
}

template <class E, class P>
Result<void> Run::apply(const Entry<E>& entry, const P& parent, std::string_view kind) {
  auto matched = match(entry, parent, kind);
  if (!matched) return matched.error();
  if (!*matched) return {};
  auto& draft = **matched;
  const auto faults = import_context_.faults.size();
  auto done = for_each(fields_of<E>,
                       [&](const auto& field) { return entry.gives(field.name) ? take(field, entry, draft) : Result<void>{}; });
  if (draft.is_new) std::apply([&](const auto&... field) { (require_filled(field, entry, draft), ...); }, fields_of<E>);
  if (done) done = check(import_context_, entry, draft, parent);
  if (!done || import_context_.faults.size() > faults) return done;
  if (done = store(entry, draft, kind); !done) return done;
  if (done = end_what_depends(draft); !done) return done;

  const auto& row = draft.row;
  if constexpr (std::is_same_v<E, Key>)
    if (entry.gives(Successor{}.name)) links_.push_back({entry, row.id, draft.is_new});
  if constexpr (requires { row.revoked_at; })
    if (row.revoked_at) draft.made_secret.clear();  // nobody can use it
  if constexpr (requires { row.uid; })
    if (!draft.made_secret.empty()) issued_.push_back({std::string{table_of<E>.name}, row.uid, std::move(draft.made_secret)});
  if (done = apply_lists(entry, row); !done) return done;
  if constexpr (std::is_same_v<E, App>) return keep_one_key(entry, draft, row.mode);
  if constexpr (std::is_same_v<E, Operator>) return keep_one_key(entry, draft, Mode::live);
  return {};
}

// ---- keys --------------------------------------------------------------------------------------------------------------------

/// Where the document lists no keys: gives a new holder one, and an old one another in place of all it has if the document gives
/// another secret; tells those that are made here.
template <class E>
Result<void> Run::keep_one_key(const Entry<E>& entry, const Draft<E>& draft, Mode mode) {
  if (entry.gives("keys")) return {};
  const auto holder = domain::holder_of(draft.row);
  const auto given = entry.texts.find("secret");
  const bool is_given = given != entry.texts.end();
  if (is_given) {
    auto other = other_holder(tx_, digest_of(context_, given->second), holder);
    if (!other) return other.error();
    if (!other->empty()) return import_context_.refuse(entry, "secret", about_shared_secret(*other)), Result<void>{};
  }
  if (!draft.is_new) {
    if (!is_given) return {};
    auto current = domain::reveal_key(tx_, context_, holder);
    if (!current && current.error().code != Errc::not_found) return current.error();
    if (current && *current == given->second) return {};
    auto budget = domain::Budget::unlimited();
    if (auto erased = domain::erase_keys_within(tx_, domain::keys_of(holder), budget); !erased) return erased.error();
    if constexpr (std::is_same_v<E, Operator>)
      if (auto ended = tx_.erase(Query<AccessToken>{}.where(&AccessToken::holder, draft.row.id)); !ended) return ended.error();
  }
  auto added = domain::add_key(tx_, context_, holder, Key{.mode = mode}, is_given ? given->second : "");
  if (!added) return added.error();
  seen_.emplace(std::pair{std::string_view{"keys"}, added->key.id}, Outcome::created);
  if (!is_given) {
    if constexpr (std::is_same_v<E, Operator>)
      issued_.push_back({"operator", draft.row.name, std::move(added->secret)});
    else
      issued_.push_back({"app", draft.row.uid, std::move(added->secret)});
  }
  return changes::record<Key>(tx_, context_, draft.is_new ? changes::created : changes::Verb{"replace", "replaced"}, nullptr,
                              &added->key);
}

Result<void> Run::link_successors() {
  for (const auto& link : links_) {
    auto key = tx_.get<Key>(link.key);
    if (!key) return key.error();
    const Key before = *key;
    const auto& uid = link.entry.texts.at(Successor{}.name);
    key->replaced_by = Id::none;
    if (!uid.empty()) {
      auto successor = tx_.first(Query<Key>{}.where(&Key::uid, uid));
      if (!successor && successor.error().code != Errc::not_found) return successor.error();
      if (!successor || successor->owner_kind != key->owner_kind || successor->owner != key->owner || successor->id == key->id) {
        import_context_.refuse(link.entry, Successor{}.name, "is the uid of no other key of the same holder");
        continue;
      }
      key->replaced_by = successor->id;
    }
    if (key->replaced_by == before.replaced_by) continue;
    if (!link.is_new && !link.entry.gives("updated_at")) key->updated_at = context_.now;
    if (auto stored = tx_.update(*key); !stored) return stored;
    auto& outcome = seen_.at({"keys", key->id});
    if (outcome == Outcome::unchanged) outcome = Outcome::updated;
    if (auto noted = changes::record(tx_, context_, changes::updated, &before, &*key); !noted) return noted;
  }
  return {};
}

}  // namespace
}  // namespace transfer

Result<ImportReport> import_document(Engine& engine, std::string_view json,
                                     const std::function<Result<void>(const ImportReport&)>& before_commit) {
  const auto document = transfer::read_document(json, engine.limits().object);
  if (!document) return document.error();
  ImportReport report;
  auto done = engine.run(Access::write, Principal{.kind = Principal::Kind::host, .id = Id::none, .tenant = Id::none},
                         [&](Transaction& tx, const Context& context) -> Result<void> {
                           // Nobody waits meanwhile, and rows then say all there is to know of them.
                           if (auto finished = domain::finish_all(tx, context); !finished) return finished;
                           transfer::Run run(tx, context);
                           if (auto applied = run.apply(*document); !applied) return applied;
                           report = std::move(run).report();
                           return before_commit ? before_commit(report) : Result<void>{};
                         });
  if (!done) return done.error();
  return report;
}

}  // namespace innkeeper
