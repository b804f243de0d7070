#include "engine/crypto/secret.hpp"
#include "engine/domain/collection.hpp"
#include "engine/domain/tasks.hpp"
#include "engine/domain/tokens.hpp"

namespace innkeeper::devices {

namespace {

Result<void> apply(Transaction& tx, const Draft& draft, Device& device) {
  if (draft.member) {
    device.member = Id::none;
    if (*draft.member) {
      auto member = domain::member_of(tx, device.app, **draft.member);
      if (!member) return member.error();
      device.member = member->id;
    }
  }
  apply_changes(draft, device);
  return {};
}

/// The devices of a member that is gone are nobody's, also those that maintenance has not come to.
Result<void> leave_absent_member(Transaction& tx, Device& device) {
  if (device.member == Id::none) return {};
  auto member = tx.get<Member>(device.member);
  if (!member && member.error().code != Errc::not_found) return member.error();
  if (!member) device.member = Id::none;
  return {};
}

Result<Device> do_create(Transaction& tx, const Context& context, const New& wanted) {
  auto app = apps::open(tx, context, wanted.parent);
  if (!app) return app.error();
  Device device{.tenant = app->tenant, .app = app->id, .uid = crypto::make_uuid(context.random)};
  device.created_at = device.updated_at = context.now;
  if (auto applied = apply(tx, wanted.draft, device); !applied) return applied.error();
  if (auto stored = changes::insert(tx, context, device); !stored) return stored.error();
  return device;
}

Result<Device> do_find(Transaction& tx, const Context& context, const Ref& ref) {
  auto device = domain::find<Device>(tx, context, ref);
  if (!device) return device;
  if (auto left = leave_absent_member(tx, *device); !left) return left.error();
  return device;
}

Result<Page<Device>> do_list(Transaction& tx, const Context& context, const Listing& wanted) {
  auto page = domain::page_of_app<Device>(tx, context, wanted);
  if (!page) return page;
  for (auto& device : page->items)
    if (auto left = leave_absent_member(tx, device); !left) return left.error();
  return page;
}

Result<Device> do_update(Transaction& tx, const Context& context, const Edit<Draft>& wanted) {
  return domain::edit<Device>(tx, context, wanted, [&](Device& device) -> Result<void> {
    if (auto left = leave_absent_member(tx, device); !left) return left;
    return apply(tx, wanted.draft, device);
  });
}

Result<Nothing> do_remove(Transaction& tx, const Context& context, const Removal& wanted) {
  return domain::remove<Device>(tx, context, wanted, [&](const Device& device) {
    domain::Budget budget;
    return domain::begin(
        tx, context, {.tenant = device.tenant, .app = device.app, .kind = TaskKind::purge_device, .object = device.id}, budget);
  });
}

Result<Page<Reading>> do_readings(Transaction& tx, const Context& context, const Listing& wanted) {
  auto device = domain::find<Device>(tx, context, wanted.parent);
  if (!device) return device.error();
  return domain::page(tx, Query<Reading>{}.where(&Reading::device, device->id), wanted.page_request);
}

}  // namespace

constinit const Operation<New, Device> create{"devices.create", Access::write, do_create};
constinit const Operation<Ref, Device> find{"devices.find", Access::read, do_find};
constinit const Operation<Listing, Page<Device>> list{"devices.list", Access::read, do_list};
constinit const Operation<Edit<Draft>, Device> update{"devices.update", Access::write, do_update};
constinit const Operation<Removal, Nothing> remove{"devices.remove", Access::write, do_remove};
constinit const Operation<Listing, Page<Reading>> readings{"devices.readings", Access::read, do_readings};

}  // namespace innkeeper::devices
