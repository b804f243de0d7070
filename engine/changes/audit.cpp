#include <innkeeper/schema/model.hpp>

#include "engine/base/internals.hpp"
#include "engine/changes/audit.hpp"

#include <utility>

namespace innkeeper::changes {

namespace {

/// Length and text: no two rows read the same.
void append(std::string& out, std::string_view text) { out.append(std::to_string(text.size())).append(":").append(text); }
void append(std::string& out, std::int64_t integer) { append(out, std::string_view{std::to_string(integer)}); }

/// What is authenticated of a row that follows another.
std::string message_of(const Bytes& former, const Audit& row) {
  std::string message{"audit"};
  append(message, former.data);
  for (const auto id : {row.tenant, row.app, row.actor_id, row.key, row.object}) append(message, number(id));
  append(message, std::int64_t{row.at.time_since_epoch().count()});
  for (const std::string_view text :
       {std::string_view{row.actor}, std::string_view{row.action}, std::string_view{row.object_uid},
        std::string_view{row.before.text}, std::string_view{row.after.text}, std::string_view{row.request_id}})
    append(message, text);
  return message;
}

}  // namespace

Bytes chain_hash(const crypto::Keyring& keyring, const Bytes& former, const Audit& row) {
  return {std::string{crypto::as_text(keyring.mac(crypto::Purpose::audit_chain, message_of(former, row)))}};
}

Bytes step_3_chain_hash(const crypto::Keyring& keyring, const Bytes& former, const Audit& row) {
  return {std::string{crypto::as_text(keyring.digest(message_of(former, row)))}};
}

Result<void> write_audit(Transaction& tx, const Context& context, const Subject& subject, std::string action, JsonText before,
                         JsonText after) {
  const auto& who = context.principal;
  Audit row{.tenant = subject.tenant,
            .app = subject.app,
            .at = context.now,
            .actor = std::string{actor_names[static_cast<std::size_t>(who.kind)]},
            .actor_id = who.id,
            .key = who.key,
            .action = std::move(action),
            .object = subject.object,
            .object_uid = std::string{subject.uid},
            .before = std::move(before),
            .after = std::move(after),
            .request_id = std::string{context.request_id}};
  // The chain runs through all tenants, so its end is looked for among all rows.
  const auto tenant = tx.tenant();
  const auto app = tx.app();
  tx.confine(Id::none);
  auto last = tx.first(Query<Audit>{}.order_by(&Audit::id, /*descending=*/true));
  Result<void> stored;
  if (last || last.error().code == Errc::not_found) {
    row.hash = chain_hash(context.internals.keyring, last ? last->hash : Bytes{}, row);
    stored = tx.insert(row);
  } else {
    stored = last.error();
  }
  tx.confine(tenant, app);
  return stored;
}

}  // namespace innkeeper::changes
