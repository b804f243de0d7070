#pragma once

#include <span>
#include <string>
#include <string_view>

/// The contracts this library speaks.
namespace innkeeper {

struct Dialect;

/// SkyWay SDPF app management, and the part of OpenStack Identity v3 it needs for tokens.
extern const Dialect skyway;

/// The settings of `enablex`, for its `Mount::settings`: where those who hold a token connect to.
struct EnablexSettings {
  std::string host = "localhost:443";  ///< `HOST:PORT` of the signalling server.
  bool is_secure = true;
};

/// EnableX Video API v2: rooms, tokens, call records, archives, webhooks.
extern const Dialect enablex;

/// This library's own API: everything it can do, under `/api/v1`.
extern const Dialect native;

/// All of the above. `/livez` and `/readyz` belong to none of them: every engine serves them.
std::span<const Dialect* const> all_dialects();

/// The dialect of that name; null if there is none.
const Dialect* find_dialect(std::string_view name);

}  // namespace innkeeper
