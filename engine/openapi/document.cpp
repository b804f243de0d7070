#include "engine/openapi/document.hpp"

#include "engine/json/writer.hpp"

#include <algorithm>
#include <string_view>
#include <vector>

namespace innkeeper::openapi {

using json::Writer;

namespace {

constexpr std::string_view json_media = "application/json";

std::string lower_case(std::string_view text) {
  std::string lower{text};
  std::transform(lower.begin(), lower.end(), lower.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  return lower;
}

void write_content(Writer& out, Shape shape) {
  out.key("content").begin_object().key(json_media).begin_object().key("schema").raw(shape()).end_object().end_object();
}

void write_parameter(Writer& out, std::string_view name, std::string_view place, std::string_view type,
                     std::string_view summary) {
  out.begin_object().key("name").string(name).key("in").string(place);
  if (!summary.empty()) out.key("description").string(summary);
  if (place == "path") out.key("required").boolean(true);
  out.key("schema").begin_object().key("type").string(type).end_object().end_object();
}

/// The names between braces in a path.
std::vector<std::string_view> parameters_of(std::string_view path) {
  std::vector<std::string_view> names;
  for (auto open = path.find('{'); open != std::string_view::npos; open = path.find('{', open + 1))
    names.push_back(path.substr(open + 1, path.find('}', open) - open - 1));
  return names;
}

void write_parameters(Writer& out, const Route& route) {
  const auto in_path = parameters_of(route.path);
  if (in_path.empty() && route.query.empty()) return;
  out.key("parameters").begin_array();
  for (auto name : in_path) write_parameter(out, name, "path", "string", {});
  for (const auto& each : route.query) write_parameter(out, each.name, "query", each.type, each.summary);
  out.end_array();
}

/// The operation's name, with a number where an earlier route of the table runs the same one.
std::string operation_id(const Dialect& dialect, const Route& route) {
  const auto earlier = std::count_if(dialect.routes.data(), &route,
                                     [&](const Route& other) { return other.handler.operation == route.handler.operation; });
  std::string id{route.handler.operation};
  return earlier == 0 ? id : id + '_' + std::to_string(earlier + 1);
}

void write_operation(Writer& out, const Dialect& dialect, const Route& route) {
  out.key(lower_case(to_string(route.method))).begin_object();
  out.key("operationId").string(operation_id(dialect, route)).key("summary").string(route.summary);
  if (route.is_open && !dialect.security_scheme.empty()) out.key("security").begin_array().end_array();
  write_parameters(out, route);
  if (route.takes != nullptr) {
    write_content(out.key("requestBody").begin_object(), route.takes);
    out.end_object();
  }
  out.key("responses").begin_object().key(std::to_string(route.status)).begin_object().key("description").string("Success");
  if (route.gives != nullptr) write_content(out, route.gives);
  out.end_object();
  if (dialect.error_shape != nullptr)
    out.key("default").begin_object().key("$ref").string("#/components/responses/Error").end_object();
  out.end_object().end_object();
}

void write_paths(Writer& out, const Dialect& dialect) {
  std::vector<std::string_view> paths;
  for (const auto& route : dialect.routes)
    if (std::find(paths.begin(), paths.end(), route.path) == paths.end()) paths.push_back(route.path);
  out.key("paths").begin_object();
  for (auto path : paths) {
    out.key(path).begin_object();
    for (const auto& route : dialect.routes)
      if (route.path == path) write_operation(out, dialect, route);
    out.end_object();
  }
  out.end_object();
}

void write_components(Writer& out, const Dialect& dialect) {
  out.key("components").begin_object();
  if (!dialect.security_scheme.empty())
    out.key("securitySchemes").begin_object().key("credential").raw(dialect.security_scheme).end_object();
  if (dialect.error_shape != nullptr) {
    out.key("responses").begin_object().key("Error").begin_object().key("description").string("Failure");
    write_content(out, dialect.error_shape);
    out.end_object().end_object();
  }
  out.end_object();
}

}  // namespace

std::string render(const Dialect& dialect) {
  std::string text;
  Writer out{text};
  out.begin_object().key("openapi").string("3.1.0");
  out.key("info").begin_object().key("title").string(dialect.title).key("version").string("1.0.0").end_object();
  write_paths(out, dialect);
  write_components(out, dialect);
  if (!dialect.security_scheme.empty())
    out.key("security").begin_array().begin_object().key("credential").begin_array().end_array().end_object().end_array();
  out.end_object();
  return text;
}

}  // namespace innkeeper::openapi
