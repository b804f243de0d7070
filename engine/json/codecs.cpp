#include "engine/json/codecs.hpp"

#include <algorithm>

namespace innkeeper::json {

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
