#pragma once

#include <innkeeper/operations/common.hpp>

namespace innkeeper::members {

using New = innkeeper::New<Draft>;

/// Errors: `already_exists` with `reason::name_taken` if the app has another of that `app_user_id`.
extern const Operation<New, Member> create;
/// Errors, here and below: `not_found` with `reason::member_unknown`.
extern const Operation<Ref, Member> find;
extern const Operation<Listing, Page<Member>> list;
/// A member that is suspended loses its tokens.
extern const Operation<Edit<Draft>, Member> update;
/// Also deletes its tokens and stream keys; its devices stay, without a member.
extern const Operation<Removal, Nothing> remove;

}  // namespace innkeeper::members
