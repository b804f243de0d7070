#pragma once

#include <innkeeper/engine.hpp>

#include <functional>
#include <string>
#include <string_view>
#include <vector>

/// A whole store as one JSON document, in and out (README, "Import and export"): operators, tenants, apps with their keys,
/// members, rooms, devices with their readings, stream keys, webhooks, sessions with participants and recordings, and usage.
/// Left behind are what is for one time or place only: access tokens, member tokens, join tokens, events and deliveries, stored
/// answers, settings (so secrets are sealed anew) and the audit trail, which has a way out of its own.
namespace innkeeper {

/// A secret that import made because the document gave none. Those of revoked keys are not told: nobody can use them.
struct IssuedSecret {
  std::string kind;   ///< "app" or "operator" where it lists no keys; else "key", "stream_key" or "webhook".
  std::string owner;  ///< The operator's name; else the uid of what the kind says.
  std::string secret;
};

/// Creates or updates what the document lists, all or nothing; a second run of the same document changes nothing. Ids, uids,
/// times and secrets that it gives are kept; entries without a uid match by name (keys by label, webhooks by URL) inside their
/// parent. The audit trail has each row as the host's change; webhooks and feeds hear nothing. Errors: `malformed`; `invalid`
/// with one violation per wrong entry, its field the JSON pointer of the entry.
Result<std::vector<IssuedSecret>> import_document(Engine&, std::string_view json);

/// The store as such a document, in a stable order. Secrets are in it only if asked for, and nothing that depends on them is
/// otherwise. Imported into an empty store, it is what that store exports.
Result<std::string> export_document(Engine&, bool with_secrets);

/// The audit trail, oldest row first: a JSON object without line breaks for each, with all columns, hashes in hexadecimal.
/// `sink` is called on this thread.
Result<void> export_audit(Engine&, const std::function<void(std::string_view line)>& sink);

}  // namespace innkeeper
