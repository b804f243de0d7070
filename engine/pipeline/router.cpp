#include "engine/pipeline/router.hpp"

#include "engine/base/target.hpp"
#include "engine/base/text.hpp"

#include <algorithm>

namespace innkeeper::pipeline {

namespace {

constexpr std::size_t max_segments = 32;

/// The pieces of a path between its slashes. `/a/` has two, the second empty.
struct Segments {
  std::array<std::string_view, max_segments> items;
  std::size_t count = 0;
  bool is_valid = true;
};

Segments split(std::string_view path) {
  Segments out;
  if (path.empty() || path.front() != '/') {
    out.is_valid = false;
    return out;
  }
  for (path.remove_prefix(1);;) {
    if (out.count == max_segments) {
      out.is_valid = false;
      return out;
    }
    const auto slash = path.find('/');
    out.items[out.count++] = path.substr(0, slash);
    if (slash == std::string_view::npos) return out;
    path.remove_prefix(slash + 1);
  }
}

bool is_parameter(std::string_view segment) { return segment.starts_with('{') && segment.ends_with('}'); }

}  // namespace

struct Router::Node {
  struct Leaf {
    const Route* route = nullptr;
    const Mount* mount = nullptr;
    const AuthenticationScheme* scheme = nullptr;
    std::vector<std::pair<std::string_view, std::size_t>> parameters{};  ///< Which segment each is.
  };
  struct Child {
    std::string segment;
    std::unique_ptr<Node> node;
  };
  std::vector<Child> children;
  std::unique_ptr<Node> parameter;
  std::array<Leaf, method_count> leaves;
  bool tries_parameters = false;  ///< `Dialect::tries_parameters` of those who have a route here.

  bool is_end() const {
    return std::any_of(leaves.begin(), leaves.end(), [](const Leaf& leaf) { return leaf.route != nullptr; });
  }
  /// The route of a method; a HEAD has that of GET where it has none of its own.
  const Leaf* leaf(Method method) const {
    if (method == Method::other) return nullptr;
    const auto* own = &leaves[static_cast<std::size_t>(method)];
    if (own->route == nullptr && method == Method::head) own = &leaves[static_cast<std::size_t>(Method::get)];
    return own->route != nullptr ? own : nullptr;
  }

  Node& child(std::string_view segment) {
    auto& slot = [&]() -> std::unique_ptr<Node>& {
      if (is_parameter(segment)) return parameter;
      for (auto& each : children)
        if (each.segment == segment) return each.node;
      return children.emplace_back(Child{std::string{segment}, nullptr}).node;
    }();
    if (!slot) slot = std::make_unique<Node>();
    return *slot;
  }

  /// What a path leads to: the route of the method, or those of other methods.
  struct Ends {
    const Leaf* wanted = nullptr;
    std::array<const Leaf*, method_count> others{};
  };
  /// Looks for the end of a path, along static segments first, then parameters. Answers whether the search is over.
  bool walk(std::span<const std::string_view> path, Method method, Ends& ends) const {
    if (path.empty()) {
      if (!is_end()) return false;
      ends.wanted = leaf(method);
      if (ends.wanted != nullptr) return true;
      for (std::size_t i = 0; i < method_count; ++i)
        if (ends.others[i] == nullptr && leaves[i].route != nullptr) ends.others[i] = &leaves[i];
      return !tries_parameters;
    }
    for (const auto& each : children)
      if (each.segment == path.front() && each.node->walk(path.subspan(1), method, ends)) return true;
    // An empty segment names nothing, so `/apps/` is not the app of no name.
    return parameter && !path.front().empty() && parameter->walk(path.subspan(1), method, ends);
  }
};

struct Router::Space {
  std::string host;
  std::string listener;
  std::unique_ptr<Node> root = std::make_unique<Node>();
  struct MountedFamily {
    std::string prefix;
    const Mount* mount;
    const PathFamily* path_family;
  };
  std::vector<MountedFamily> path_families;  ///< The longest prefix first.

  bool admits(std::string_view request_host, std::string_view request_listener) const {
    return (host.empty() || base::equals_ignoring_case(host, request_host)) && (listener.empty() || listener == request_listener);
  }

