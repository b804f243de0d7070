#pragma once

/// What keeps a store's work from being nested: shared by the stores.
namespace innkeeper::base {

/// Sets a flag or raises a count for as long as it lives.
template <class T>
class While {
 public:
  explicit While(T& raised) : raised_(raised), before_(raised) { raised = static_cast<T>(before_ + 1); }
  While(const While&) = delete;
  While& operator=(const While&) = delete;
  ~While() { raised_ = before_; }

 private:
  T& raised_;
  T before_;
};

}  // namespace innkeeper::base
