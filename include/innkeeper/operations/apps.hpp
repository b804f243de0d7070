#pragma once

#include <innkeeper/operations/common.hpp>

namespace innkeeper::apps {

/// What a caller may set of an app. Absent: the default on create, unchanged on update.
struct Draft {
  std::optional<std::string> name{};
  std::optional<std::string> description{};
  std::optional<AppStatus> status{};
  std::optional<JsonText> domains{};
  std::optional<JsonText> permissions{};
  std::optional<std::string> recording_bucket{};
  std::optional<std::string> recording_credential{};  ///< In the clear here, sealed when stored; "" takes it out.
  std::optional<Mode> mode{};                         ///< On create only.
};
struct NewApp {
  Id id{};               ///< None: the next one.
  Ref tenant{};          ///< Empty: the caller's.
  std::string uid{};     ///< Empty: made here.
  std::string secret{};  ///< Empty: made here.
  Draft draft{};
};
/// An app and what it used last month and this month, in that order.
struct View {
  App app{};
  std::array<Usage, 2> usage{};
};
struct Issued {
  View view{};
  std::string secret{};  ///< In the clear.
};
struct NewSecret {
  Id app{};
  std::string secret{};  ///< Empty: made here.
};
struct Everything {
  bool with_usage = false;  ///< Fill `View::usage`.
  Window window{};
};
Result<Issued> do_create(Transaction&, const Context&, const NewApp&);
Result<View> do_find(Transaction&, const Context&, const Ref&);
Result<Page<View>> do_list(Transaction&, const Context&, const Everything&);
Result<Page<App>> do_page(Transaction&, const Context&, const Listing&);
Result<View> do_update(Transaction&, const Context&, const Edit<Draft>&);
Result<Nothing> do_remove(Transaction&, const Context&, const Removal&);
Result<std::string> do_secret(Transaction&, const Context&, const Id& app);
Result<std::string> do_renew_secret(Transaction&, const Context&, const NewSecret&);

/// Errors: `already_exists` with `reason::uid_taken`.
inline constexpr Operation<NewApp, Issued> create{"apps.create", Access::write, do_create};
/// Errors, here and below: `not_found` with `reason::app_unknown`.
inline constexpr Operation<Ref, View> find{"apps.find", Access::read, do_find};
/// Those the caller may see, by id.
inline constexpr Operation<Everything, Page<View>> list{"apps.list", Access::read, do_list};
/// Those of a tenant, or all the caller may see.
inline constexpr Operation<Listing, Page<App>> page{"apps.page", Access::read, do_page};
/// Moves `updated_at` also when nothing else changes.
inline constexpr Operation<Edit<Draft>, View> update{"apps.update", Access::write, do_update};
/// Takes the app out with all that belongs to it, call records too; its id is never given again.
inline constexpr Operation<Removal, Nothing> remove{"apps.remove", Access::write, do_remove};
/// The app's newest secret, in the clear. Errors: `forbidden` with `reason::key_stronger` if it may do more than the caller's
/// key.
inline constexpr Operation<Id, std::string> secret{"apps.secret", Access::read, do_secret};
/// Puts one new secret in place of all the app has; the old ones are void at once.
inline constexpr Operation<NewSecret, std::string> renew_secret{"apps.renew_secret", Access::write, do_renew_secret};

/// The app that a caller may use now: its own or its tenant's, of an active tenant, not live to a test key. An empty ref is the
/// caller itself. Errors: as `find`;
/// `forbidden` with `reason::tenant_suspended`, `reason::tenant_deleted` or `reason::test_mode`.
Result<App> open(Transaction&, const Context&, const Ref&);

/// Whether what an app or its members get in with may let anybody in: keys, tokens and stream keys, in every contract. Errors:
/// `forbidden` with `reason::app_suspended`, `reason::tenant_suspended` or `reason::tenant_deleted`.
Result<void> require_active(Transaction&, const App&);

}  // namespace innkeeper::apps
