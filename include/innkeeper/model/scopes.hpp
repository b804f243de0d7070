#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

/// What a key may do. A scope is named `AREA:read` or `AREA:write`, but for `keys:verify`. `AREA:write` includes `AREA:read`,
/// `read` includes every `AREA:read`, and `*` includes everything. In a list they are separated by blanks (RFC 6749 §3.3).
namespace innkeeper {

enum class Scope : std::uint8_t {
  none,  ///< Required of nobody.
  tenants_read,
  tenants_write,
  operators_read,
  operators_write,
  apps_read,
  apps_write,
  keys_read,
  keys_write,
  keys_verify,
  members_read,
  members_write,
  rooms_read,
  rooms_write,
  tokens_read,
  tokens_write,
  devices_read,
  devices_write,
  sessions_read,
  usage_read,
  events_read,
  events_write,
  webhooks_read,
  webhooks_write,
  audit_read,
};

namespace detail {
struct ScopeRow {
  std::string_view name;
  Scope scope;
  std::string_view about;
};
}  // namespace detail

/// Every scope that has a name of its own, in the order of `Scope`.
inline constexpr std::array<detail::ScopeRow, 24> scope_table{{
    {"tenants:read", Scope::tenants_read, "See tenants"},
    {"tenants:write", Scope::tenants_write, "Make, change, suspend and delete tenants"},
    {"operators:read", Scope::operators_read, "See operators and their keys"},
    {"operators:write", Scope::operators_write, "Make, change and delete operators and their keys"},
    {"apps:read", Scope::apps_read, "See apps"},
    {"apps:write", Scope::apps_write, "Make, change and delete apps"},
    {"keys:read", Scope::keys_read, "See the keys of apps, never their secrets"},
    {"keys:write", Scope::keys_write, "Make, rotate and revoke keys of apps"},
    {"keys:verify", Scope::keys_verify, "Ask whether a secret is good"},
    {"members:read", Scope::members_read, "See members"},
    {"members:write", Scope::members_write, "Make, change and delete members"},
    {"rooms:read", Scope::rooms_read, "See rooms"},
    {"rooms:write", Scope::rooms_write, "Make, change and delete rooms"},
    {"tokens:read", Scope::tokens_read, "See join tokens, member tokens and stream keys"},
    {"tokens:write", Scope::tokens_write, "Issue, redeem and revoke join tokens, member tokens and stream keys"},
    {"devices:read", Scope::devices_read, "See devices and their readings"},
    {"devices:write", Scope::devices_write, "Make, change and delete devices"},
    {"sessions:read", Scope::sessions_read, "See call records and recordings"},
    {"usage:read", Scope::usage_read, "See usage"},
    {"events:read", Scope::events_read, "Follow an app's events"},
    {"events:write", Scope::events_write, "Report events"},
    {"webhooks:read", Scope::webhooks_read, "See webhooks and their deliveries"},
    {"webhooks:write", Scope::webhooks_write, "Make, change, replay and delete webhooks"},
    {"audit:read", Scope::audit_read, "Read the audit trail"},
}};

/// A set of scopes, with all that they include.
class Scopes {
 public:
  constexpr Scopes() = default;
  static constexpr Scopes all() { return Scopes{~std::uint32_t{0}}; }
  /// Every `AREA:read`.
  static constexpr Scopes reading() {
    Scopes scopes;
    for (const auto& row : scope_table)
      if (row.name.ends_with(":read")) scopes.add(row.scope);
    return scopes;
  }
  /// Nothing if a word of the list is not a scope, or the list is empty.
  static constexpr std::optional<Scopes> parse(std::string_view list) {
    Scopes scopes;
    while (!list.empty()) {
      const auto blank = list.find(' ');
      const auto word = list.substr(0, blank);
      list.remove_prefix(blank == std::string_view::npos ? list.size() : blank + 1);
      const auto one = named(word);
      if (!one) return std::nullopt;
      scopes.bits_ |= one->bits_;
    }
    return scopes.bits_ == 0 ? std::nullopt : std::optional{scopes};
  }
  /// The set that one word stands for.
  static constexpr std::optional<Scopes> named(std::string_view word) {
    if (word == "*") return all();
    if (word == "read") return reading();
    for (const auto& row : scope_table) {
      if (row.name != word) continue;
      Scopes scopes;
      scopes.add(row.scope);
      return scopes;
    }
    return std::nullopt;
  }

  constexpr bool has(Scope scope) const { return scope == Scope::none || (bits_ & bit(scope)) != 0; }
  constexpr bool covers(Scopes other) const { return (other.bits_ & ~bits_) == 0; }
  friend constexpr bool operator==(Scopes, Scopes) = default;

 private:
  constexpr explicit Scopes(std::uint32_t bits) : bits_(bits) {}
  static constexpr std::uint32_t bit(Scope scope) { return std::uint32_t{1} << static_cast<unsigned>(scope); }
  constexpr void add(Scope scope) {
    bits_ |= bit(scope);
    const auto position = static_cast<std::size_t>(scope) - 1;
    // What may be written may be read: the two stand side by side in the table.
    if (scope_table[position].name.ends_with(":write")) bits_ |= bit(scope_table[position - 1].scope);
  }
  std::uint32_t bits_ = 0;
};

constexpr std::string_view name_of(Scope scope) {
  return scope == Scope::none ? std::string_view{} : scope_table[static_cast<std::size_t>(scope) - 1].name;
}
static_assert([] {
  for (std::size_t i = 0; i < scope_table.size(); ++i)
    if (static_cast<std::size_t>(scope_table[i].scope) != i + 1) return false;
  return Scopes::parse("rooms:write")->has(Scope::rooms_read) && !Scopes::parse("read")->has(Scope::rooms_write) &&
         Scopes::all().covers(Scopes::reading());
}());

}  // namespace innkeeper
