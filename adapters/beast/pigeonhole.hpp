#pragma once

#include <innkeeper/message.hpp>

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>

namespace innkeeper::beast {

class Mailbox;
class Session;

/// Where the answers to one session's requests are handed in. A `Reply` holds no more than its address, which a `std::function`
/// keeps without allocating: while an answer is under way the pigeonhole keeps itself, whatever becomes of the session, the
/// worker and the server.
class Pigeonhole : public std::enable_shared_from_this<Pigeonhole> {
 public:
  Pigeonhole(Session& owner, std::shared_ptr<Mailbox> mailbox) : mailbox_(std::move(mailbox)), owner_(&owner) {}

  /// From any thread: word that the feed has something.
  void ring() noexcept;

  // From the worker's own thread.
  Session* owner() const { return owner_; }
  /// The session is closed.
  void abandon() { owner_ = nullptr; }
  /// Calls `submit` with the reply to give to the engine. Answers what the engine answered, if it did so at once.
  template <class Submit>
  std::optional<Response> await(Submit submit) {
    std::optional<Response> answer;
    self_ = shared_from_this();
    at_once_ = &answer;
    try {
      submit([this](Response&& response) { take(std::move(response)); });
    } catch (...) {
      at_once_ = nullptr;
      self_.reset();
      throw;
    }
    at_once_ = nullptr;
    return answer;
  }

 private:
  friend Mailbox;
  void take(Response&& answer) noexcept;

  const std::shared_ptr<Mailbox> mailbox_;
  std::shared_ptr<Pigeonhole> self_;
  Session* owner_;
  std::optional<Response>* at_once_ = nullptr;  ///< Where an answer goes while the request is being submitted.

  // The mailbox's, under its lock.
  std::optional<Response> answer_;
  bool is_posted_ = false;
  std::shared_ptr<Pigeonhole> next_;
};

/// Where answers for one worker's sessions are left by any thread, and word of their feeds. It may outlive the worker: an engine
/// may answer when the server is long gone, and the answer is dropped then. Posting takes no memory. What comes close together
/// costs the worker one wake-up.
class Mailbox {
 public:
  explicit Mailbox(std::function<void()> wake) : wake_(std::move(wake)) {}
  ~Mailbox() { close(); }

  /// The answer to the request under way, or, without one, word of the feed.
  void post(std::shared_ptr<Pigeonhole> to, std::optional<Response> answer) noexcept {
    const std::lock_guard lock(mutex_);
    if (!wake_) return;
    if (answer) to->answer_ = std::move(answer);
    if (std::exchange(to->is_posted_, true)) return;
    auto& link = last_ != nullptr ? last_->next_ : first_;
    last_ = to.get();
    link = std::move(to);
    if (std::exchange(is_woken_, true)) return;
    wake_();
  }

  struct Letter {
    std::shared_ptr<Pigeonhole> to;
    std::optional<Response> answer;
  };
  /// The one that has waited longest; `to` is null if there is none.
  Letter collect() {
    const std::lock_guard lock(mutex_);
    is_woken_ = first_ != nullptr;
    if (!first_) return {};
    Letter letter{std::move(first_), {}};
    first_ = std::move(letter.to->next_);
    if (!first_) last_ = nullptr;
    letter.answer.swap(letter.to->answer_);
    letter.to->is_posted_ = false;
    return letter;
  }

  /// Called by the worker's thread before it serves.
  void belong_to_this_thread() { owner_ = std::this_thread::get_id(); }
  bool is_own_thread() const { return owner_.load(std::memory_order_relaxed) == std::this_thread::get_id(); }

  void close() {
    std::shared_ptr<Pigeonhole> rest;
    {
      const std::lock_guard lock(mutex_);
      wake_ = nullptr;
      rest = std::move(first_);
      last_ = nullptr;
      owner_ = std::thread::id{};
    }
    while (rest) rest = std::move(rest->next_);
  }

 private:
  std::mutex mutex_;
  std::function<void()> wake_;
  std::shared_ptr<Pigeonhole> first_;
  Pigeonhole* last_ = nullptr;
  bool is_woken_ = false;  ///< Since they were last all collected.
  std::atomic<std::thread::id> owner_{};
};

inline void Pigeonhole::ring() noexcept { mailbox_->post(shared_from_this(), std::nullopt); }

inline void Pigeonhole::take(Response&& answer) noexcept {
  auto self = std::move(self_);
  if (!self) return;  // answered before
  if (mailbox_->is_own_thread() && at_once_)
    at_once_->emplace(std::move(answer));
  else
    mailbox_->post(std::move(self), std::move(answer));
}

}  // namespace innkeeper::beast
