#pragma once

#include <innkeeper/operations/common.hpp>

namespace innkeeper::devices {

Result<Device> do_create(Transaction&, const Context&, const New<Draft>&);
Result<Device> do_find(Transaction&, const Context&, const Ref&);
Result<Page<Device>> do_list(Transaction&, const Context&, const Listing&);
Result<Device> do_update(Transaction&, const Context&, const Edit<Draft>&);
Result<Nothing> do_remove(Transaction&, const Context&, const Removal&);
Result<Page<Reading>> do_readings(Transaction&, const Context&, const Listing&);

/// Errors: `invalid` for a member that the app does not have.
inline constexpr Operation<New<Draft>, Device> create{"devices.create", Access::write, do_create};
/// Errors, here and below: `not_found` with `reason::device_unknown`.
inline constexpr Operation<Ref, Device> find{"devices.find", Access::read, do_find};
inline constexpr Operation<Listing, Page<Device>> list{"devices.list", Access::read, do_list};
inline constexpr Operation<Edit<Draft>, Device> update{"devices.update", Access::write, do_update};
/// Also deletes its readings.
inline constexpr Operation<Removal, Nothing> remove{"devices.remove", Access::write, do_remove};
/// The values that a device reported.
inline constexpr Operation<Listing, Page<Reading>> readings{"devices.readings", Access::read, do_readings};

}  // namespace innkeeper::devices
