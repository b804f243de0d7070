#pragma once

#include <innkeeper/entity.hpp>

#include "engine/base/time.hpp"
#include "engine/json/writer.hpp"

#include <optional>
#include <string>
#include <type_traits>

/// Rows as JSON for people and programs that read what happened. No bytes are shown: they may be secrets.
namespace innkeeper::ledger {

inline constexpr std::string_view mask = "***";

namespace detail {

inline void write(json::Writer& out, const std::string& value) { out.string(value); }
inline void write(json::Writer& out, std::int64_t value) { out.integer(value); }
inline void write(json::Writer& out, bool value) { out.boolean(value); }
inline void write(json::Writer& out, const JsonText& value) { out.raw(value); }
inline void write(json::Writer& out, Instant value) { out.string(base::to_rfc3339(value, base::Precision::microseconds)); }
inline void write(json::Writer& out, Id value) { value == Id::none ? out.null() : out.quoted(number(value)); }
inline void write(json::Writer& out, const Bytes& value) { value.data.empty() ? out.null() : out.string(mask); }
template <class E>
requires std::is_enum_v<E>
void write(json::Writer& out, E value) { out.string(name_of(value)); }
template <class T>
void write(json::Writer& out, const std::optional<T>& value) {
  value ? write(out, *value) : void(out.null());
}

}  // namespace detail

/// The columns of a row as members of an open object; with another row, only those in which the two differ.
template <class E>
void write_cells(json::Writer& out, const E& row, const E* other = nullptr) {
  const auto write_one = [&](const auto& column) {
    if (other != nullptr && (*other).*column.member == row.*column.member) return;
    if (other == nullptr && column.name == "uid") return;  // it stands beside
    if (column.name == "generation") return;               // the engine's own
    out.plain_key(column.name);
    detail::write(out, row.*column.member);
  };
  std::apply([&](const auto&... column) { (write_one(column), ...); }, description_of<E>.members);
}

template <class E>
JsonText to_json(const E& row, const E* other = nullptr) {
  JsonText json;
  json::Writer out{json.text};
  out.begin_object();
  write_cells(out, row, other);
  out.end_object();
  return json;
}

}  // namespace innkeeper::ledger
