#pragma once

#include <innkeeper/engine.hpp>

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

/// A whole store as one JSON document, in and out (README, "Import and export"): operators, tenants, apps with their keys,
/// members, rooms, devices with their readings, stream keys, webhooks, sessions with participants and recordings, usage, and
/// quotas. Left behind are what is for one time or place only: access tokens, member tokens, join tokens, events and deliveries,
/// stored answers, settings (so secrets are sealed anew) and the audit trail, which has a way out of its own.
namespace innkeeper {

/// A secret that import made because the document gave none. Those of revoked keys are not told: nobody can use them.
struct IssuedSecret {
  std::string kind;   ///< "app" or "operator" where it lists no keys; else "key", "stream_key" or "webhook".
  std::string owner;  ///< The operator's name; else the uid of what the kind says.
  std::string secret;
};

/// What became of the entries of one list, wherever in the document it stands.
struct ImportCount {
  std::string kind;  ///< The list's name: "tenants", "stream_keys".
  std::int64_t created = 0;
  std::int64_t updated = 0;
  std::int64_t unchanged = 0;
};

/// What an import did.
struct ImportReport {
  std::vector<IssuedSecret> secrets{};
  std::vector<ImportCount> counts{};  ///< By kind; of those that the document has.
};

/// Creates or updates what the document lists, all or nothing; a second run of the same document changes nothing. Ids, uids,
/// times and secrets that it gives are kept; entries without a uid match by name (keys by label, webhooks by URL) inside their
/// parent. What an entry takes away ends as by the operation: a member who is suspended loses all tokens. The audit trail has
/// each row as the host's change; webhooks and feeds hear of ended tokens only. Errors: `malformed`; `invalid` with a violation
/// for each wrong member, its field the JSON pointer; what `before_commit` answers.
///
/// `before_commit`, if there is one, is called when all is written and nothing committed yet: the place to hand on secrets. If it
/// fails, nothing is stored. It may be called again, with other secrets; those of the last call count, once this succeeds.
Result<ImportReport> import_document(Engine&, std::string_view json,
                                     const std::function<Result<void>(const ImportReport&)>& before_commit = {});

/// The store as such a document, in a stable order. Secrets are in it only if asked for, and nothing that depends on them is
/// otherwise. Imported into an empty store, it is what that store exports.
Result<std::string> export_document(Engine&, bool with_secrets);

/// The audit trail, oldest row first: a JSON object without line breaks for each, with all columns, hashes in hexadecimal.
/// `sink` is called on this thread.
Result<void> export_audit(Engine&, const std::function<void(std::string_view line)>& sink);

}  // namespace innkeeper
