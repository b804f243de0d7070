#pragma once

#include <innkeeper/result.hpp>

#include "engine/transfer/entry.hpp"

#include <cstddef>
#include <string_view>
#include <vector>

namespace innkeeper::transfer {

/// `longest_object` is `Limits::object`. Errors: `malformed` where it is no JSON; `invalid` with a violation for each field that
/// is unknown, missing or wrong.
Result<Document> read_document(std::string_view json, std::size_t longest_object);

/// The error of a document whose entries break rules.
Error refused(std::vector<Violation>);

}  // namespace innkeeper::transfer
