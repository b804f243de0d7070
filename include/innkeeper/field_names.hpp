#pragma once

#include <string_view>

/// The header fields that the engine reads and writes.
namespace innkeeper::header {

inline constexpr std::string_view accept = "Accept";
inline constexpr std::string_view allow = "Allow";
inline constexpr std::string_view authorization = "Authorization";
inline constexpr std::string_view content_length = "Content-Length";
inline constexpr std::string_view content_type = "Content-Type";
inline constexpr std::string_view etag = "ETag";
inline constexpr std::string_view host = "Host";
inline constexpr std::string_view idempotency_key = "Idempotency-Key";
inline constexpr std::string_view idempotency_replayed = "Idempotency-Replayed";
inline constexpr std::string_view if_match = "If-Match";
inline constexpr std::string_view if_none_match = "If-None-Match";
inline constexpr std::string_view last_event_id = "Last-Event-ID";
inline constexpr std::string_view link = "Link";
inline constexpr std::string_view location = "Location";
inline constexpr std::string_view rate_limit = "RateLimit";
inline constexpr std::string_view rate_limit_policy = "RateLimit-Policy";
inline constexpr std::string_view retry_after = "Retry-After";
inline constexpr std::string_view traceparent = "traceparent";
inline constexpr std::string_view vary = "Vary";
inline constexpr std::string_view www_authenticate = "WWW-Authenticate";
inline constexpr std::string_view x_request_id = "X-Request-Id";

}  // namespace innkeeper::header
