#pragma once

#include "engine/transfer/form_rows.hpp"

#include <array>
#include <string_view>
#include <tuple>

/// What an entry of each kind may say: one row a member, for the way in and the way out.
namespace innkeeper::transfer {

/// `fields` and `lists` say what an entry may have; `elsewhere` names the columns that its place in the document or its secret
/// tells, or that are not carried over. Without a uid, an entry means the row of its parent that has the same `marks`.
template <class E>
struct Form;

/// What most forms have: an id; no lists; no members that must be there, with a uid and without.
struct Usual {
  static constexpr bool has_id = true;
  static constexpr std::tuple<> lists{};
  static constexpr std::array<std::string_view, 0> needed{};
  static constexpr std::array<std::string_view, 0> needed_without_uid{};
};

template <>
struct Form<Key> : Usual {
  static constexpr std::string_view noun = "key";
  static constexpr std::tuple fields{
      text<&Key::uid>("uid"),
      text<&Key::label>("label"),
      secret("secret", &Key::sealed, own_secret),
      field<ScopeList>("scopes", &Key::scopes),
      field("mode", &Key::mode),
      field<Networks>("networks", &Key::networks),
      field("expires_at", &Key::expires_at),
      field("revoked_at", &Key::revoked_at),
      Successor{},
      KeyRate{},
      field("created_at", &Key::created_at),
      field("updated_at", &Key::updated_at),
      field<Moment>("last_used_at", &Key::last_used),
  };
  static constexpr std::tuple marks{&Key::label};
  static constexpr Columns elsewhere = columns(&Key::tenant, &Key::owner_kind, &Key::owner, &Key::digest, &Key::hint,
                                               &Key::prefix, &Key::made_by, &Key::generation);
};

template <>
struct Form<Member> : Usual {
  static constexpr std::string_view noun = "member";
  static constexpr std::tuple fields{
      text<&Member::uid>("uid"),
      text<&Member::app_user_id>("app_user_id"),
      text<&Member::name>("name"),
      text<&Member::email>("email"),
      field("status", &Member::status),
      field<Metadata>("metadata", &Member::metadata),
      field<Extras>("extras", &Member::extras),
      field("created_at", &Member::created_at),
      field("updated_at", &Member::updated_at),
      NotKept{"password", "is not kept: members have no passwords here, the app signs them in"},
  };
  static constexpr std::tuple marks{&Member::name};  ///< An `app_user_id` goes before it.
  static constexpr std::array needed_without_uid{std::string_view{"name"}};
  static constexpr Columns elsewhere = columns(&Member::tenant, &Member::app, &Member::generation);
};

template <>
struct Form<Room> : Usual {
  static constexpr std::string_view noun = "room";
  static constexpr std::tuple fields{
      text<&Room::uid>("uid"),
      text<&Room::name>("name"),
      field("kind", &Room::kind),
      field("status", &Room::status),
      text<&Room::owner_ref>("owner_ref"),
      field("mode", &Room::mode),
      number<&Room::capacity>("capacity"),
      number<&Room::moderators>("moderators"),
      field("starts_at", &Room::starts_at),
      field("ends_at", &Room::ends_at),
      number<&Room::lifetime>("lifetime"),
      field("is_live", &Room::is_live),
      field<Metadata>("metadata", &Room::metadata),
      field<Extras>("extras", &Room::extras),
      field("created_at", &Room::created_at),
      field("updated_at", &Room::updated_at),
  };
  static constexpr std::tuple marks{&Room::name};
  static constexpr std::array needed_without_uid{std::string_view{"name"}};
  static constexpr Columns elsewhere = columns(&Room::tenant, &Room::app);
};

template <>
struct Form<Reading> : Usual {
  static constexpr std::string_view noun = "reading";
  static constexpr std::tuple fields{
      field("at", &Reading::at),
      field<Scalar>("value", &Reading::value),
  };
  static constexpr std::tuple marks{&Reading::at, &Reading::value};
  static constexpr std::array needed{std::string_view{"at"}, std::string_view{"value"}};
  static constexpr Columns elsewhere = columns(&Reading::tenant, &Reading::app, &Reading::device);
};

template <>
struct Form<Device> : Usual {
  static constexpr std::string_view noun = "device";
  static constexpr std::tuple fields{
      text<&Device::uid>("uid"),
      reference<Member>("member", &Device::member),
      text<&Device::name>("name"),
      text<&Device::kind>("kind"),
      field("status", &Device::status),
      field<Metadata>("metadata", &Device::metadata),
      field<Extras>("extras", &Device::extras),
      field("created_at", &Device::created_at),
      field("updated_at", &Device::updated_at),
  };
  static constexpr std::tuple lists{list("readings", &Children<Device>::readings)};
  static constexpr std::tuple marks{&Device::name};
  static constexpr std::array needed_without_uid{std::string_view{"name"}};
  static constexpr Columns elsewhere = columns(&Device::tenant, &Device::app);
};

template <>
struct Form<StreamKey> : Usual {
  static constexpr std::string_view noun = "stream key";
  static constexpr std::tuple fields{
      text<&StreamKey::uid>("uid"),
      reference<Member>("member", &StreamKey::member),
      text<&StreamKey::label>("label"),
      secret("secret", &StreamKey::sealed, own_secret),
      field("state", &StreamKey::state),
      field("state_at", &StreamKey::state_at),
      text<&StreamKey::mode>("mode"),
      field("revoked_at", &StreamKey::revoked_at),
      field("created_at", &StreamKey::created_at),
      field("updated_at", &StreamKey::updated_at),
  };
  static constexpr std::tuple marks{&StreamKey::label};
  static constexpr Columns elsewhere =
      columns(&StreamKey::tenant, &StreamKey::app, &StreamKey::digest, &StreamKey::hint, &StreamKey::generation);
};

template <>
struct Form<Webhook> : Usual {
  static constexpr std::string_view noun = "webhook";
  static constexpr std::tuple fields{
      text<&Webhook::uid>("uid"),
      field<WebhookUrl>("url", &Webhook::url),
      field<EventPatterns>("events", &Webhook::events),
      text<&Webhook::label>("label"),
      field("is_enabled", &Webhook::is_enabled),
      secret("secret", &Webhook::sealed, webhook_secret),
      secret("former", &Webhook::former, webhook_secret),
      with_secrets(field("former_until", &Webhook::former_until)),
      text<&Webhook::contract>("contract"),
      secret("basic_auth", &Webhook::credential, basic_credential),
      field("created_at", &Webhook::created_at),
      field("updated_at", &Webhook::updated_at),
  };
  static constexpr std::tuple marks{&Webhook::url};
  static constexpr std::array needed_without_uid{std::string_view{"url"}};
  static constexpr Columns elsewhere = columns(&Webhook::tenant, &Webhook::app);
};

template <>
struct Form<Participation> : Usual {
  static constexpr std::string_view noun = "participant";
  static constexpr std::tuple fields{
      text<&Participation::uid>("uid"),
      text<&Participation::name>("name"),
      text<&Participation::role>("role"),
      text<&Participation::user_ref>("user_ref"),
      reference<Member>("member", &Participation::member),
      text<&Participation::ip>("ip"),
      text<&Participation::agent>("agent"),
      text<&Participation::token_uid>("token_uid"),
      field("joined_at", &Participation::joined_at),
      field("left_at", &Participation::left_at),
      field("closed_at", &Participation::closed_at),
      field<Media>("published", &Participation::published),
      number<&Participation::subscribed_seconds>("subscribed_seconds"),
      number<&Participation::published_seconds>("published_seconds"),
      field("created_at", &Participation::created_at),
      field("updated_at", &Participation::updated_at),
  };
  static constexpr std::tuple marks{&Participation::uid};
  static constexpr std::array needed{std::string_view{"uid"}};
  /// The join token stays behind, as all of them do.
  static constexpr Columns elsewhere =
      columns(&Participation::tenant, &Participation::app, &Participation::session, &Participation::token);
};

template <>
struct Form<Recording> : Usual {
  static constexpr std::string_view noun = "recording";
  static constexpr std::tuple fields{
      field("kind", &Recording::kind),
      text<&Recording::url>("url"),
      field("size", &Recording::size),
      field("at", &Recording::at),
      field("created_at", &Recording::created_at),
  };
  static constexpr std::tuple marks{&Recording::kind, &Recording::url, &Recording::at};
  static constexpr std::array needed{std::string_view{"url"}, std::string_view{"at"}};
  static constexpr Columns elsewhere = columns(&Recording::tenant, &Recording::app, &Recording::session);
};

template <>
struct Form<Session> : Usual {
  static constexpr std::string_view noun = "session";
  static constexpr std::tuple fields{
      text<&Session::uid>("uid"),
      reference<Room>("room", &Session::room),
      text<&Session::room_uid>("room_uid"),
      text<&Session::room_name>("room_name"),
      text<&Session::owner_ref>("owner_ref"),
      field("state", &Session::state),
      field("started_at", &Session::started_at),
      field("ended_at", &Session::ended_at),
      // How many joined; those that are listed may be fewer.
      field("participant_count", &Session::participants),
      field<Extras>("extras", &Session::extras),
      field("created_at", &Session::created_at),
      field("updated_at", &Session::updated_at),
  };
  static constexpr std::tuple lists{list("participants", &Children<Session>::participants),
                                    list("recordings", &Children<Session>::recordings)};
  static constexpr std::tuple marks{&Session::uid};
  static constexpr std::array needed{std::string_view{"uid"}};
  static constexpr Columns elsewhere = columns(&Session::tenant, &Session::app);
};

template <>
struct Form<Usage> : Usual {
  static constexpr std::string_view noun = "month";
  static constexpr bool has_id = false;
  static constexpr std::tuple fields{
      field<Month>("month", &Usage::month),
      field("signaling", &Usage::signaling),
      field("turn_bytes", &Usage::turn_bytes),
      field("sfu_bytes", &Usage::sfu_bytes),
  };
  static constexpr std::tuple marks{&Usage::month};
  static constexpr std::array needed{std::string_view{"month"}};
  static constexpr Columns elsewhere = columns(&Usage::tenant, &Usage::app);
};

/// One entry at most, as nothing marks another.
template <>
struct Form<Quota> : Usual {
  static constexpr std::string_view noun = "quota";
  static constexpr bool has_id = false;
  static constexpr std::tuple fields{
      field("rooms", &Quota::rooms),     field("members", &Quota::members), field("keys", &Quota::keys),
      field("devices", &Quota::devices), field("tokens", &Quota::tokens),   field("events", &Quota::events),
      field("bytes", &Quota::bytes),
  };
  static constexpr std::tuple<> marks{};
  static constexpr Columns elsewhere = columns(&Quota::tenant, &Quota::app);
};

template <>
struct Form<App> : Usual {
  static constexpr std::string_view noun = "app";
  static constexpr std::tuple fields{
      text<&App::uid>("uid"),
      text<&App::name>("name"),
      OneKey{},
      field("mode", &App::mode),
      text<&App::description>("description"),
      field("status", &App::status),
      field<Hosts>("domains", &App::domains),
      field<Features>("permissions", &App::permissions),
      text<&App::recording_bucket>("recording_bucket"),
      secret("recording_credential", &App::recording_credential, other_secret),
      field<Extras>("extras", &App::extras),
      field("created_at", &App::created_at),
      field("updated_at", &App::updated_at),
  };
  static constexpr std::tuple lists{
      list("keys", &Children<App>::keys),
      list("members", &Children<App>::members),
      list("rooms", &Children<App>::rooms),
      list("devices", &Children<App>::devices),
      list("stream_keys", &Children<App>::stream_keys),
      list("webhooks", &Children<App>::webhooks),
      list("sessions", &Children<App>::sessions),
      list("usage", &Children<App>::usage),
      list("quotas", &Children<App>::quotas),
  };
  static constexpr std::tuple marks{&App::name};
  static constexpr std::array needed_without_uid{std::string_view{"name"}};
  static constexpr Columns elsewhere = columns(&App::tenant, &App::generation);
};

template <>
struct Form<Operator> : Usual {
  static constexpr std::string_view noun = "operator";
  static constexpr std::tuple fields{
      text<&Operator::uid>("uid"),
      text<&Operator::name>("name"),
      OneKey{},
      field("created_at", &Operator::created_at),
  };
  static constexpr std::tuple lists{list("keys", &Children<Operator>::keys)};
  static constexpr std::tuple marks{&Operator::name};
  static constexpr std::array needed{std::string_view{"name"}};
  static constexpr Columns elsewhere = columns(&Operator::tenant, &Operator::generation);
};

template <>
struct Form<Tenant> : Usual {
  static constexpr std::string_view noun = "tenant";
  static constexpr std::tuple fields{
      text<&Tenant::uid>("uid"),
      text<&Tenant::name>("name"),
      field("status", &Tenant::status),
      field("created_at", &Tenant::created_at),
      field("updated_at", &Tenant::updated_at),
  };
  static constexpr std::tuple lists{list("operators", &Children<Tenant>::operators), list("apps", &Children<Tenant>::apps),
                                    list("quotas", &Children<Tenant>::quotas)};
  static constexpr std::tuple marks{&Tenant::name};
  static constexpr std::array needed{std::string_view{"name"}};
  static constexpr Columns elsewhere = 0;
};

template <>
struct Form<Root> : Usual {
  static constexpr bool has_id = false;
  static constexpr std::tuple<> fields{};
  static constexpr std::tuple lists{list("operators", &Children<Root>::operators), list("tenants", &Children<Root>::tenants)};
};

/// Whether every column of an entity is carried over or named as one that is not, and none is both.
template <class E>
constexpr bool accounts_for_all() {
  Columns told = Form<E>::elsewhere;
  bool is_once = true;
  std::apply([&](const auto&... row) { ((is_once = is_once && (told & columns_of(row)) == 0, told |= columns_of(row)), ...); },
             Form<E>::fields);
  return is_once && told == (Columns{1} << description_of<E>.width) - 4;
}
static_assert(accounts_for_all<Tenant>() && accounts_for_all<Operator>() && accounts_for_all<App>() && accounts_for_all<Key>());
static_assert(accounts_for_all<Member>() && accounts_for_all<Device>() && accounts_for_all<Reading>());
static_assert(accounts_for_all<Room>() && accounts_for_all<StreamKey>() && accounts_for_all<Webhook>());
static_assert(accounts_for_all<Session>() && accounts_for_all<Participation>() && accounts_for_all<Recording>());
static_assert(accounts_for_all<Usage>() && accounts_for_all<Quota>());

}  // namespace innkeeper::transfer
