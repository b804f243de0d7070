#pragma once

#include <innkeeper/model.hpp>
#include <innkeeper/result.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// What an import document says, read but not yet compared with any store. Members that are absent say nothing.
namespace innkeeper::transfer {

/// What all entries have. `pointer` is the entry's JSON pointer, for messages.
struct Entry {
  std::string pointer{};
  std::optional<Id> id{};
  std::optional<std::string> uid{};
  std::optional<std::string> name{};
  std::optional<Instant> created_at{};
};

struct OperatorEntry : Entry {
  std::optional<std::string> secret{};
};

struct UsageEntry {
  std::string pointer{};
  std::optional<std::int64_t> month{};
  std::optional<std::int64_t> signaling{};
  std::optional<std::int64_t> turn_bytes{};
  std::optional<std::int64_t> sfu_bytes{};
};

struct AppEntry : Entry {
  std::optional<std::string> secret{};
  std::optional<std::string> description{};
  std::optional<AppStatus> status{};
  std::optional<JsonText> domains{};
  std::optional<JsonText> permissions{};
  std::optional<std::string> recording_bucket{};
  std::optional<std::string> recording_credential{};
  std::optional<JsonText> extras{};
  std::optional<Instant> updated_at{};
  std::vector<UsageEntry> usage{};
};

struct TenantEntry : Entry {
  std::optional<TenantStatus> status{};
  std::optional<Instant> updated_at{};
  std::vector<OperatorEntry> operators{};
  std::vector<AppEntry> apps{};
};

struct Document {
  std::string pointer{};
  std::vector<OperatorEntry> operators{};
  std::vector<TenantEntry> tenants{};
};

/// Errors: `malformed` where it is no JSON; `invalid` with a violation for each field that is unknown, missing or wrong.
Result<Document> read_document(std::string_view json);

/// The error of a document whose entries break rules.
Error refused(std::vector<Violation>);

}  // namespace innkeeper::transfer
