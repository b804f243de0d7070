#include "engine/pipeline/listeners.hpp"

#include <chrono>
#include <string>

namespace innkeeper::pipeline {

namespace {

Error too_many(std::string sentence) {
  // Whoever let go of a connection a moment ago finds its place free.
  constexpr std::chrono::seconds pause{5};
  return {.code = Errc::rate_limited, .reason = Reason{"feeds.too_many"}, .detail = std::move(sentence), .retry_after = pause};
}

}  // namespace

Result<void> Listeners::add(Id app, const ListenerHolder& holder, const std::shared_ptr<Listener>& listener) {
  const std::lock_guard lock(mutex_);
  const auto of_app = by_app_.find(app);
  if ((of_app == by_app_.end() ? 0 : of_app->second.size()) >= most_per_app_)
    return too_many("an app has " + std::to_string(most_per_app_) + " feeds open at a time at most");
  const auto of_holder = per_holder_.find(holder);
  if (holder.is_known() && (of_holder == per_holder_.end() ? 0 : of_holder->second) >= most_per_holder_)
    return too_many((holder.member != Id::none ? "a member has " : "a key has ") + std::to_string(most_per_holder_) +
                    " feeds open at a time at most");
  auto& held = per_holder_[holder];
  by_app_[app].emplace(listener.get(), Entry{holder, listener});
  ++held;
  return {};
}

void Listeners::remove(Id app, const Listener* listener) {
  const std::lock_guard lock(mutex_);
  const auto of_app = by_app_.find(app);
  if (of_app == by_app_.end()) return;
  const auto found = of_app->second.find(listener);
  if (found == of_app->second.end()) return;
  const auto of_holder = per_holder_.find(found->second.holder);
  if (--of_holder->second == 0) per_holder_.erase(of_holder);
  of_app->second.erase(found);
  if (of_app->second.empty()) by_app_.erase(of_app);
}

std::vector<std::shared_ptr<Listener>> Listeners::of(Id app) const {
  std::vector<std::shared_ptr<Listener>> found;
  const auto gather = [&](const Entries& places) {
    for (const auto& [address, place] : places)
      if (auto listener = place.listener.lock()) found.push_back(std::move(listener));
  };
  const std::lock_guard lock(mutex_);
  if (app == Id::none)
    for (const auto& [each, places] : by_app_) gather(places);
  else if (const auto of_app = by_app_.find(app); of_app != by_app_.end())
    gather(of_app->second);
  return found;
}

}  // namespace innkeeper::pipeline
