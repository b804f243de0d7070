#pragma once

#include <innkeeper/operations/common.hpp>

namespace innkeeper::devices {

using New = innkeeper::New<Draft>;

/// Errors: `invalid` for a member that the app does not have.
extern const Operation<New, Device> create;
/// Errors, here and below: `not_found` with `reason::device_unknown`.
extern const Operation<Ref, Device> find;
extern const Operation<Listing, Page<Device>> list;
extern const Operation<Edit<Draft>, Device> update;
/// Also deletes its readings.
extern const Operation<Removal, Nothing> remove;
/// The values that a device reported.
extern const Operation<Listing, Page<Reading>> readings;

}  // namespace innkeeper::devices
