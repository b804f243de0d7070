#pragma once

#include "engine/domain/keys.hpp"
#include "engine/transfer/entry.hpp"
#include "engine/transfer/form.hpp"
#include "engine/transfer/hierarchy.hpp"
#include "engine/transfer/secrets.hpp"

#include <algorithm>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

/// What a new row has beside what its entry says, and the rules that rows keep.
namespace innkeeper::transfer {

/// A row on its way into the store: what is there, or a new one, and what becomes of it.
template <class E>
struct Draft {
  E before{};
  E row{};
  bool is_new = false;
  bool has_other_secret = false;
  std::string made_secret{};

  bool is_changed() const { return is_new || to_cells(before) != to_cells(row); }
};

/// What the rules of an import need, and the violations they find.
struct ImportContext {
  Transaction& tx;
  const Context& context;
  std::vector<Violation> faults{};

  template <class E>
  void refuse(const Entry<E>& entry, std::string_view field, std::string sentence) {
    auto pointer = entry.pointer;
    if (!field.empty()) pointer.append("/").append(field);
    faults.push_back({.field = std::move(pointer), .code = {}, .message = std::move(sentence)});
  }
  /// The same in the words of a rule that operations go by.
  template <class E>
  void refuse(const Entry<E>& entry, const Error& error) {
    for (const auto& each : error.violations) refuse(entry, std::string_view{each.field}.substr(1), each.message);
  }
};

template <class E, class P>
void prepare(ImportContext&, E&, const P&) {}
inline void prepare(ImportContext&, Key& row, const App& holder) { row.mode = holder.mode; }
inline void prepare(ImportContext&, Webhook& row, const App&) { row.events = "*"; }
inline void prepare(ImportContext& import_context, StreamKey& row, const App&) { row.state_at = import_context.context.now; }

/// That no other row is like this one where rows must differ.
template <class E>
Result<void> require_alone(ImportContext& import_context, const Entry<E>& entry, std::string_view field, const Query<E>& alike,
                           const Draft<E>& draft) {
  auto other = import_context.tx.first(alike);
  if (!other) return other.error().code == Errc::not_found ? Result<void>{} : other.error();
  if (other->id != draft.row.id)
    import_context.refuse(entry, field, "is the " + std::string{field} + " of another " + std::string{Form<E>::noun});
  return {};
}

/// Who else has a key of that digest, by name; empty: nobody. A secret that two hold stands for neither of them.
Result<std::string> other_holder(Transaction&, const Bytes& digest, const domain::KeyHolder&);
inline std::string about_shared_secret(std::string_view whose) { return "is a secret of the " + std::string{whose} + " too"; }

template <class E, class P>
Result<void> check(ImportContext&, const Entry<E>&, Draft<E>&, const P&) {
  return {};
}
template <class P>
Result<void> check(ImportContext& import_context, const Entry<Operator>& entry, Draft<Operator>& draft, const P& parent) {
  return require_alone(import_context, entry, "name", rows_of<Operator>(parent).where(&Operator::name, draft.row.name), draft);
}
Result<void> check(ImportContext&, const Entry<Key>&, Draft<Key>&, const App&);
Result<void> check(ImportContext&, const Entry<Key>&, Draft<Key>&, const Operator&);
Result<void> check(ImportContext&, const Entry<App>&, Draft<App>&, const Tenant&);
Result<void> check(ImportContext&, const Entry<Member>&, Draft<Member>&, const App&);
Result<void> check(ImportContext&, const Entry<Room>&, Draft<Room>&, const App&);
Result<void> check(ImportContext&, const Entry<Participation>&, Draft<Participation>&, const Session&);
Result<void> check(ImportContext&, const Entry<StreamKey>&, Draft<StreamKey>&, const App&);
Result<void> check(ImportContext&, const Entry<Webhook>&, Draft<Webhook>&, const App&);

}  // namespace innkeeper::transfer
