#pragma once

#include "adapters/beast/mailbox.hpp"

#include <memory>
#include <optional>
#include <utility>

namespace innkeeper::beast {

class Session;

/// Where the answers to one session's requests are handed in. A `Reply` holds no more than its address, which a `std::function`
/// keeps without allocating: while an answer is under way the pigeonhole keeps itself, whatever becomes of the session, the
/// worker and the server.
class Pigeonhole : public std::enable_shared_from_this<Pigeonhole> {
 public:
  Pigeonhole(Session& owner, std::shared_ptr<Mailbox> mailbox) : mailbox_(std::move(mailbox)), owner_(&owner) {}

  /// From any thread: word that the feed has something.
  void ring() { mailbox_->post({shared_from_this(), std::nullopt}); }

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
  void take(Response&& answer) {
    auto self = std::move(self_);
    if (!self) return;  // answered before
    if (mailbox_->is_own_thread() && at_once_)
      at_once_->emplace(std::move(answer));
    else
      mailbox_->post({std::move(self), std::move(answer)});
  }

  const std::shared_ptr<Mailbox> mailbox_;
  std::shared_ptr<Pigeonhole> self_;
  Session* owner_;
  std::optional<Response>* at_once_ = nullptr;  ///< Where an answer goes while the request is being submitted.
};

}  // namespace innkeeper::beast
