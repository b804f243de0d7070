#pragma once

#include <innkeeper/result.hpp>
#include <innkeeper/schema/entity.hpp>

#include <compare>
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

/// Whose places a listener takes up: those of the key, or of the member, that its caller came with. Neither: nobody's.
struct ListenerHolder {
  Id key{};
  Id member{};
  bool is_known() const { return key != Id::none || member != Id::none; }
  friend auto operator<=>(const ListenerHolder&, const ListenerHolder&) = default;
};

/// The listeners there are, by app: an event costs what its own listeners cost. Bounded by key or member, and by app. Thread
/// safe; calls no listener.
class Listeners {
 public:
  Listeners(std::size_t most_per_holder, std::size_t most_per_app)
      : most_per_holder_(most_per_holder), most_per_app_(most_per_app) {}

  /// Without a holder there is no bound but the app's. Errors: `rate_limited` with reason `feeds.too_many`.
  Result<void> add(Id app, const ListenerHolder& holder, const std::shared_ptr<Listener>&);
  /// Does nothing where it is not, or not any more.
  void remove(Id app, const Listener*);
  /// Those of one app, or all for `Id::none`.
  std::vector<std::shared_ptr<Listener>> of(Id app) const;

 private:
  struct Entry {
    ListenerHolder holder{};
    std::weak_ptr<Listener> listener{};
  };
  using Entries = std::map<const Listener*, Entry>;

  const std::size_t most_per_holder_;
  const std::size_t most_per_app_;
  mutable std::mutex mutex_;
  std::unordered_map<Id, Entries> by_app_;
  std::map<ListenerHolder, std::size_t> per_holder_;
};

}  // namespace innkeeper::pipeline
