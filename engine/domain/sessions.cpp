#include "engine/domain/collection.hpp"

namespace innkeeper::sessions {

Result<Record> do_find(Transaction& tx, const Context& context, const Ref& ref) {
  // Their uids are of media servers and may be the same in two apps.
  const auto id = ref.id() != Id::none ? number(ref.id()) : base::to_number(ref.text()).value_or(0);
  if (id == 0) return domain::unknown<Session>();
  auto session = domain::find<Session>(tx, context, Id{id});
  if (!session) return session.error();
  auto participants = tx.list(Query<Participation>{}.where(&Participation::session, session->id).limit(most_shown));
  if (!participants) return participants.error();
  auto recordings = tx.list(Query<Recording>{}.where(&Recording::session, session->id).limit(most_shown));
  if (!recordings) return recordings.error();
  return Record{std::move(*session), std::move(*participants), std::move(*recordings)};
}

Result<Page<Session>> do_list(Transaction& tx, const Context& context, const Listing& wanted) {
  return domain::page_of_app<Session>(tx, context, wanted);
}

Result<Page<Usage>> do_usage(Transaction& tx, const Context& context, const Listing& wanted) {
  return domain::page_of_app<Usage>(tx, context, wanted);
}

}  // namespace innkeeper::sessions
