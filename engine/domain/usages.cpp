#include <innkeeper/operations.hpp>
#include <innkeeper/schema/model.hpp>

namespace innkeeper::usages {

namespace {

Result<Nothing> do_add(Transaction& tx, const Context&, const Report& report) {
  auto app = tx.get<App>(report.app);
  if (!app) {
    if (app.error().code == Errc::not_found) return Error{Errc::not_found, reason::app_unknown, "no such app"};
    return app.error();
  }
  auto usage = tx.first(Query<Usage>{}.where(&Usage::app, report.app).where(&Usage::month, report.month));
  if (!usage) {
    if (usage.error().code != Errc::not_found) return usage.error();
    Usage first{.tenant = app->tenant, .app = report.app, .month = report.month};
    if (auto stored = tx.insert(first); !stored) return stored.error();
    usage = std::move(first);
  }
  for (const auto& [counter, amount] :
       {std::pair{&Usage::signaling, report.signaling}, std::pair{&Usage::turn_bytes, report.turn_bytes},
        std::pair{&Usage::sfu_bytes, report.sfu_bytes}}) {
    if (amount == 0) continue;
    if (auto added = tx.add(usage->id, counter, amount); !added) return added.error();
  }
  return Nothing{};
}

}  // namespace

constinit const Operation<Report, Nothing> add{"usages.add", Access::write, do_add};

}  // namespace innkeeper::usages