  /// `tail` is what stands behind the base: the route's path, or a variation of it with the same parameters.
  Result<void> add(const Mount& mount, std::string_view base, const Route& route, std::string_view tail) {
    const auto before = mount.prefix + std::string{base};
    const auto path = before + std::string{tail};
    Node* node = root.get();
    const auto segments = split(path);
    for (std::size_t i = 0; i < segments.count; ++i) node = &node->child(segments.items[i]);
    auto& leaf = node->leaves[static_cast<std::size_t>(route.method)];
    if (leaf.route != nullptr)
      return Error{Errc::invalid, Reason{"routes.collide"},
                   std::string{leaf.mount->dialect->name} + " and " + std::string{mount.dialect->name} + " both serve " +
                       std::string{to_string(route.method)} + " " + path};
    leaf = {&route, &mount, scheme_of(*mount.dialect, std::string{base}.append(route.path))};
    node->tries_parameters = node->tries_parameters || mount.dialect->tries_parameters;
    const auto names = split(route.path);
    const auto skipped = split(before + std::string{route.path}).count - names.count;
    for (std::size_t i = 0; i < names.count; ++i)
      if (is_parameter(names.items[i]))
        leaf.parameters.emplace_back(names.items[i].substr(1, names.items[i].size() - 2), skipped + i);
    return {};
  }
};

Router::Router() = default;
Router::Router(Router&&) noexcept = default;
Router& Router::operator=(Router&&) noexcept = default;
Router::~Router() = default;

Result<Router> Router::build(std::vector<Mount> mounts) {
  Router router;
  router.mounts_ = std::move(mounts);
  for (const auto& mount : router.mounts_) {
    auto space = std::find_if(router.spaces_.begin(), router.spaces_.end(),
                              [&](const Space& each) { return each.host == mount.host && each.listener == mount.listener; });
    if (space == router.spaces_.end()) {
      space = router.spaces_.insert(router.spaces_.end(), Space{});
      space->host = mount.host;
      space->listener = mount.listener;
    }
    constexpr std::array<std::string_view, 1> nothing{""};
    const auto& dialect = *mount.dialect;
    for (const auto base : dialect.bases.empty() ? std::span<const std::string_view>{nothing} : dialect.bases)
      for (const auto& route : dialect.routes) {
        if (auto added = space->add(mount, base, route, route.path); !added) return added.error();
        if (dialect.ignores_trailing_slash)
          if (auto added = space->add(mount, base, route, std::string{route.path} + '/'); !added) return added.error();
        // An empty path is the root (RFC 3986 §6.2.3), below a mount too.
        if (route.path == "/" && !(mount.prefix.empty() && base.empty()))
          if (auto added = space->add(mount, base, route, ""); !added) return added.error();
      }
    for (const auto& path_family : mount.dialect->path_families)
      space->path_families.push_back({mount.prefix + std::string{path_family.prefix}, &mount, &path_family});
  }
  for (auto& space : router.spaces_)
    std::stable_sort(space.path_families.begin(), space.path_families.end(),
                     [](const auto& a, const auto& b) { return a.prefix.size() > b.prefix.size(); });
  std::stable_sort(router.spaces_.begin(), router.spaces_.end(), [](const Space& a, const Space& b) {
    const auto rank = [](const Space& s) { return (s.host.empty() ? 0 : 2) + (s.listener.empty() ? 0 : 1); };
    return rank(a) > rank(b);
  });
  return router;
}

Found Router::find(Method method, std::string_view path, std::string_view host, std::string_view listener) const {
  Found found;
  auto segments = split(path);
  std::vector<std::string> decoded;
  if (path.find('%') != std::string_view::npos) {
    decoded.reserve(segments.count);
    for (std::size_t i = 0; i < segments.count && segments.is_valid; ++i) {
      auto text = base::percent_decoded(segments.items[i]);
      segments.is_valid = text.has_value();
      if (text) segments.items[i] = decoded.emplace_back(std::move(*text));
    }
  }
  const std::span<const std::string_view> pieces{segments.items.data(), segments.count};

  for (const auto& space : spaces_) {
    if (!space.admits(host, listener)) continue;
    if (found.dialect == nullptr) {
      const auto path_family = std::find_if(space.path_families.begin(), space.path_families.end(),
                                            [&](const auto& each) { return base::is_path_prefix(each.prefix, path); });
      if (path_family != space.path_families.end()) {
        found.stand_on(*path_family->mount);
        found.scheme = path_family->path_family->scheme != nullptr ? path_family->path_family->scheme : found.dialect->scheme;
        found.is_authenticated_before_routing = path_family->path_family->is_authenticated_before_routing;
      }
    }
    Node::Ends ends;
    if (segments.is_valid) space.root->walk(pieces, method, ends);
    const auto* leaf = ends.wanted;
    if (leaf == nullptr) {
      for (std::size_t i = 0; i < method_count; ++i) {
        const auto* other = ends.others[i];
        if (other == nullptr) continue;
        found.stand_on(*other->mount);
        found.scheme = other->scheme;
        if (!found.allow.empty()) found.allow += ", ";
        found.allow += to_string(static_cast<Method>(i));
      }
      if (found.allow.empty()) continue;
      return found;
    }
    found.route = leaf->route;
    found.scheme = leaf->scheme;
    found.stand_on(*leaf->mount);
    for (const auto& [name, at] : leaf->parameters) found.path.add(name, std::string{pieces[at]});
    return found;
  }
  return found;
}

}  // namespace innkeeper::pipeline
