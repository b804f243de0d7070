#pragma once

#include "engine/transfer/form_rows.hpp"

#include <array>
#include <cstddef>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>

/// What an entry of each kind may say, for the way in and the way out: its columns as they are described, and what is told
/// otherwise, a row each.
namespace innkeeper::transfer {

/// An entry has all columns of its kind but those that its place in the document or its secret tells, or that are not carried
/// over: the tenant's, the app's, the internal ones and those in `elsewhere`. `own` are rows for what is not told as its column
/// is kept; `lists` is what stands beneath. Without a uid, an entry means the row of its parent that has the same
/// `match_columns`.
template <class E>
struct Form;

/// What most forms have: an id; no rows of their own, no lists; no members that must be there, with a uid and without.
struct FormDefaults {
  static constexpr bool has_id = true;
  static constexpr std::tuple<> own{};
  static constexpr Columns elsewhere = 0;
  static constexpr std::tuple<> lists{};
  static constexpr std::array<std::string_view, 0> needed{};
  static constexpr std::array<std::string_view, 0> needed_without_uid{};
};

template <>
struct Form<Key> : FormDefaults {
  static constexpr std::string_view noun = "key";
  static constexpr std::tuple own{
      secret("secret", &Key::sealed, own_secret),
      Successor{},
      KeyRate{},
  };
  static constexpr std::tuple match_columns{&Key::label};
  static constexpr Columns elsewhere =
      columns(&Key::owner_kind, &Key::owner, &Key::digest, &Key::hint, &Key::prefix, &Key::made_by);
};

template <>
struct Form<Member> : FormDefaults {
  static constexpr std::string_view noun = "member";
  static constexpr std::tuple own{
      NotKept{"password", "is not kept: members have no passwords here, the app signs them in"},
  };
  static constexpr std::tuple match_columns{&Member::name};  ///< An `app_user_id` goes before it.
  static constexpr std::array needed_without_uid{std::string_view{"name"}};
};

template <>
struct Form<Room> : FormDefaults {
  static constexpr std::string_view noun = "room";
  static constexpr std::tuple match_columns{&Room::name};
  static constexpr std::array needed_without_uid{std::string_view{"name"}};
};

template <>
struct Form<Reading> : FormDefaults {
  static constexpr std::string_view noun = "reading";
  static constexpr std::tuple match_columns{&Reading::at, &Reading::value};
  static constexpr std::array needed{std::string_view{"at"}, std::string_view{"value"}};
  static constexpr Columns elsewhere = columns(&Reading::device);
};

template <>
struct Form<Device> : FormDefaults {
  static constexpr std::string_view noun = "device";
  static constexpr std::tuple own{
      reference<Member>("member", &Device::member),
  };
  static constexpr std::tuple lists{list("readings", &Children<Device>::readings)};
  static constexpr std::tuple match_columns{&Device::name};
  static constexpr std::array needed_without_uid{std::string_view{"name"}};
};

template <>
struct Form<StreamKey> : FormDefaults {
  static constexpr std::string_view noun = "stream key";
  static constexpr std::tuple own{
      reference<Member>("member", &StreamKey::member),
      secret("secret", &StreamKey::sealed, own_secret),
  };
  static constexpr std::tuple match_columns{&StreamKey::label};
  static constexpr Columns elsewhere = columns(&StreamKey::digest, &StreamKey::hint);
};

template <>
struct Form<Webhook> : FormDefaults {
  static constexpr std::string_view noun = "webhook";
  static constexpr std::tuple own{
      secret("secret", &Webhook::sealed, webhook_secret),
      secret("former", &Webhook::former, webhook_secret),
      with_secrets(field<&Webhook::former_until>()),
      secret("basic_auth", &Webhook::credential, basic_credential),
  };
  static constexpr std::tuple match_columns{&Webhook::url};
  static constexpr std::array needed_without_uid{std::string_view{"url"}};
};

template <>
struct Form<Participation> : FormDefaults {
  static constexpr std::string_view noun = "participant";
  static constexpr std::tuple own{
      reference<Member>("member", &Participation::member),
  };
  static constexpr std::tuple match_columns{&Participation::uid};
  static constexpr std::array needed{std::string_view{"uid"}};
  /// The join token stays behind, as all of them do.
  static constexpr Columns elsewhere = columns(&Participation::session, &Participation::token);
};

template <>
struct Form<Recording> : FormDefaults {
  static constexpr std::string_view noun = "recording";
  static constexpr std::tuple match_columns{&Recording::kind, &Recording::url, &Recording::at};
  static constexpr std::array needed{std::string_view{"url"}, std::string_view{"at"}};
  static constexpr Columns elsewhere = columns(&Recording::session);
};

template <>
struct Form<Session> : FormDefaults {
  static constexpr std::string_view noun = "session";
  static constexpr std::tuple own{
      reference<Room>("room", &Session::room),
  };
  static constexpr std::tuple lists{list("participants", &Children<Session>::participants),
                                    list("recordings", &Children<Session>::recordings)};
  static constexpr std::tuple match_columns{&Session::uid};
  static constexpr std::array needed{std::string_view{"uid"}};
};

template <>
struct Form<Usage> : FormDefaults {
  static constexpr std::string_view noun = "month";
  static constexpr bool has_id = false;
  static constexpr std::tuple match_columns{&Usage::month};
  static constexpr std::array needed{std::string_view{"month"}};
};

/// One entry at most, as nothing marks another.
template <>
struct Form<Quota> : FormDefaults {
  static constexpr std::string_view noun = "quota";
  static constexpr bool has_id = false;
  static constexpr std::tuple<> match_columns{};
};

template <>
struct Form<App> : FormDefaults {
  static constexpr std::string_view noun = "app";
  static constexpr std::tuple own{
      OneKey{},
      secret("recording_credential", &App::recording_credential, other_secret),
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
  static constexpr std::tuple match_columns{&App::name};
  static constexpr std::array needed_without_uid{std::string_view{"name"}};
};

template <>
struct Form<Operator> : FormDefaults {
  static constexpr std::string_view noun = "operator";
  static constexpr std::tuple own{
      OneKey{},
  };
  static constexpr std::tuple lists{list("keys", &Children<Operator>::keys)};
  static constexpr std::tuple match_columns{&Operator::name};
  static constexpr std::array needed{std::string_view{"name"}};
};

template <>
struct Form<Tenant> : FormDefaults {
  static constexpr std::string_view noun = "tenant";
  static constexpr std::tuple lists{list("operators", &Children<Tenant>::operators), list("apps", &Children<Tenant>::apps),
                                    list("quotas", &Children<Tenant>::quotas)};
  static constexpr std::tuple match_columns{&Tenant::name};
  static constexpr std::array needed{std::string_view{"name"}};
};

template <>
struct Form<Root> : FormDefaults {
  static constexpr bool has_id = false;
  static constexpr std::tuple lists{list("operators", &Children<Root>::operators), list("tenants", &Children<Root>::tenants)};
};

/// The columns that rows of their own tell.
template <class E>
constexpr Columns told_by_own() {
  Columns told = 0;
  std::apply([&](const auto&... row) { ((told |= columns_of(row)), ...); }, Form<E>::own);
  return told;
}
/// The columns that are not told as they are described.
template <class E>
constexpr Columns not_as_described() {
  Columns hidden = Form<E>::elsewhere | told_by_own<E>();
  for (std::size_t at = 2; at < description_of<E>.width; ++at) {
    const bool is_place = std::cmp_equal(at, description_of<E>.owner) || std::cmp_equal(at, description_of<E>.app);
    if (is_place || description_of<E>.columns[at].is_internal) hidden |= Columns{1} << at;
  }
  return hidden;
}

template <class E, std::size_t at>
constexpr auto row_of_column() {
  if constexpr ((not_as_described<E>() >> (at + 2) & 1U) != 0)
    return std::tuple<>{};
  else
    return std::tuple{field<innkeeper::detail::member_at<at>(description_of<E>.members)>()};
}
template <class E, std::size_t... at>
constexpr auto rows_of_columns(std::index_sequence<at...>) {
  return std::tuple_cat(row_of_column<E, at>()...);
}

/// All that an entry may have beside its id and its lists.
template <class E>
inline constexpr auto fields_of =
    std::tuple_cat(rows_of_columns<E>(typename std::remove_cvref_t<decltype(description_of<E>)>::Positions{}), Form<E>::own);
template <>
inline constexpr std::tuple<> fields_of<Root>{};

}  // namespace innkeeper::transfer
