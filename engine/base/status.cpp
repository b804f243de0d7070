#include "engine/base/status.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace innkeeper::base {

namespace {

constexpr std::array<std::string_view, errc_count> names{
    "malformed",          "invalid",        "unauthenticated", "forbidden",      "not_found",
    "method_not_allowed", "already_exists", "conflict",        "gone",           "quota_exceeded",
    "rate_limited",       "too_large",      "target_too_long", "head_too_large", "version_not_supported",
    "unsupported_media",  "timed_out",      "overloaded",      "unavailable",    "internal",
};

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

std::string_view name_of(Errc code) { return names[static_cast<std::size_t>(code)]; }

std::string_view reason_phrase(int status) {
  const auto* found = std::find_if(phrases.begin(), phrases.end(), [&](const auto& each) { return each.first == status; });
  return found == phrases.end() ? std::string_view{} : found->second;
}

}  // namespace innkeeper::base
