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
struct New {
  Ref parent{};          ///< The tenant; empty: the caller's.
  Id id{};               ///< None: the next one.
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
struct ViewListing {
  bool with_usage = false;  ///< Fill `View::usage`.
  PageRequest page_request{};
};

/// Errors: `already_exists` with `reason::uid_taken`.
extern const Operation<New, Issued> create;
/// Errors, here and below: `not_found` with `reason::app_unknown`.
extern const Operation<Ref, View> find;
/// Those of a tenant, or all the caller may see.
extern const Operation<Listing, Page<App>> list;
/// All that the caller may see, by id, with their usage if asked.
extern const Operation<ViewListing, Page<View>> list_views;
/// Sets `updated_at` even if nothing else changes.
extern const Operation<Edit<Draft>, View> update;
/// Deletes the app with all that belongs to it, call records too; its id is never reused.
extern const Operation<Removal, Nothing> remove;
/// The app's newest secret, in plain text. Errors: `forbidden` with `reason::key_stronger` if it has permissions that the
/// caller's key lacks.
extern const Operation<Id, std::string> secret;
/// Replaces all secrets of the app by one new secret; the old ones are void at once.
extern const Operation<NewSecret, std::string> renew_secret;

/// The app that a caller may use now: its own, or one of its tenant. The tenant must be active, and a test key cannot use a live
/// app. An empty ref is the calling app. Errors: as `find`; `forbidden` with `reason::tenant_suspended`, `reason::tenant_deleted`
/// or `reason::test_mode`.
Result<App> open(Transaction&, const Context&, const Ref&);

/// Whether the credentials of an app and its members are accepted now: keys, tokens and stream keys, in every contract. Errors:
/// `forbidden` with `reason::app_suspended`, `reason::tenant_suspended` or `reason::tenant_deleted`.
Result<void> require_active(Transaction&, const App&);

}  // namespace innkeeper::apps
