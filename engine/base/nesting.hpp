#pragma once

/// What keeps a store's work from being nested: shared by the stores.
namespace innkeeper::base {

/// Sets a flag or raises a count for as long as it lives.
template <class T>
class ScopedIncrement {
 public:
  explicit ScopedIncrement(T& raised) : raised_(raised), before_(raised) { raised = static_cast<T>(before_ + 1); }
  ScopedIncrement(const ScopedIncrement&) = delete;
  ScopedIncrement& operator=(const ScopedIncrement&) = delete;
  ~ScopedIncrement() { raised_ = before_; }

 private:
  T& raised_;
  T before_;
};

}  // namespace innkeeper::base
