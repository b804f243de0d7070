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
  std::optional<std::string> recording_credential{};  ///< In plain text here, sealed when stored; "" removes it.
  std::optional<Mode> mode{};                         ///< On create only.
};
struct NewApp {
  Id id{};               ///< None: the next one.
  Ref tenant{};          ///< Empty: the caller's.
  std::string uid{};     ///< Empty: generated.
  std::string secret{};  ///< Empty: generated.
  Draft draft{};
};
/// An app and what it used last month and this month, in that order.
struct View {
  App app{};
  std::array<Usage, 2> usage{};
};
struct Issued {
  View view{};
  std::string secret{};  ///< In plain text.
};
struct NewSecret {
  Id app{};
  std::string secret{};  ///< Empty: generated.
};
struct ListOptions {
  bool with_usage = false;  ///< Fill `View::usage`.
  PageRequest page_request{};
};
Result<Issued> do_create(Transaction&, const Context&, const NewApp&);
Result<View> do_find(Transaction&, const Context&, const Ref&);
Result<Page<View>> do_list(Transaction&, const Context&, const ListOptions&);
Result<Page<App>> do_page(Transaction&, const Context&, const Listing&);
Result<View> do_update(Transaction&, const Context&, const Edit<Draft>&);
Result<Nothing> do_remove(Transaction&, const Context&, const Removal&);
Result<std::string> do_secret(Transaction&, const Context&, const Id& app);
Result<std::string> do_renew_secret(Transaction&, const Context&, const NewSecret&);

/// Errors: `already_exists` with `reason::uid_taken`.
inline constexpr Operation<NewApp, Issued> create{"apps.create", Access::write, do_create};
/// Errors, here and below: `not_found` with `reason::app_unknown`.
inline constexpr Operation<Ref, View> find{"apps.find", Access::read, do_find};
/// All apps that the caller may see, by id.
inline constexpr Operation<ListOptions, Page<View>> list{"apps.list", Access::read, do_list};
/// Those of a tenant, or all the caller may see.
inline constexpr Operation<Listing, Page<App>> page{"apps.page", Access::read, do_page};
/// Sets `updated_at` even if nothing else changes.
inline constexpr Operation<Edit<Draft>, View> update{"apps.update", Access::write, do_update};
/// Deletes the app with all that belongs to it, call records too; its id is never reused.
inline constexpr Operation<Removal, Nothing> remove{"apps.remove", Access::write, do_remove};
/// The app's newest secret, in plain text. Errors: `forbidden` with `reason::key_stronger` if it has permissions that the
/// caller's key lacks.
inline constexpr Operation<Id, std::string> secret{"apps.secret", Access::read, do_secret};
/// Replaces all secrets of the app by one new secret; the old ones are void at once.
inline constexpr Operation<NewSecret, std::string> renew_secret{"apps.renew_secret", Access::write, do_renew_secret};

/// The app that a caller may use now: its own, or one of its tenant. The tenant must be active, and a test key cannot use a live
/// app. An empty ref is the calling app. Errors: as `find`; `forbidden` with `reason::tenant_suspended`, `reason::tenant_deleted`
/// or `reason::test_mode`.
Result<App> open(Transaction&, const Context&, const Ref&);

/// Whether the credentials of an app and its members are accepted now: keys, tokens and stream keys, in every contract. Errors:
/// `forbidden` with `reason::app_suspended`, `reason::tenant_suspended` or `reason::tenant_deleted`.
Result<void> require_active(Transaction&, const App&);

}  // namespace innkeeper::apps
