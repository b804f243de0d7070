#pragma once

#include <innkeeper/contract/dialect.hpp>
#include <innkeeper/engine.hpp>

#include <array>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace innkeeper::pipeline {

inline constexpr std::size_t method_count = static_cast<std::size_t>(Method::other);

/// What the router knows about a request. `dialect` is whose words an error is told in; with the root owned it is never null.
struct Found {
  const Mount* mount = nullptr;  ///< Of the dialect.
  const Dialect* dialect = nullptr;
  const Route* route = nullptr;  ///< Null: no such path, or no such method on it.
  Params path{};
  std::string allow{};                           ///< The methods of the path, for a 405; empty when the path is unknown.
  const AuthenticationScheme* scheme = nullptr;  ///< Of the route, or of the path's family; null: nobody is authenticated.
  bool is_authenticated_before_routing = false;

  void stand_on(const Mount& its) {
    mount = &its;
    dialect = its.dialect;
  }
};

/// Finds routes: one trie of path segments for each combination of host and listener that mounts ask for, built once.
class Router {
 public:
  /// Errors: `invalid` with reason `routes.collide`.
  static Result<Router> build(std::vector<Mount> mounts);
  Router(Router&&) noexcept;
  Router& operator=(Router&&) noexcept;
  ~Router();

  /// `path` is percent-encoded as it came. A HEAD goes to the GET route where it has none of its own.
  Found find(Method, std::string_view path, std::string_view host, std::string_view listener) const;

 private:
  struct Node;
  struct Space;
  Router();
  std::vector<Mount> mounts_;  ///< Never changed once routes point to them.
  std::vector<Space> spaces_;  ///< The most particular first.
};

}  // namespace innkeeper::pipeline
