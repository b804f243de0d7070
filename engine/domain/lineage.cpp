#include "engine/domain/lineage.hpp"

#include "engine/domain/collection.hpp"
#include "engine/domain/key_uses.hpp"

#include <map>
#include <set>
#include <utility>

namespace innkeeper::domain {

namespace {

/// Revokes keys one after the other.
class Lineage {
 public:
  Lineage(Transaction& tx, const Context& context) : tx_(tx), context_(context) {}

  /// All that comes of the secret of one key.
  Result<keys::LineageEnd> end(Key root) {
    if (auto found = add_predecessors(root); !found) return found.error();
    add(root);
    if (auto gone = revoke(root); !gone) return gone.error();
    for (std::size_t next = 0; next < found_.size(); ++next) {
      const auto id = found_[next];
      if (auto done = follow(id, id != root.id); !done) return done.error();
      if (end_.has_more) break;
    }
    end_.key = std::move(root);
    return std::move(end_);
  }

 private:
  void add(const Key& key) {
    if (seen_.insert(key.id).second) found_.push_back(key.id);
  }
  /// Those of its holder that it was rotated from.
  Result<void> add_predecessors(const Key& root) {
    auto before = root;
    for (;;) {
      auto former = tx_.first(keys_of({root.owner_kind, root.owner, root.tenant}).where(&Key::replaced_by, before.id));
      if (!former) return former.error().code == Errc::not_found ? Result<void>{} : former.error();
      if (seen_.count(former->id) != 0) return {};
      add(*former);
      before = std::move(*former);
    }
  }
  Result<void> revoke(Key& key) {
    if (key.revoked_at) return {};
    const Key before = key;
    key.revoked_at = context_.now;
    return store(tx_, context_, before, key, ledger::revoked);
  }
  /// Revokes one of those found, if it is not the root, and finds what comes of it.
  Result<void> follow(Id id, bool counts) {
    auto key = tx_.get<Key>(id);
    // A successor whose row is gone leads no further; what it made is its maker's by now.
    if (!key) return key.error().code == Errc::not_found ? Result<void>{} : key.error();
    if (counts && !key->revoked_at) {
      if (end_.revoked == keys::most_at_once) {
        end_.has_more = true;
        return {};
      }
      if (auto gone = revoke(*key); !gone) return gone;
      ++end_.revoked;
    }
    if (key->replaced_by != Id::none && seen_.insert(key->replaced_by).second) found_.push_back(key->replaced_by);
    return tx_.each<Key>(Query<Key>{}.where(&Key::made_by, id), [&](const Key& made) {
      add(made);
      return true;
    });
  }

  Transaction& tx_;
  const Context& context_;
  std::vector<Id> found_;  ///< In the order in which they are looked at.
  std::set<Id> seen_;
  keys::LineageEnd end_;
};

}  // namespace

Result<keys::LineageEnd> revoke_lineage(Transaction& tx, const Context& context, Key root) {
  return Lineage{tx, context}.end(std::move(root));
}

Result<void> leave_to_makers(Transaction& tx, const std::vector<Key>& going) {
  std::map<Id, Id> heirs;
  for (const auto& key : going) {
    const auto maker = heirs.find(key.made_by);
    heirs[key.id] = maker == heirs.end() ? key.made_by : maker->second;
  }
  for (const auto& [id, heir] : heirs) {
    auto made = tx.list(Query<Key>{}.where(&Key::made_by, id));
    if (!made) return made.error();
    for (auto& each : *made) {
      if (heirs.count(each.id) != 0) continue;
      each.made_by = heir;
      if (auto stored = tx.update(each); !stored) return stored;
    }
  }
  return {};
}

Result<void> erase_all_but(Transaction& tx, const KeyHolder& holder, Id stays) {
  auto all = keys_of(holder);
  if (stays != Id::none) all.where(&Key::id, Compare::not_equal, stays);
  auto going = tx.list(Query<Key>{all}.order_by(&Key::id));
  if (!going) return going.error();
  if (auto left = leave_to_makers(tx, *going); !left) return left;
  for (const auto& key : *going)
    if (auto forgotten = forget_use(tx, key.id); !forgotten) return forgotten;
  return sweep(tx, all);
}

}  // namespace innkeeper::domain
