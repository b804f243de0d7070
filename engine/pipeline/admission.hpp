#pragma once

#include <innkeeper/dialect.hpp>

namespace innkeeper::pipeline {

/// Whether a caller may do what a permission is for. Errors: `forbidden` with reason `scope.missing` or `reach.missing`.
Result<void> require_permission(const Principal&, const Permission&);

/// Finds out who calls, puts it into the context, and bounds the transaction to what the caller may see. An open route is for
/// everybody.
Result<void> admit(Transaction&, Context&, const Dialect&, const Route&, const Credentials&, const Params&);

}  // namespace innkeeper::pipeline
