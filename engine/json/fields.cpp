#include "engine/json/fields.hpp"

#include <algorithm>

namespace innkeeper::json {

void Findings::add(std::string_view path, std::string_view sentence, std::string_view vendor_code) {
  auto place = std::string{pointer_}.append(path);
  if (!violations_.empty() && violations_.back().field == place) return;
  violations_.push_back({std::move(place), std::string{vendor_code}, std::string{sentence}});
}

Error Findings::take_error() {
  auto detail = violations_.front().message;
  return {Errc::invalid, reason::invalid_fields, std::move(detail), std::move(violations_)};
}

namespace detail {
namespace {

/// The first name of a path, and how many characters of the path it takes with its slash.
std::string_view first_name(std::string_view path) { return path.substr(1, path.find('/', 1) - 1); }

}  // namespace

Located locate(View root, std::string_view path) {
  auto at = root;
  for (std::size_t done = 0;;) {
    const auto name = first_name(path.substr(done));
    const auto next = at.find(name);
    done += 1 + name.size();
    if (!next || done == path.size()) return {next, {}};
    if (next->is(Kind::null)) return {};
    if (!next->is(Kind::object)) return {{}, path.substr(0, done)};
    at = *next;
  }
}

namespace {

/// A name as a step of a JSON pointer (RFC 6901 §3).
std::string escaped(std::string_view name) {
  std::string step;
  for (const char c : name) {
    if (c == '~' || c == '/')
      step += c == '~' ? "~0" : "~1";
    else
      step += c;
  }
  return step;
}

void find_unknown_below(View object, const std::string& pointer, const std::vector<std::string_view>& paths, const Fault& fault,
                        Findings& findings) {
  for (auto member : object.members()) {
    if (findings.is_settled()) return;
    const auto path = pointer + '/' + escaped(member.name);
    if (std::find(paths.begin(), paths.end(), path) != paths.end()) continue;
    const auto is_above = [&](std::string_view other) { return other.starts_with(path + '/'); };
    if (std::any_of(paths.begin(), paths.end(), is_above))
      find_unknown_below(member.value, path, paths, fault, findings);
    else
      findings.add(path, fault.sentence, fault.code);
  }
}

void write_schema(Writer& schema, std::string_view title, std::size_t depth, const std::vector<Described>& fields,
                  bool is_closed) {
  schema.begin_object();
  if (!title.empty()) schema.key("title").string(title);
  schema.key("type").string("object").key("properties").begin_object();
  std::vector<std::string_view> needed;
  for (std::size_t i = 0; i < fields.size();) {
    const auto name = first_name(fields[i].path.substr(depth));
    const auto below = fields[i].path.substr(0, depth + 1 + name.size());
    const auto is_below = [&](const Described& field) { return field.path.starts_with(std::string{below} + '/'); };
    schema.key(name);
    if (fields[i].path == below) {
      schema.begin_object();
      fields[i].write_keywords(schema);
      schema.end_object();
      if (fields[i].is_required) needed.push_back(name);
      ++i;
      continue;
    }
    std::vector<Described> inner;
    for (; i < fields.size() && is_below(fields[i]); ++i) inner.push_back(fields[i]);
    write_schema(schema, {}, below.size(), inner, is_closed);
    if (std::any_of(inner.begin(), inner.end(), [](const Described& field) { return field.is_required; })) needed.push_back(name);
  }
  schema.end_object();
  if (!needed.empty()) {
    schema.key("required").begin_array();
    for (auto name : needed) schema.string(name);
    schema.end_array();
  }
  if (is_closed) schema.key("additionalProperties").boolean(false);
  schema.end_object();
}

}  // namespace

void find_unknown(View root, const std::vector<std::string_view>& paths, const Fault& fault, Findings& findings) {
  find_unknown_below(root, {}, paths, fault, findings);
}

std::string object_schema(std::string_view title, const std::vector<Described>& fields, bool is_closed) {
  std::string text;
  Writer schema{text};
  write_schema(schema, title, 0, fields, is_closed);
  return text;
}

}  // namespace detail
}  // namespace innkeeper::json
