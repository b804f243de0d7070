#include "engine/base/status.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace innkeeper::base {

namespace {

struct Row {
  Errc code;
  std::string_view name;
  int status;
};
constexpr std::array<Row, errc_count> rows{{
    {Errc::malformed, "malformed", 400},
    {Errc::invalid, "invalid", 400},
    {Errc::unauthenticated, "unauthenticated", 401},
    {Errc::forbidden, "forbidden", 403},
    {Errc::not_found, "not_found", 404},
    {Errc::method_not_allowed, "method_not_allowed", 405},
    {Errc::already_exists, "already_exists", 409},
    {Errc::conflict, "conflict", 409},
    {Errc::gone, "gone", 410},
    {Errc::quota_exceeded, "quota_exceeded", 403},
    {Errc::rate_limited, "rate_limited", 429},
    {Errc::too_large, "too_large", 413},
    {Errc::target_too_long, "target_too_long", 414},
    {Errc::head_too_large, "head_too_large", 431},
    {Errc::version_not_supported, "version_not_supported", 505},
    {Errc::unsupported_media, "unsupported_media", 415},
    {Errc::timed_out, "timed_out", 408},
    {Errc::overloaded, "overloaded", 503},
    {Errc::unavailable, "unavailable", 503},
    {Errc::internal, "internal", 500},
}};
static_assert(
    [] {
      for (std::size_t i = 0; i < rows.size(); ++i)
        if (rows[i].code != static_cast<Errc>(i)) return false;
      return true;
    }(),
    "one row for each Errc, in its order");

constexpr std::array<std::pair<int, std::string_view>, 26> phrases{{
    {200, "OK"},
    {201, "Created"},
    {202, "Accepted"},
    {204, "No Content"},
    {304, "Not Modified"},
    {400, "Bad Request"},
    {401, "Unauthorized"},
    {403, "Forbidden"},
    {404, "Not Found"},
    {405, "Method Not Allowed"},
    {406, "Not Acceptable"},
    {408, "Request Timeout"},
    {409, "Conflict"},
    {410, "Gone"},
    {411, "Length Required"},
    {412, "Precondition Failed"},
    {413, "Content Too Large"},
    {414, "URI Too Long"},
    {415, "Unsupported Media Type"},
    {417, "Expectation Failed"},
    {422, "Unprocessable Content"},
    {429, "Too Many Requests"},
    {431, "Request Header Fields Too Large"},
    {500, "Internal Server Error"},
    {503, "Service Unavailable"},
    {505, "HTTP Version Not Supported"},
}};

}  // namespace

int standard_status(Errc code) { return rows[static_cast<std::size_t>(code)].status; }
std::string_view name_of(Errc code) { return rows[static_cast<std::size_t>(code)].name; }

std::string_view reason_phrase(int status) {
  const auto* found = std::find_if(phrases.begin(), phrases.end(), [&](const auto& each) { return each.first == status; });
  return found == phrases.end() ? std::string_view{} : found->second;
}

}  // namespace innkeeper::base
