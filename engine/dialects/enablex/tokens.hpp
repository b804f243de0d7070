#pragma once

#include <innkeeper/dialect.hpp>
#include <innkeeper/operations.hpp>

#include <string>

/// Tokens to join a room with (§5.7, §6): not JWTs, but base64 of a JSON object that says which room and where.
namespace innkeeper::dialects::enablex {

Result<join_tokens::Entry> do_issue(Transaction&, const Context&, const New<join_tokens::Draft>&);
inline constexpr Operation<New<join_tokens::Draft>, join_tokens::Entry> issue_token{join_tokens::create.name, Access::write,
                                                                                    do_issue};

Result<New<join_tokens::Draft>> read_new_token(const Call&);
void write_token(const join_tokens::Entry&, const Context&, Response&);

std::string new_token_schema();
std::string token_schema();

}  // namespace innkeeper::dialects::enablex
