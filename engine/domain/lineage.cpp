#include "engine/domain/lineage.hpp"

#include "engine/domain/collection.hpp"
#include "engine/domain/tasks.hpp"

#include <set>
#include <utility>
#include <vector>

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
    const auto cost = rows_of_change(tx_, key.owner_kind == KeyOwner::app ? key.owner : Id::none);
    if (!cost) return cost.error();
    budget_.spend(*cost);
    return store(tx_, context_, before, key, changes::revoked);
  }
  /// Revokes one of those found, if it is not the root, and finds what comes of it.
  Result<void> follow(Id id, bool counts) {
    auto key = tx_.get<Key>(id);
    // A successor whose row is gone leads no further; what it made is its maker's by now.
    if (!key) return key.error().code == Errc::not_found ? Result<void>{} : key.error();
    auto is_there = is_present(tx_, *key);
    if (!is_there) return is_there.error();
    if (counts && *is_there && !key->revoked_at) {
      if (budget_.is_spent()) {
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
  Budget budget_;
};

}  // namespace

Result<keys::LineageEnd> revoke_lineage(Transaction& tx, const Context& context, Key root) {
  return Lineage{tx, context}.end(std::move(root));
}

}  // namespace innkeeper::domain
