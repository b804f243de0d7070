#include <innkeeper/operations.hpp>
#include <innkeeper/transfer.hpp>

#include "engine/base/time.hpp"
#include "engine/crypto/keyring.hpp"
#include "engine/domain/keys.hpp"
#include "engine/json/writer.hpp"

#include <string>

namespace innkeeper {

namespace transfer {
namespace {

/// The same document with a member or an element a line; empty arrays and objects stay on theirs.
std::string indent(std::string_view compact) {
  std::string out;
  out.reserve(compact.size() * 2);
  std::size_t depth = 0;
  bool is_in_string = false;
  const auto break_line = [&] { out.append(1, '\n').append(2 * depth, ' '); };
  for (std::size_t i = 0; i < compact.size(); ++i) {
    const char c = compact[i];
    if (is_in_string) {
      out += c;
      if (c == '\\')
        out += compact[++i];
      else if (c == '"')
        is_in_string = false;
      continue;
    }
    const bool closes = c == '}' || c == ']';
    const bool is_empty = closes && (compact[i - 1] == '{' || compact[i - 1] == '[');
    if (closes) --depth;
    if (closes && !is_empty) break_line();
    out += c;
    if (c == '"') is_in_string = true;
    if (c == ':') out += ' ';
    if (c == '{' || c == '[') ++depth;
    const bool opens = (c == '{' || c == '[') && compact[i + 1] != '}' && compact[i + 1] != ']';
    if (opens || c == ',') break_line();
  }
  return out + "\n";
}

/// Writes a store, read in one transaction, as compact JSON.
class Run {
 public:
  Run(Transaction& tx, const Context& context, bool with_secrets, std::string& out)
      : tx_(tx), context_(context), with_secrets_(with_secrets), out_(out) {}

  Result<void> write_all() {
    out_.begin_object();
    if (auto written = write_operators(Id::none); !written) return written;
    auto tenants = tx_.list(Query<Tenant>{});
    if (!tenants) return tenants.error();
    out_.key("tenants").begin_array();
    for (const auto& each : *tenants)
      if (auto written = write(each); !written) return written;
    out_.end_array().end_object();
    return {};
  }

 private:
  template <class E>
  void write_head(const E& row) {
    out_.begin_object().key("id").integer(number(row.id)).key("uid").string(row.uid);
  }
  void write_instant(std::string_view name, Instant instant) {
    out_.key(name).string(base::to_rfc3339(instant, base::Precision::microseconds));
  }

  Result<void> write_secret(const domain::KeyHolder& holder) {
    if (!with_secrets_) return {};
    auto secret = domain::reveal_key(tx_, context_, holder);
    if (secret) out_.key("secret").string(*secret);
    if (!secret && secret.error().code != Errc::not_found) return secret.error();
    return {};
  }

  Result<void> write_operators(Id tenant) {
    auto operators = tx_.list(Query<Operator>{}.where(&Operator::tenant, tenant));
    if (!operators) return operators.error();
    out_.key("operators").begin_array();
    for (const auto& each : *operators) {
      write_head(each);
      out_.key("name").string(each.name);
      if (auto written = write_secret({KeyOwner::administrator, each.id, tenant}); !written) return written;
      write_instant("created_at", each.created_at);
      out_.end_object();
    }
    out_.end_array();
    return {};
  }

  Result<void> write(const Tenant& tenant) {
    write_head(tenant);
    out_.key("name").string(tenant.name).key("status").string(name_of(tenant.status));
    write_instant("created_at", tenant.created_at);
    write_instant("updated_at", tenant.updated_at);
    if (auto written = write_operators(tenant.id); !written) return written;
    auto apps = tx_.list(Query<App>{}.where(&App::tenant, tenant.id));
    if (!apps) return apps.error();
    out_.key("apps").begin_array();
    for (const auto& each : *apps)
      if (auto written = write(each); !written) return written;
    out_.end_array().end_object();
    return {};
  }

  Result<void> write(const App& app) {
    write_head(app);
    if (app.name) out_.key("name").string(*app.name);
    if (auto written = write_secret({KeyOwner::app, app.id, app.tenant}); !written) return written;
    out_.key("description").string(app.description).key("status").string(name_of(app.status));
    out_.key("domains").raw(app.domains).key("permissions").raw(app.permissions);
    out_.key("recording_bucket").string(app.recording_bucket);
    if (with_secrets_ && !app.recording_credential.data.empty()) {
      const auto plain = context_.keyring.open(app.recording_credential, apps::recording_credential_binding(app));
      if (!plain) return Error{Errc::internal, Reason{"transfer.seal_broken"}, "a sealed recording credential does not open"};
      out_.key("recording_credential").string(*plain);
    }
    if (app.extras.text != "{}") out_.key("extras").raw(app.extras);
    write_instant("created_at", app.created_at);
    write_instant("updated_at", app.updated_at);
    if (auto written = write_usage(app.id); !written) return written;
    out_.end_object();
    return {};
  }

  Result<void> write_usage(Id app) {
    out_.key("usage").begin_array();
    auto listed = tx_.each<Usage>(Query<Usage>{}.where(&Usage::app, app).order_by(&Usage::month), [&](const Usage& usage) {
      auto month = std::to_string(usage.month);
      month.insert(0, 6 - std::min<std::size_t>(6, month.size()), '0').insert(4, "-");
      out_.begin_object().key("month").string(month).key("signaling").integer(usage.signaling);
      out_.key("turn_bytes").integer(usage.turn_bytes).key("sfu_bytes").integer(usage.sfu_bytes).end_object();
      return true;
    });
    out_.end_array();
    return listed;
  }

  Transaction& tx_;
  const Context& context_;
  bool with_secrets_;
  json::Writer out_;
};

}  // namespace
}  // namespace transfer

Result<std::string> export_document(Engine& engine, bool with_secrets) {
  std::string compact;
  auto done = engine.run(Access::read, Principal{.kind = Principal::Kind::host, .id = Id::none, .tenant = Id::none},
                         [&](Transaction& tx, const Context& context) {
                           compact.clear();
                           return transfer::Run(tx, context, with_secrets, compact).write_all();
                         });
  if (!done) return done.error();
  return transfer::indent(compact);
}

}  // namespace innkeeper
