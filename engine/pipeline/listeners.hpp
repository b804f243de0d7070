#pragma once

#include <innkeeper/entity.hpp>
#include <innkeeper/result.hpp>

#include <cstddef>
#include <map>
#include <memory>
#include <mutex>
#include <unordered_map>
#include <vector>

namespace innkeeper::pipeline {

/// Who waits for events of an app.
class Listener {
 public:
  virtual ~Listener() = default;
  virtual void wake() = 0;
};

/// The listeners there are, by app: an event costs what its own listeners cost. Bounded by key and by app. Thread safe; calls no
/// listener.
class Listeners {
 public:
  Listeners(std::size_t most_per_key, std::size_t most_per_app) : most_per_key_(most_per_key), most_per_app_(most_per_app) {}

  /// `key`: the one its caller came with; none has no bound of its own. Errors: `rate_limited` with reason `feeds.too_many`.
  Result<void> add(Id app, Id key, const std::shared_ptr<Listener>&);
  /// Does nothing where it is not, or not any more.
  void remove(Id app, const Listener*);
  /// Those of one app, or all for `Id::none`.
  std::vector<std::shared_ptr<Listener>> of(Id app) const;

 private:
  struct Entry {
    Id key{};
    std::weak_ptr<Listener> listener{};
  };
  using Entries = std::map<const Listener*, Entry>;

  const std::size_t most_per_key_;
  const std::size_t most_per_app_;
  mutable std::mutex mutex_;
  std::unordered_map<Id, Entries> by_app_;
  std::unordered_map<Id, std::size_t> per_key_;
};

}  // namespace innkeeper::pipeline
