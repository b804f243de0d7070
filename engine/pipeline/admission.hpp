#pragma once

#include <innkeeper/contract/dialect.hpp>

#include "engine/pipeline/router.hpp"

namespace innkeeper::pipeline {

/// Whether a dialect can tell who calls, if one of its routes is not for everybody, and asks the store where it has to. Errors:
/// `invalid` with reason `routes.unguarded` or `routes.storeless`; `routes.self` for a route whose `self` names no parameter of
/// its path, or that is open.
Result<void> require_guarded(const Dialect&);

/// Whether a caller may do what a permission is for. Errors: `forbidden` with reason `principal.missing`, `scope.missing` or
/// `reach.missing`.
Result<void> require_permission(const Principal&, const Permission&);

/// Finds out who calls a route, puts it into the context, and bounds the transaction to what the caller may see. An open route is
/// for everybody.
Result<void> authenticate(Transaction&, Context&, const Found&, const Credentials&);

/// Whether the one who was found out may do what the route is for: permission, then what the path names.
Result<void> permit(Transaction&, const Context&, const Found&);

/// Both: all that decides whether an operation may run, but the body.
Result<void> admit(Transaction&, Context&, const Found&, const Credentials&);

}  // namespace innkeeper::pipeline
