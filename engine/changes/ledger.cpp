#include "engine/changes/changes.hpp"

#include "engine/changes/cells.hpp"

#include <string>
#include <utility>

namespace innkeeper::changes {

namespace {

/// The columns of a row as far as they differ from another's; none of a row that is not there.
JsonText difference(const Table& table, Cells row, Cells other) {
  return row.empty() ? JsonText{"{}"} : to_json(table, row, other);
}

std::string name_of_change(const Table& table, std::string_view verb) { return std::string{table.name}.append(".").append(verb); }

/// What an event says of a row.
JsonText event_data(const Table& table, const Subject& subject, const JsonText& columns) {
  JsonText json;
  json::Writer out{json.text};
  out.begin_object().key("id").quoted(number(subject.object));
  if (find_column(table, "uid") >= 0) out.key("uid").string(subject.uid);
  out.key("fields").raw(columns).end_object();
  return json;
}

}  // namespace

Subject subject_of(const Table& table, Cells row) {
  const auto id_in = [&](int column) { return column >= 0 ? Id{row[static_cast<std::size_t>(column)].integer()} : Id::none; };
  // A row that is not a tenant's own may still be about one, as an operator's token is: the trail of that tenant tells of it.
  const int tenant = table.owner >= 0 ? table.owner : find_column(table, "tenant");
  Subject subject{.tenant = id_in(tenant), .app = id_in(table.app), .object = id_in(0)};
  if (const int uid = find_column(table, "uid"); uid >= 0) subject.uid = row[static_cast<std::size_t>(uid)].text();
  return subject;
}

Result<void> record(Transaction& tx, const Context& context, const Table& table, const Subject& subject, Verb verb, Cells before,
                    Cells after) {
  return write_audit(tx, context, subject, name_of_change(table, verb.action), difference(table, before, after),
                     difference(table, after, before));
}

Result<void> note(Transaction& tx, const Context& context, const Table& table, const Subject& subject, Verb verb, Cells before,
                  Cells after) {
  // An app that comes or goes has nobody yet, or any more, who could be told.
  const bool is_app = table.app == 0;
  if (subject.app == Id::none || (is_app && (before.empty() || after.empty())))
    return record(tx, context, table, subject, verb, before, after);
  auto was = difference(table, before, after);
  auto is = difference(table, after, before);
  auto data = event_data(table, subject, after.empty() ? was : is);
  if (auto written = write_audit(tx, context, subject, name_of_change(table, verb.action), std::move(was), std::move(is));
      !written)
    return written;
  return Outbox{tx, context, subject.tenant, subject.app}.put(name_of_change(table, verb.past), context.now, std::move(data));
}

}  // namespace innkeeper::changes
