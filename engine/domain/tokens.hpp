#pragma once

#include <innkeeper/operations.hpp>

/// What the tokens of members share.
namespace innkeeper::domain {

/// A member of an app, as a draft names it. Errors: `invalid`, pointing at `/member`.
Result<Member> member_of(Transaction&, Id app, const std::string& ref);

/// Revokes all that lets a member in. Answers how many.
Result<std::int64_t> revoke_tokens_of(Transaction&, const Context&, const Member&);

}  // namespace innkeeper::domain
