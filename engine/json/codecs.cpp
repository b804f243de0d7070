#include <innkeeper/json/codecs.hpp>

#include <algorithm>

namespace innkeeper::json {

void describe_nullable(Writer& schema, std::string_view alone) {
  const auto document = parse(alone);
  const auto root = document->root();
  const auto type = root.find("type");
  // What has a title is a schema of its own, that others may refer to.
  if (!type || root.find("title")) {
    schema.key("anyOf").begin_array().raw(alone).begin_object().key("type").string("null").end_object().end_array();
    return;
  }
  for (const auto& [keyword, value] : root.members()) {
    schema.key(keyword);
    if (keyword == "type") {
      schema.begin_array().string(value.text()).string("null").end_array();
    } else if (keyword == "enum") {
      schema.begin_array();
      for (const auto name : value.elements()) schema.string(name.text());
      schema.null().end_array();
    } else {
      schema.raw(value.to_json());
    }
  }
}

void describe_constant(Writer& schema, View value) {
  if (value.is(Kind::object)) {
    schema.key("type").string("object").key("properties").begin_object();
    for (const auto& [name, member] : value.members()) {
      describe_constant(schema.key(name).begin_object(), member);
      schema.end_object();
    }
    schema.end_object().key("required").begin_array();
    for (const auto& [name, member] : value.members()) schema.string(name);
    schema.end_array();
  } else if (value.is(Kind::array)) {
    const auto size = static_cast<std::int64_t>(value.size());
    schema.key("type").string("array").key("minItems").integer(size).key("maxItems").integer(size).key("items").begin_object();
    if (size == 0) schema.key("description").string("There are none");
    if (size > 1) schema.key("anyOf").begin_array();
    for (const auto element : value.elements()) {
      if (size > 1) schema.begin_object();
      describe_constant(schema, element);
      if (size > 1) schema.end_object();
    }
    if (size > 1) schema.end_array();
    schema.end_object();
  } else {
    constexpr std::string_view types[] = {"null", "boolean", "number", "string"};
    const auto type = value.is_integer() ? "integer" : types[static_cast<std::size_t>(value.kind())];
    schema.key("type").string(type).key("const").raw(value.to_json());
  }
}

std::optional<JsonText> TextSet::read(View value) const {
  if (!value.is(Kind::array)) return std::nullopt;
  std::vector<std::pair<std::string_view, std::size_t>> texts;  // with the place it first came at
  texts.reserve(value.size());
  for (auto element : value.elements()) {
    if (!element.is(Kind::string)) return std::nullopt;
    texts.emplace_back(element.text(), texts.size());
  }
  std::sort(texts.begin(), texts.end());
  texts.erase(std::unique(texts.begin(), texts.end(), [](auto& a, auto& b) { return a.first == b.first; }), texts.end());
  if (!is_sorted) std::sort(texts.begin(), texts.end(), [](auto& a, auto& b) { return a.second < b.second; });

  JsonText json;
  Writer out{json.text};
  out.begin_array();
  for (const auto& [text, place] : texts) out.string(text);
  out.end_array();
  return json;
}

}  // namespace innkeeper::json
