#include <innkeeper/engine.hpp>
#include <innkeeper/json/writer.hpp>
#include <innkeeper/transfer.hpp>

#include "engine/domain/key_uses.hpp"
#include "engine/domain/tokens.hpp"
#include "engine/transfer/form.hpp"
#include "engine/transfer/hierarchy.hpp"
#include "engine/transfer/secrets.hpp"

#include <string>
#include <type_traits>

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

  template <class E>
  Result<void> write_entry(const E& row) {
    out_.begin_object();
    if constexpr (Form<E>::has_id) out_.key("id").integer(number(row.id));
    auto written = for_each(fields_of<E>, [&](const auto& field) { return write(field, row); });
    if (written) written = for_each(Form<E>::lists, [&](const auto& list) { return write(list, row); });
    out_.end_object();
    return written;
  }

 private:
  // One for each kind of row.
  template <class E, class M, class S>
  Result<void> write(const Field<E, M, S>& field, const E& row) {
    if constexpr (requires { S::is_silent(row.*field.member); })
      if (S::is_silent(row.*field.member)) return {};
    S::write(out_.key(field.name), row.*field.member);
    return {};
  }
  template <class Inner, class E>
  Result<void> write(const WithSecrets<Inner>& field, const E& row) {
    return with_secrets_ ? write(field.inner, row) : Result<void>{};
  }
  template <class T, class E>
  Result<void> write(const Reference<T, E>& field, const E& row) {
    return write_uid<T>(field.name, row.*field.member);
  }
  Result<void> write(const Successor& field, const Key& row) {
    if (row.replaced_by == Id::none) return {};
    const auto next = tx_.get<Key>(row.replaced_by);
    if (next && next->generation == row.generation) out_.key(field.name).string(next->uid);
    return next || next.error().code == Errc::not_found ? Result<void>{} : next.error();
  }
  template <class E>
  Result<void> write(const Secret<E>& field, const E& row) {
    if (!with_secrets_ || (row.*field.sealed).data.empty()) return {};
    const auto plain = open_secret(context_, row, field.sealed);
    if (!plain)
      return Error{Errc::internal, Reason{"transfer.seal_broken"},
                   "a sealed secret of the " + std::string{Form<E>::noun} + " " + row.uid + " does not open"};
    out_.key(field.name).string(*plain);
    return {};
  }
  Result<void> write(const KeyRate& field, const Key& row) {
    if (!row.rate_quota) return {};
    const auto window = row.rate_window.value_or(60);
    out_.key(field.name).begin_object().key("quota").integer(*row.rate_quota).key("window_seconds").integer(window).end_object();
    return {};
  }
  template <class E>
  Result<void> write(const OneKey&, const E&) {
    return {};
  }
  template <class E>
  Result<void> write(const NotKept&, const E&) {
    return {};
  }
  template <class P, class E>
  Result<void> write(const List<P, E>& list, const P& parent) {
    auto query = rows_of<E>(parent);
    if constexpr (std::is_same_v<E, Usage>) query.order_by(&Usage::month);
    auto rows = tx_.list(query);
    if (!rows) return rows.error();
    if constexpr (std::is_same_v<E, Key>)
      for (auto& key : *rows)
        if (auto added = domain::add_last_use(tx_, key); !added) return added;
    out_.key(list.name).begin_array();
    for (auto& row : *rows) {
      auto is_present = bring_up_to_date(row, parent);
      if (!is_present) return is_present.error();
      if (!*is_present) continue;
      if (auto written = write_entry(row); !written) return written;
    }
    out_.end_array();
    return {};
  }

  // Whether a row is there for others, whatever maintenance has left to do; as it is for them.
  template <class E, class P>
  Result<bool> bring_up_to_date(E&, const P&) {
    return true;
  }
  template <class P>
  Result<bool> bring_up_to_date(Key& row, const P& holder) {
    return row.generation == holder.generation;
  }
  Result<bool> bring_up_to_date(StreamKey& row, const App&) { return domain::bring_up_to_date(tx_, row); }

  template <class T>
  Result<void> write_uid(std::string_view name, Id id) {
    if (id == Id::none) return {};
    const auto row = tx_.get<T>(id);
    if (row) out_.key(name).string(row->uid);
    return row || row.error().code == Errc::not_found ? Result<void>{} : row.error();
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
                           return transfer::Run(tx, context, with_secrets, compact).write_entry(transfer::Root{});
                         });
  if (!done) return done.error();
  return transfer::indent(compact);
}

}  // namespace innkeeper
