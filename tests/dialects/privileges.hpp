#pragma once

#include <innkeeper/contract/dialect.hpp>
#include <innkeeper/engine.hpp>
#include <innkeeper/memory.hpp>
#include <innkeeper/operations.hpp>

#include "tests/support/environment.hpp"

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

/// What the privilege matrix needs: an engine with data, and a valid request for every route.
namespace innkeeper::tests {

/// One of every thing of one app, by the name that paths have for it.
struct Things {
  Id tenant{};
  Id app{};
  std::map<std::string, std::string> ids;
  std::map<std::string, std::string> uids;
  std::map<std::string, std::string> secrets;  ///< What is shown of keys and tokens, by the same names.
};

/// Who holds a key.
struct Holder {
  KeyOwner kind = KeyOwner::app;
  Id id{};
};

/// An engine with two apps of one tenant and one of another, each with all that an app may have.
class Fixture {
 public:
  explicit Fixture(std::unique_ptr<Store> = open_memory());

  /// A key as a host would make it.
  keys::Issued give_key(const Holder&, keys::Draft draft = {});
  Response ask(Method, const std::string& target, Headers, const std::string& body) const;

  const Principal host{.kind = Principal::Kind::host};
  FakeClock clock;
  SeededRandom random{20240304};
  KeepingLog log{Severity::error};
  std::unique_ptr<Store> store;
  std::unique_ptr<Engine> engine;
  Things mine, sibling, theirs;  ///< The sibling is another app of my tenant.
  Holder my_app, my_operator, sibling_app, their_operator, root;

 private:
  Id furnish_tenant(const std::string& name);
  Things furnish(Id tenant, const std::string& name);
};

/// How to ask for something that is there, on one route.
struct Recipe {
  std::string_view route;   ///< `POST /api/v1/rooms/{room}/join-tokens`
  std::string_view body{};  ///< With `{NAME}` for an id, `{NAME.uid}`, `{NAME.secret}`.
};
/// The recipe of a route; null if nobody wrote one.
const Recipe* find_recipe(const Route&);

/// A path or a body with what it names put in.
std::string filled_with(std::string_view text, const Things&);
/// The name of the last thing that a path names, as in `Things`; empty if it names none.
std::string object_of(std::string_view path);

}  // namespace innkeeper::tests
