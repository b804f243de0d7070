#include <innkeeper/json/wording.hpp>

namespace innkeeper::json {

namespace {

std::string one_of_them(std::span<const std::string_view> words) {
  std::string sentence{"must be one of"};
  for (const auto& word : words) sentence.append(&word == words.data() ? " " : ", ").append(word);
  return sentence;
}

}  // namespace

std::string not_this(std::string_view word) {
  constexpr std::size_t longest = 64;
  const auto is_inside_character = [&](std::size_t at) { return (static_cast<unsigned char>(word[at]) & 0xC0U) == 0x80U; };
  std::string sentence{", not \""};
  if (word.size() <= longest) return sentence.append(word).append("\"");
  auto end = longest;
  while (is_inside_character(end)) --end;
  return sentence.append(word.substr(0, end)).append("…\"");
}

std::string must_be_one_of(std::span<const std::string_view> words, std::string_view given) {
  return one_of_them(words) + not_this(given);
}

std::string must_be_one_of(std::span<const std::string_view> words, View given) {
  return given.is(Kind::string) ? must_be_one_of(words, given.text()) : one_of_them(words);
}

}  // namespace innkeeper::json
