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

class CompletionQueue;
class Session;

/// Receives the responses to one session's requests. A `Reply` holds only its address, which a `std::function` stores without
/// allocating: while a response is in progress the slot keeps itself alive, whatever becomes of the session, the worker and the
/// server.
class ReplySlot : public std::enable_shared_from_this<ReplySlot> {
 public:
  ReplySlot(Session& owner, std::shared_ptr<CompletionQueue> completions)
      : completions_(std::move(completions)), owner_(&owner) {}

  /// From any thread: the feed has something.
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
  friend CompletionQueue;
  void take(Response&& answer) noexcept;

  const std::shared_ptr<CompletionQueue> completions_;
  std::shared_ptr<ReplySlot> self_;
  Session* owner_;
  std::optional<Response>* at_once_ = nullptr;  ///< Where an answer goes while the request is being submitted.

  // The queue's, under its lock.
  std::optional<Response> answer_;
  bool is_posted_ = false;
  std::shared_ptr<ReplySlot> next_;
};

/// The responses that any thread has for the sessions of one worker, and wake-ups of their feeds. It may outlive the worker: an
/// engine may answer when the server is long gone, and the response is dropped then. Posting allocates nothing. What comes close
/// together costs the worker one wake-up.
class CompletionQueue {
 public:
  explicit CompletionQueue(std::function<void()> wake) : wake_(std::move(wake)) {}
  ~CompletionQueue() { close(); }

  /// The response to the request in progress or, without one, a wake-up of the feed.
  void post(std::shared_ptr<ReplySlot> to, std::optional<Response> answer) noexcept {
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

  struct Completion {
    std::shared_ptr<ReplySlot> to;
    std::optional<Response> answer;
  };
  /// The one that has waited longest; `to` is null if there is none.
  Completion collect() {
    const std::lock_guard lock(mutex_);
    is_woken_ = first_ != nullptr;
    if (!first_) return {};
    Completion completion{std::move(first_), {}};
    first_ = std::move(completion.to->next_);
    if (!first_) last_ = nullptr;
    completion.answer.swap(completion.to->answer_);
    completion.to->is_posted_ = false;
    return completion;
  }

  /// Called by the worker's thread before it serves.
  void belong_to_this_thread() { owner_ = std::this_thread::get_id(); }
  bool is_own_thread() const { return owner_.load(std::memory_order_relaxed) == std::this_thread::get_id(); }

  void close() {
    std::shared_ptr<ReplySlot> rest;
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
  std::shared_ptr<ReplySlot> first_;
  ReplySlot* last_ = nullptr;
  bool is_woken_ = false;  ///< Since they were last all collected.
  std::atomic<std::thread::id> owner_{};
};

inline void ReplySlot::ring() noexcept { completions_->post(shared_from_this(), std::nullopt); }

inline void ReplySlot::take(Response&& answer) noexcept {
  auto self = std::move(self_);
  if (!self) return;  // answered before
  if (completions_->is_own_thread() && at_once_)
    at_once_->emplace(std::move(answer));
  else
    completions_->post(std::move(self), std::move(answer));
}

}  // namespace innkeeper::beast
