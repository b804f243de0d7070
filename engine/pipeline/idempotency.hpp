#pragma once

#include <innkeeper/contract/dialect.hpp>

#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <string_view>

namespace innkeeper::pipeline {

/// A request with an `Idempotency-Key`.
struct IdempotentRequest {
  Bytes digest{};  ///< Of the holder who calls, the path and the Idempotency-Key.
  Bytes body{};    ///< Of what was asked.
};

/// Whether a key has the form that is taken: 1 to 255 visible ASCII characters.
bool is_idempotency_key(std::string_view key);

/// The answer that was stored for it; nothing if there is none (any more). Errors: `invalid` with reason `idempotency.reused` if
/// it was for something else; `forbidden` with `reason::key_stronger` if a key that may do more than the caller's asked for it,
/// as there may be a secret in it.
Result<std::optional<Response>> find_answer(Transaction&, const Context&, const IdempotentRequest&);

/// Stores the answer, sealed, in the transaction of what it is the answer to.
Result<void> store_answer(Transaction&, const Context&, const IdempotentRequest&, const Response&);

/// The repeatable requests that are being carried out in this process.
class RunningRequests {
 public:
  bool enter(const Bytes& digest) {
    const std::lock_guard lock(mutex_);
    return digests_.insert(digest.data).second;
  }
  void leave(const Bytes& digest) {
    const std::lock_guard lock(mutex_);
    digests_.erase(digest.data);
  }

 private:
  std::mutex mutex_;
  std::set<std::string> digests_;
};

}  // namespace innkeeper::pipeline
