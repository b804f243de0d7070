#pragma once

#include <innkeeper/json/writer.hpp>
#include <innkeeper/schema/entity.hpp>

#include <span>
#include <string_view>

/// Rows as JSON for people and programs that read what happened, each cell by the kind of its column.
namespace innkeeper::changes {

/// Stands for a secret.
inline constexpr std::string_view mask = "***";

/// The columns of a row as members of an open object; with another row, only those in which the two differ.
void write_cells(json::Writer&, const Table&, std::span<const Value> row, std::span<const Value> other = {});

/// The same as an object.
JsonText to_json(const Table&, std::span<const Value> row, std::span<const Value> other = {});

/// Where a column stands in its table; -1: there is none.
int find_column(const Table&, std::string_view name);

}  // namespace innkeeper::changes
