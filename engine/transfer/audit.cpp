#include <innkeeper/engine.hpp>
#include <innkeeper/json/writer.hpp>
#include <innkeeper/model.hpp>
#include <innkeeper/operation.hpp>
#include <innkeeper/schema/model.hpp>
#include <innkeeper/transfer.hpp>

#include "engine/base/text.hpp"
#include "engine/base/time.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace innkeeper {

namespace {

/// Rows that are read in one transaction.
constexpr std::int64_t batch = 1'000;

void write(json::Writer& out, Id value) { value == Id::none ? out.null() : out.integer(number(value)); }
void write(json::Writer& out, Instant value) { out.string(base::to_rfc3339(value, base::Precision::microseconds)); }
void write(json::Writer& out, const std::string& value) { out.string(value); }
void write(json::Writer& out, const JsonText& value) { out.raw(value); }
void write(json::Writer& out, const Bytes& value) { out.string(base::to_hex(std::as_bytes(std::span{value.data}))); }

std::string line_of(const Audit& row) {
  std::string line;
  json::Writer out{line};
  out.begin_object().key("id").integer(number(row.id));
  description_of<Audit>.each([&](const Column& column, auto member) { write(out.key(column.name), row.*member); });
  out.end_object();
  return line;
}

}  // namespace

Result<void> export_audit(Engine& engine, const std::function<void(std::string_view line)>& sink) {
  std::int64_t last = 0;
  std::vector<Audit> rows;
  do {
    auto done =
        engine.run(Access::read, Principal{.kind = Principal::Kind::host, .id = Id::none, .tenant = Id::none},
                   [&](Transaction& tx, const Context&) -> Result<void> {
                     auto listed = tx.list(Query<Audit>{}.where(Condition{0, Compare::greater, Value{last}}).limit(batch));
                     if (!listed) return listed.error();
                     rows = std::move(*listed);
                     return {};
                   });
    if (!done) return done;
    for (const auto& row : rows) sink(line_of(row));
    if (!rows.empty()) last = number(rows.back().id);
  } while (std::cmp_equal(rows.size(), batch));
  return {};
}

}  // namespace innkeeper
