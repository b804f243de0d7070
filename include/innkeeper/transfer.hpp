#pragma once

#include <innkeeper/engine.hpp>

#include <string>
#include <string_view>
#include <vector>

/// A whole store as one JSON document, in and out (README, "Import and export").
namespace innkeeper {

/// A secret that import made because the document gave none.
struct IssuedSecret {
  std::string kind;   ///< "app" or "operator".
  std::string owner;  ///< The app's uid, or the operator's name.
  std::string secret;
};

/// Creates or updates what the document lists, all or nothing; a second run of the same document changes nothing. Ids, uids and
/// secrets that it gives are kept; entries without a uid match by name inside their parent. Errors: `malformed`; `invalid` with
/// one violation per wrong entry, its field the JSON pointer of the entry.
Result<std::vector<IssuedSecret>> import_document(Engine&, std::string_view json);

/// The store as such a document, in a stable order. Secrets are in it only if asked for.
Result<std::string> export_document(Engine&, bool with_secrets);

}  // namespace innkeeper
