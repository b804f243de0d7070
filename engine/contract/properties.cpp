#include <innkeeper/contract/properties.hpp>
#include <innkeeper/json/codecs.hpp>

#include "engine/base/time.hpp"

namespace innkeeper::contract {

void write_members(Writer& out, const PropertyTable& table, const void* object) {
  if (table.base != nullptr) write_members(out, *table.base, table.to_base(object));
  for (const auto& row : table.rows)
    if (row.is_there == nullptr || row.is_there(object)) row.write(out.plain_key(row.name), object);
}

void describe_members(Writer& schema, const PropertyTable& table) {
  if (table.base != nullptr) describe_members(schema, *table.base);
  for (const auto& row : table.rows) {
    row.describe(schema.key(row.name).begin_object());
    if (!row.note.empty()) schema.key("description").string(row.note);
    schema.end_object();
  }
}

void name_required(Writer& schema, const PropertyTable& table) {
  if (table.base != nullptr) name_required(schema, *table.base);
  for (const auto& row : table.rows)
    if (row.is_there == nullptr) schema.string(row.name);
}

namespace detail {

void describe_nullable(Writer& schema, void (*describe_alone)(Writer&)) {
  std::string alone;
  Writer inner{alone};
  describe_alone(inner.begin_object());
  inner.end_object();
  json::describe_nullable(schema, alone);
}

}  // namespace detail

void Constant::write(Writer& out) const { out.raw(json); }
void Constant::describe(Writer& schema) const { json::describe_constant(schema, json::parse(json)->root()); }

void InstantText::write(Writer& out, Instant at) const {
  using enum base::Precision;
  out.plain_string(base::to_rfc3339(at, digits == 0 ? seconds : digits == 3 ? milliseconds : microseconds));
}
void InstantText::describe(Writer& schema) const { schema.key("type").string("string").key("format").string("date-time"); }

void write_object(Writer& out, const PropertyTable& table, const void* object) {
  write_members(out.begin_object(), table, object);
  out.end_object();
}

void write_object_or_null(Writer& out, const PropertyTable& table, const void* object) {
  if (object != nullptr)
    write_object(out, table, object);
  else
    out.null();
}

void write_array(Writer& out, const PropertyTable& table, const void* first, std::size_t count, std::size_t stride) {
  out.begin_array();
  for (std::size_t i = 0; i < count; ++i) write_object(out, table, static_cast<const std::byte*>(first) + i * stride);
  out.end_array();
}

void describe(Writer& schema, const PropertyTable& table) {
  if (!table.name.empty()) schema.key("title").string(table.name);
  schema.key("type").string("object").key("properties").begin_object();
  describe_members(schema, table);
  schema.end_object();
  if (table.rows.empty() && table.base == nullptr) {
    schema.key("additionalProperties").boolean(false);
  } else {
    name_required(schema.key("required").begin_array(), table);
    schema.end_array();
  }
}

void describe_array(Writer& schema, const PropertyTable& table) {
  describe(schema.key("type").string("array").key("items").begin_object(), table);
  schema.end_object();
}

std::string schema(const PropertyTable& table) {
  std::string text;
  Writer out{text};
  describe(out.begin_object(), table);
  out.end_object();
  return text;
}

std::string array_schema(const PropertyTable& table) {
  std::string text;
  Writer out{text};
  describe_array(out.begin_object(), table);
  out.end_object();
  return text;
}

}  // namespace innkeeper::contract
