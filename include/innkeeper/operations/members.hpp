#pragma once

#include <innkeeper/operations/common.hpp>

namespace innkeeper::members {

Result<Member> do_create(Transaction&, const Context&, const New<Draft>&);
Result<Member> do_find(Transaction&, const Context&, const Ref&);
Result<Page<Member>> do_list(Transaction&, const Context&, const Listing&);
Result<Member> do_update(Transaction&, const Context&, const Edit<Draft>&);
Result<Nothing> do_remove(Transaction&, const Context&, const Removal&);

/// Errors: `already_exists` with `reason::name_taken` if the app has another of that `app_user_id`.
inline constexpr Operation<New<Draft>, Member> create{"members.create", Access::write, do_create};
/// Errors, here and below: `not_found` with `reason::member_unknown`.
inline constexpr Operation<Ref, Member> find{"members.find", Access::read, do_find};
inline constexpr Operation<Listing, Page<Member>> list{"members.list", Access::read, do_list};
/// A member that is suspended loses its tokens.
inline constexpr Operation<Edit<Draft>, Member> update{"members.update", Access::write, do_update};
/// Also deletes its tokens and stream keys; its devices stay, without a member.
inline constexpr Operation<Removal, Nothing> remove{"members.remove", Access::write, do_remove};

}  // namespace innkeeper::members
