#pragma once

#include <innkeeper/operations.hpp>
#include <innkeeper/schema/model.hpp>

#include "engine/base/records.hpp"
#include "engine/domain/tasks.hpp"

#include <cstdint>
#include <string_view>

/// What the tokens of members share.
namespace innkeeper::domain {

/// A member of an app, as a draft names it. Errors: `invalid`, pointing at `/member`.
Result<Member> member_of(Transaction&, Id app, const std::string& ref);

/// Writes to the tokens and stream keys of a member that those of the generation before are revoked, as far as the budget goes;
/// the rest in maintenance. The member's own row, with the new generation, is for the caller to store.
Result<void> revoke_ended_tokens(Transaction&, const Context&, const Member&, Budget&);

/// Says how many rows of a table were revoked at once, if any were.
Result<void> record_revoked(Transaction&, const Context&, const App&, std::string_view table, std::int64_t count);

/// Goes on with an order to revoke what was issued (`TaskKind::revoke_issued_…`) as far as the budget goes; answers whether all
/// of it is revoked.
Result<bool> go_on_revoking(Transaction&, const Context&, Task&, Budget&);

/// Has a stream key show what was decided of it, whether maintenance has come to it or not. Answers whether its member, if it has
/// one, is there still.
Result<bool> bring_up_to_date(Transaction&, StreamKey&);

}  // namespace innkeeper::domain
