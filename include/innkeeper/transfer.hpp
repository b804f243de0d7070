#pragma once

#include <innkeeper/result.hpp>

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

/// A whole store as one JSON document, in and out (README, "Import and export"): operators, tenants, apps with their keys,
/// members, rooms, devices with their readings, stream keys, webhooks, sessions with participants and recordings, usage, and
/// quotas. Left out is what belongs to one time or place only: access tokens, member tokens, join tokens, events and deliveries,
/// stored responses, settings (so secrets are sealed anew) and the audit trail, which is exported separately.
namespace innkeeper {

class Engine;

/// A secret that import generated because the document gave none. Those of revoked keys are not listed: nobody can use them.
struct IssuedSecret {
  std::string kind;   ///< "app" or "operator" where it lists no keys; else "key", "stream_key" or "webhook".
  std::string owner;  ///< The operator's name; else the uid of what the kind says.
  std::string secret;
};

/// How many entries of one kind of list were created, updated and left unchanged, wherever in the document they are.
struct ImportCount {
  std::string kind;  ///< The list's name: "tenants", "stream_keys".
  std::int64_t created = 0;
  std::int64_t updated = 0;
  std::int64_t unchanged = 0;
};

/// What an import did.
struct ImportReport {
  std::vector<IssuedSecret> secrets{};
  std::vector<ImportCount> counts{};  ///< By kind; kinds that the document does not have are left out.
};

/// Creates or updates what the document lists, all or nothing; a second run of the same document changes nothing. Ids, uids,
/// times and secrets that it gives are kept; entries without a uid match by name (keys by label, webhooks by URL) inside their
/// parent. Changes have the effects of the corresponding operation: a member who is suspended loses all tokens. The audit trail
/// records each row as a change by the host; webhooks and feeds get events of revoked tokens only. Errors: `malformed`; `invalid`
/// with a violation for each wrong member, its field the JSON pointer; what `before_commit` answers.
///
/// `before_commit`, if given, is called when everything is written and nothing is committed yet: the place to hand out secrets.
/// If it fails, nothing is stored. It may be called again, with other secrets; once this succeeds, those of the last call are
/// valid.
Result<ImportReport> import_document(Engine&, std::string_view json,
                                     const std::function<Result<void>(const ImportReport&)>& before_commit = {});

/// The store as such a document, in a stable order. Secrets are in it only if asked for, and nothing that depends on them is
/// otherwise. Imported into an empty store, it is what that store exports.
Result<std::string> export_document(Engine&, bool with_secrets);

/// The audit trail, oldest row first: a JSON object without line breaks for each, with all columns, hashes in hexadecimal.
/// `sink` is called on this thread.
Result<void> export_audit(Engine&, const std::function<void(std::string_view line)>& sink);

}  // namespace innkeeper
