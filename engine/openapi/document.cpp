#include "engine/openapi/document.hpp"

#include <innkeeper/json/codecs.hpp>
#include <innkeeper/json/parse.hpp>
#include <innkeeper/json/writer.hpp>

#include "engine/base/status.hpp"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>
#include <vector>

namespace innkeeper::openapi {

using json::View;
using json::Writer;

namespace {

std::string lower_case(std::string_view text) {
  std::string lower{text};
  std::transform(lower.begin(), lower.end(), lower.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  return lower;
}

bool is_one_of(std::string_view name, std::span<const std::string_view> names) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

/// The schemas that have a title, in the order of their first use.
class Schemas {
 public:
  /// Writes a schema with a reference in place of each part that has a title, itself included.
  void write(Writer& out, View schema) {
    const auto title = schema.find("title");
    if (!title || !title->is(json::Kind::string)) return write_whole(out, schema);
    std::string text;
    Writer apart{text};
    write_whole(apart, schema, true);
    const auto known = std::find_if(items_.begin(), items_.end(), [&](const auto& each) { return each.first == title->text(); });
    if (known == items_.end())
      items_.emplace_back(title->text(), text);
    else if (known->second != text)
      return write_whole(out, schema);
    out.begin_object().key("$ref").string("#/components/schemas/" + std::string{title->text()});
    if (const auto description = schema.find("description")) out.key("description").raw(description->to_json());
    out.end_object();
  }

  void write_all(Writer& out) const {
    if (items_.empty()) return;
    out.key("schemas").begin_object();
    for (const auto& [title, text] : items_) out.key(title).raw(text);
    out.end_object();
  }

 private:
  /// A description says what a schema is for where it is used; it is not part of what is `shared`.
  void write_whole(Writer& out, View schema, bool is_shared = false) {
    if (!schema.is(json::Kind::object)) {  // `true` and `false` are schemas
      out.raw(schema.to_json());
      return;
    }
    out.begin_object();
    for (const auto& [keyword, value] : schema.members())
      if (!is_shared || keyword != "description") write_keyword(out.key(keyword), keyword, value);
    out.end_object();
  }

  void write_keyword(Writer& out, std::string_view keyword, View value) {
    static constexpr std::array<std::string_view, 2> by_name{"properties", "patternProperties"};
    static constexpr std::array<std::string_view, 4> listed{"allOf", "anyOf", "oneOf", "prefixItems"};
    static constexpr std::array<std::string_view, 4> alone{"items", "additionalProperties", "propertyNames", "not"};
    if (is_one_of(keyword, by_name)) {
      out.begin_object();
      for (const auto& [name, schema] : value.members()) write(out.key(name), schema);
      out.end_object();
    } else if (is_one_of(keyword, listed)) {
      out.begin_array();
      for (auto schema : value.elements()) write(out, schema);
      out.end_array();
    } else if (is_one_of(keyword, alone)) {
      write(out, value);
    } else {
      out.raw(value.to_json());
    }
  }

  std::vector<std::pair<std::string, std::string>> items_;
};

/// The names between braces in a path.
std::vector<std::string_view> names_in(std::string_view path) {
  std::vector<std::string_view> names;
  for (auto open = path.find('{'); open != std::string_view::npos; open = path.find('{', open + 1))
    names.push_back(path.substr(open + 1, path.find('}', open) - open - 1));
  return names;
}

/// What is said of a parameter, but its name.
void write_about(Writer& out, const Parameter& parameter, bool is_required) {
  if (!parameter.summary.empty()) out.key("description").string(parameter.summary);
  if (is_required) out.key("required").boolean(true);
  out.key("schema").begin_object().key("type").string(parameter.type);
  if (!parameter.format.empty()) out.key("format").string(parameter.format);
  if (!parameter.values.empty()) json::describe_names(out, parameter.values);
  if (parameter.minimum) out.key("minimum").integer(*parameter.minimum);
  if (parameter.maximum) out.key("maximum").integer(*parameter.maximum);
  if (parameter.default_value) out.key("default").integer(*parameter.default_value);
  out.end_object();
}

/// What answers have beside what is their own: where the contract has a habit, or always.
struct ConventionHeader {
  Parameter header;
  bool (*is_had)(const Conventions&);
  bool is_on_errors_only = false;
};
constexpr auto names_requests = [](const Conventions& its) { return its.accepts_request_id; };
constexpr auto tells_fields = [](const Conventions& its) { return its.rate_headers == RateHeaders::fields; };
constexpr auto tells_x_ratelimit = [](const Conventions& its) { return its.rate_headers == RateHeaders::x_ratelimit; };
constexpr auto is_conditional = [](const Conventions& its) { return its.is_conditional; };
constexpr auto always = [](const Conventions&) { return true; };
constexpr ConventionHeader habit_headers[] = {
    {{"X-Request-Id", "string", "Names the request, here and in the log", true}, names_requests},
    {{"RateLimit-Policy", "string", "The limits that count for the caller"}, tells_fields},
    {{"RateLimit", "string", "What is left of them"}, tells_fields},
    {{"X-RateLimit-Limit", "integer", "Requests that the caller may send in a window"}, tells_x_ratelimit},
    {{"X-RateLimit-Remaining", "integer", "How many are left"}, tells_x_ratelimit},
    {{"X-RateLimit-Reset", "integer", "When all are back, in seconds since 1970"}, tells_x_ratelimit},
    {{"ETag", "string", "With 412: the entity tag that it has now"}, is_conditional, true},
    {{.name = "Retry-After", .type = "integer", .summary = "Seconds to wait before the next try", .minimum = 1}, always, true},
};
constexpr Parameter replayed{header::idempotency_replayed, "string", "`true`: the answer that was given before"};

bool takes_header(const Route& route, std::string_view name) {
  return std::any_of(route.headers.begin(), route.headers.end(), [&](const Parameter& each) { return each.name == name; });
}

class Document {
 public:
  Document(std::string& text, const Dialect& dialect) : out_(text), dialect_(dialect) {
    add_scheme(dialect.scheme);
    for (const auto& each : dialect.path_families) add_scheme(each.scheme);
  }

  void write(std::string_view prefix) {
    out_.begin_object().key("openapi").string("3.1.0");
    write_info();
    out_.key("servers").begin_array();
    if (dialect_.bases.empty()) write_server(prefix.empty() ? "/" : prefix);
    for (const auto base : dialect_.bases) write_server(std::string{prefix}.append(base));
    out_.end_array();
    write_tags();
    write_paths();
    write_components();
    out_.key("security").begin_array();
    if (!schemes_.empty()) write_requirement(*schemes_.front());
    out_.end_array().end_object();
  }

 private:
  void add_scheme(const AuthenticationScheme* scheme) {
    if (scheme != nullptr &&
        std::none_of(schemes_.begin(), schemes_.end(), [&](const auto* each) { return each->name == scheme->name; }))
      schemes_.push_back(scheme);
  }
  /// That a caller uses a scheme, and may do what a role is needed for, if one is.
  void write_requirement(const AuthenticationScheme& scheme, std::string_view role = {}) {
    out_.begin_object().key(scheme.name).begin_array();
    if (!role.empty()) out_.string(role);
    out_.end_array().end_object();
  }

  void write_server(std::string_view url) { out_.begin_object().key("url").string(url).end_object(); }

  std::string_view tag_of(const Route& route) const { return route.tag.empty() ? dialect_.title : route.tag; }

  /// Whether the same operation has the same path without the slash at its end: to OpenAPI's tools both are one.
  bool is_repetition(const Route& route) const {
    if (route.path.size() < 2 || !route.path.ends_with('/')) return false;
    const auto path = route.path.substr(0, route.path.size() - 1);
    return std::any_of(dialect_.routes.begin(), dialect_.routes.end(), [&](const Route& other) {
      return other.path == path && other.method == route.method && other.handler.operation == route.handler.operation;
    });
  }

  bool is_left_out(const Route& route) const { return !route.is_documented || is_repetition(route); }

  static std::string_view operation_id(const Route& route) { return route.id.empty() ? route.handler.operation : route.id; }

  void write_info() {
    out_.key("info").begin_object().key("title").string(dialect_.title).key("version").string("1.0.0");
    out_.key("description").string(dialect_.about.empty() ? dialect_.title : dialect_.about);
    if (!dialect_.license.empty())
      out_.key("license")
          .begin_object()
          .key("name")
          .string(dialect_.license)
          .key("identifier")
          .string(dialect_.license)
          .end_object();
    out_.end_object();
  }

  void write_tags() {
    out_.key("tags").begin_array();
    for (const auto& tag : dialect_.tags) write_tag(tag);
    if (std::any_of(dialect_.routes.begin(), dialect_.routes.end(), [](const Route& route) { return route.tag.empty(); }))
      write_tag({dialect_.title, dialect_.about.empty() ? dialect_.title : dialect_.about});
    out_.end_array();
  }
  void write_tag(const Tag& tag) {
    out_.begin_object().key("name").string(tag.name).key("description").string(tag.description).end_object();
  }

  void write_paths() {
    std::vector<std::string_view> paths;
    for (const auto& route : dialect_.routes)
      if (!is_left_out(route) && std::find(paths.begin(), paths.end(), route.path) == paths.end()) paths.push_back(route.path);
    out_.key("paths").begin_object();
    for (auto path : paths) {
      out_.key(path).begin_object();
      for (const auto& route : dialect_.routes)
        if (route.path == path && !is_left_out(route)) write_operation(route);
      out_.end_object();
    }
    out_.end_object();
  }

  void write_operation(const Route& route) {
    out_.key(lower_case(to_string(route.method))).begin_object();
    out_.key("operationId").string(operation_id(route)).key("summary").string(route.summary);
    out_.key("tags").begin_array().string(tag_of(route)).end_array();
    write_needs(route);
    write_parameters(route);
    if (route.request_schema != nullptr) write_request_body(route.request_schema);
    write_responses(route);
    out_.end_object();
  }

  static constexpr std::string_view callers_of(AccessLevel level) {
    switch (level) {
      case AccessLevel::member:
        return ", or a member's token";
      case AccessLevel::tenant:
        return ", of an operator";
      case AccessLevel::host:
        return ", of an operator over all tenants";
      case AccessLevel::none:
      case AccessLevel::app:
        break;
    }
    return "";
  }
  /// Who may call it: the scope stands where OpenAPI 3.1 has roles, and in words.
  void write_needs(const Route& route) {
    if (schemes_.empty()) return;
    const auto& [scope, level] = route.needs;
    if (route.is_open) {
      out_.key("security").begin_array().end_array();
      return;
    }
    const auto* scheme =
        scheme_of(dialect_, std::string{dialect_.bases.empty() ? "" : dialect_.bases.front()}.append(route.path));
    const bool is_usual = scheme == nullptr || scheme->name == schemes_.front()->name;
    if (is_usual && scope == Scope::none) return;
    out_.key("security").begin_array();
    write_requirement(is_usual ? *schemes_.front() : *scheme, scope == Scope::none ? std::string_view{} : name_of(scope));
    out_.end_array();
    if (scope == Scope::none) return;
    out_.key("description")
        .string("Needs a key with the scope `" + std::string{name_of(scope)} + "`" + std::string{callers_of(level)} + ".");
  }

  void write_parameters(const Route& route) {
    const auto names = names_in(route.path);
    if (names.empty() && route.query.empty() && route.headers.empty()) return;
    out_.key("parameters").begin_array();
    for (auto name : names) {
      const auto known = std::find_if(dialect_.path_parameters.begin(), dialect_.path_parameters.end(),
                                      [&](const Parameter& each) { return each.name == name; });
      write_parameter("path", known != dialect_.path_parameters.end() ? *known : Parameter{name, "string", {}}, true);
    }
    for (const auto& each : route.query) write_parameter("query", each, each.is_required);
    for (const auto& each : route.headers) write_parameter("header", each, each.is_required);
    out_.end_array();
  }
  void write_parameter(std::string_view place, const Parameter& parameter, bool is_required) {
    out_.begin_object().key("name").string(parameter.name).key("in").string(place);
    write_about(out_, parameter, is_required);
    out_.end_object();
  }

  /// A body must be there if something in it must.
  void write_request_body(JsonSchema write_schema) {
    const auto schema = json::parse(write_schema()).value();
    out_.key("requestBody").begin_object();
    if (schema.root().find("required")) out_.key("required").boolean(true);
    write_content("application/json", schema.root());
    out_.end_object();
  }

  void write_responses(const Route& route) {
    out_.key("responses").begin_object().key(std::to_string(route.status)).begin_object();
    out_.key("description").string(base::reason_phrase(route.status));
    const bool is_repeatable = dialect_.conventions.is_idempotent && takes_header(route, header::idempotency_key);
    write_headers(route.response_headers, is_repeatable ? std::span{&replayed, 1} : std::span<const Parameter>{});
    if (route.response_schema != nullptr) write_content(route.media, json::parse(route.response_schema()).value().root());
    out_.end_object();
    if (dialect_.conventions.is_conditional && takes_header(route, header::if_none_match)) {
      out_.key("304").begin_object().key("description").string(base::reason_phrase(304));
      write_headers(route.response_headers);
      out_.end_object();
    }
    if (dialect_.error_statuses != nullptr)
      for (const auto status : dialect_.error_statuses(route)) write_error(std::to_string(status));
    for (const auto* which : {"4XX", "default"}) write_error(which);
    out_.end_object();
  }
  void write_error(std::string_view statuses) {
    out_.key(statuses).begin_object().key("$ref").string("#/components/responses/Error").end_object();
  }

  bool has_habit(const ConventionHeader& each) const { return each.is_had(dialect_.conventions); }

  /// The headers of an answer: those of its own, and those that all have.
  void write_headers(std::span<const Parameter> own, std::span<const Parameter> more = {}, bool is_error = false) {
    const bool has_habits = std::any_of(std::begin(habit_headers), std::end(habit_headers), [&](const auto& each) {
      return has_habit(each) && (is_error || !each.is_on_errors_only);
    });
    if (own.empty() && more.empty() && !has_habits) return;
    out_.key("headers").begin_object();
    for (const auto headers : {own, more})
      for (const auto& each : headers) write_header(each);
    for (const auto& each : habit_headers)
      if (has_habit(each) && (is_error || !each.is_on_errors_only))
        out_.key(each.header.name)
            .begin_object()
            .key("$ref")
            .string("#/components/headers/" + std::string{each.header.name})
            .end_object();
    out_.end_object();
  }
  void write_header(const Parameter& header) {
    out_.key(header.name).begin_object();
    write_about(out_, header, header.is_required);
    out_.end_object();
  }

  void write_content(std::string_view media, View schema) {
    out_.key("content").begin_object().key(media).begin_object().key("schema");
    schemas_.write(out_, schema);
    out_.end_object().end_object();
  }

  void write_components() {
    out_.key("components").begin_object();
    if (!schemes_.empty()) {
      out_.key("securitySchemes").begin_object();
      for (const auto* each : schemes_) out_.key(each->name).raw(each->document);
      out_.end_object();
    }
    out_.key("responses").begin_object().key("Error").begin_object().key("description").string("Failure");
    write_headers({}, {}, /*is_error=*/true);
    if (dialect_.error_schema != nullptr)
      write_content(dialect_.error_media, json::parse(dialect_.error_schema()).value().root());
    out_.end_object().end_object();
    write_habit_headers();
    schemas_.write_all(out_);
    out_.end_object();
  }

  void write_habit_headers() {
    out_.key("headers").begin_object();
    for (const auto& each : habit_headers)
      if (has_habit(each)) write_header(each.header);
    out_.end_object();
  }

  Writer out_;
  const Dialect& dialect_;
  std::vector<const AuthenticationScheme*> schemes_;  ///< The usual one first.
  Schemas schemas_;
};

}  // namespace

std::string render(const Dialect& dialect, std::string_view prefix) {
  std::string text;
  Document{text, dialect}.write(prefix);
  return text;
}

}  // namespace innkeeper::openapi
