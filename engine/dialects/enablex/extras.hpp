#pragma once

#include <innkeeper/model.hpp>
#include <innkeeper/operation.hpp>

#include "engine/dialects/enablex/settings.hpp"

#include <optional>
#include <string>
#include <string_view>

/// What only this contract knows of a room, as it is stored and as it is shown (§4.3).
namespace innkeeper::dialects::enablex {

/// Where rows keep what is this contract's.
inline constexpr std::string_view own_member = "enablex";

struct Sip {
  bool is_enabled = false;
  std::string uri{};
};
struct Extras {
  Settings settings{};
  Sip sip{};
  JsonText data{"{}"};
  std::optional<Instant> updated{};
};
Extras extras_of(const Room&);
/// Ours in place of what was, beside what other contracts know.
JsonText with_extras(const JsonText& all, const Extras& own);

/// The room as an answer shows it; that to a request that made it lacks a member (§4.3).
void write_shown(json::Writer&, const Room&, std::string_view service_id, const crypto::Keyring&, bool is_new);
std::string shown_schema(bool is_new);

/// `YYYY-MM-DDTHH:MM:SS.mmmZ`.
std::string to_stamp(Instant);
/// 24 hexadecimal digits that stand for an id.
std::string to_hex24(Id);

}  // namespace innkeeper::dialects::enablex
