#include "tests/dialects/transcript.hpp"

#include <innkeeper/json/parse.hpp>

#include "engine/crypto/digest.hpp"

#include <algorithm>
#include <cctype>
#include <fstream>
#include <optional>
#include <stdexcept>
#include <string_view>

namespace innkeeper::tests {

namespace {

namespace fs = std::filesystem;

std::optional<std::pair<std::string, std::string>> as_field(const std::string& line) {
  const auto colon = line.find(": ");
  if (colon == std::string::npos || colon == 0) return std::nullopt;
  const auto is_name = [](unsigned char c) { return std::isalnum(c) != 0 || c == '-'; };
  if (!std::all_of(line.begin(), line.begin() + static_cast<std::ptrdiff_t>(colon), is_name)) return std::nullopt;
  return std::pair{line.substr(0, colon), line.substr(colon + 2)};
}

void append_line(std::string& body, bool& has_body, const std::string& line) {
  if (has_body) body += '\n';
  body += line;
  has_body = true;
}

class Reader {
 public:
  explicit Reader(const fs::path& path) { transcript_.path = path; }

  Transcript read() {
    std::ifstream file(transcript_.path, std::ios::binary);
    if (!file) fail("cannot be read");
    for (std::string line; std::getline(file, line);) {
      ++line_;
      take(line);
    }
    if (!is_answered_) fail("the last request has no answer");
    if (transcript_.steps.empty()) fail("there is nothing in it");
    return std::move(transcript_);
  }

 private:
  void take(const std::string& line) {
    const auto rest = [&](std::size_t mark) { return line.size() > mark ? line.substr(mark + 1) : std::string{}; };
    if (line.empty()) return;
    if (line.starts_with("<<"))
      take_everywhere(rest(2));
    else if (line[0] == '#')
      take_title(rest(1));
    else if (line[0] == '*')
      add_step().directive = rest(1);
    else if (line[0] == '>')
      take_sent(rest(1));
    else if (line[0] == '<')
      take_expected(rest(1));
    else
      fail("a line must start with one of # * > < <<");
  }

  void take_everywhere(const std::string& text) {
    const auto field = as_field(text);
    if (!field) fail("not a header");
    transcript_.every_answer.push_back(*field);
  }

  void take_title(const std::string& text) {
    if (text.find(" / ") != std::string::npos) finding_ = text;
    at_ = At::outside;
  }

  void take_sent(const std::string& text) {
    if (at_ != At::sent_head && at_ != At::sent_body) {
      auto& step = add_step();
      const auto blank = text.find(' ');
      if (blank == std::string::npos) fail("a request starts with a method and a target");
      step.sent = {text.substr(0, blank), text.substr(blank + 1), {}, {}};
      at_ = At::sent_head;
      is_answered_ = has_body_ = false;
      return;
    }
    auto& sent = transcript_.steps.back().sent;
    if (at_ == At::sent_head) {
      if (auto field = as_field(text)) {
        sent.headers.push_back(std::move(*field));
        return;
      }
      at_ = At::sent_body;
      if (text.empty()) return;
    }
    append_line(sent.body, has_body_, text);
  }

  void take_expected(const std::string& text) {
    if (transcript_.steps.empty() || at_ == At::outside) fail("an answer without a request");
    auto& expected = transcript_.steps.back().expected;
    if (at_ == At::sent_head || at_ == At::sent_body) {
      expected.status = std::stoi(text);
      at_ = At::answer_head;
      is_answered_ = true;
      has_body_ = false;
      return;
    }
    if (at_ == At::answer_head) {
      if (text.starts_with('!')) return expected.absent_headers.push_back(text.substr(1));
      if (auto field = as_field(text)) return expected.headers.push_back(std::move(*field));
      at_ = At::answer_body;
      if (text.empty()) return;
    }
    append_line(expected.body, has_body_, text);
  }

  Step& add_step() {
    if (!is_answered_) fail("the request before has no answer");
    if (finding_.empty()) fail("no title yet: # <contract> <section> / <finding>");
    at_ = At::outside;
    auto& step = transcript_.steps.emplace_back();
    step.line = line_;
    step.finding = finding_;
    return step;
  }

  [[noreturn]] void fail(const std::string& why) const {
    throw std::runtime_error(transcript_.path.string() + ":" + std::to_string(line_) + ": " + why);
  }

  enum class At { outside, sent_head, sent_body, answer_head, answer_body };
  Transcript transcript_;
  std::string finding_;
  At at_ = At::outside;
  int line_ = 0;
  bool is_answered_ = true;
  bool has_body_ = false;
};

/// A placeholder that begins at a brace: what is between the braces, if it can be one.
std::optional<std::string> placeholder_at(const std::string& text, std::size_t brace) {
  const auto end = text.find('}', brace);
  if (end == std::string::npos) return std::nullopt;
  auto inside = text.substr(brace + 1, end - brace - 1);
  if (inside.empty() || inside.find_first_of("\"{ ") != std::string::npos) return std::nullopt;
  return inside;
}

std::optional<std::string> generated(const std::string& inside, const Captures& captures) {
  const auto colon = inside.find(':');
  if (colon == std::string::npos) return std::nullopt;
  const auto what = inside.substr(0, colon);
  const auto argument = inside.substr(colon + 1);
  if (what == "basic") {
    const auto second = argument.find(':');
    return crypto::base64_encode(captures.at(argument.substr(0, second)) + ":" + captures.at(argument.substr(second + 1)));
  }
  if (what == "byte") return std::string(1, static_cast<char>(std::stoi(argument, nullptr, 16)));
  if (what == "nested") return std::string(std::stoul(argument), '[') + std::string(std::stoul(argument), ']');
  if (what != "repeat") return std::nullopt;
  const auto second = argument.find(':');
  std::string text;
  for (auto n = std::stoul(argument.substr(0, second)); n > 0; --n) text += argument.substr(second + 1);
  return text;
}

bool is_lower_hex(char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); }
bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_alphanumeric(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0; }
bool is_base64(char c) { return is_alphanumeric(c) || c == '+' || c == '/'; }
bool is_base64url(char c) { return is_alphanumeric(c) || c == '-' || c == '_'; }

/// How many characters a text begins with that are of a class.
template <class Class>
std::size_t run_of(std::string_view text, Class is_one) {
  return static_cast<std::size_t>(std::find_if_not(text.begin(), text.end(), is_one) - text.begin());
}
/// The size, if a text begins with so many of a class; else zero.
template <class Class>
std::size_t exactly(std::size_t size, std::string_view text, Class is_one) {
  return run_of(text.substr(0, size), is_one) == size ? size : 0;
}

std::size_t uuid_at(std::string_view text) {
  const auto uuid = text.substr(0, 36);
  if (uuid.size() != 36 || (uuid[14] != '4' && uuid[14] != '7') ||
      std::string_view{"89ab"}.find(uuid[19]) == std::string_view::npos)
    return 0;
  for (std::size_t i = 0; i < uuid.size(); ++i)
    if (i == 8 || i == 13 || i == 18 || i == 23 ? uuid[i] != '-' : !is_lower_hex(uuid[i])) return 0;
  return 36;
}

/// Three runs with points between them (RFC 7515 §3.1).
std::size_t jwt_at(std::string_view text) {
  std::size_t size = 0;
  for (int part = 0; part < 3; ++part) {
    const auto run = run_of(text.substr(size), is_base64url);
    if (run == 0) return 0;
    size += run;
    if (part == 2) return size;
    if (size == text.size() || text[size++] != '.') return 0;
  }
  return 0;
}

/// `whsec_` and 32 bytes in base64.
std::size_t whsec_at(std::string_view text) {
  constexpr std::string_view prefix = "whsec_";
  if (!text.starts_with(prefix) || text.size() < prefix.size() + 44) return 0;
  return run_of(text.substr(prefix.size(), 43), is_base64) == 43 && text[prefix.size() + 43] == '=' ? prefix.size() + 44 : 0;
}

/// The standard form, with padding, of a JSON object.
std::size_t ticket_at(std::string_view text) {
  auto size = run_of(text, is_base64);
  size += run_of(text.substr(size), [](char c) { return c == '='; });
  const auto json = crypto::base64_decode(text.substr(0, size));
  const auto document = json ? json::parse(*json) : Error{Errc::malformed};
  return document && document->root().is(json::Kind::object) ? size : 0;
}

/// How many characters of a text are of a kind; zero: it does not begin with one.
std::size_t length_of(const std::string& kind, std::string_view text) {
  if (kind == "hex24") return exactly(24, text, is_lower_hex);
  if (kind == "hex32") return exactly(32, text, is_lower_hex);
  if (kind == "hex64") return exactly(64, text, is_lower_hex);
  if (kind == "number") return run_of(text, is_digit);
  if (kind == "uuid") return uuid_at(text);
  if (kind == "secret") return exactly(47, text, is_alphanumeric);
  if (kind == "prefix") return exactly(8, text, is_alphanumeric);
  if (kind == "four") return exactly(4, text, is_alphanumeric);
  if (kind == "base64url") return run_of(text, is_base64url);
  if (kind == "jwt") return jwt_at(text);
  if (kind == "whsec") return whsec_at(text);
  if (kind == "ticket") return ticket_at(text);
  if (kind == "rest") return text.size();
  throw std::runtime_error("no such kind of placeholder: " + kind);
}

}  // namespace

std::ostream& operator<<(std::ostream& out, const Transcript& transcript) { return out << transcript.path.stem().string(); }

Transcript read_transcript(const fs::path& path) { return Reader(path).read(); }

std::vector<Transcript> read_transcripts(const fs::path& folder) {
  std::vector<Transcript> all;
  if (fs::exists(folder))
    for (const auto& entry : fs::directory_iterator(folder))
      if (entry.path().extension() == ".http") all.push_back(read_transcript(entry.path()));
  std::sort(all.begin(), all.end(), [](const auto& a, const auto& b) { return a.path < b.path; });
  return all;
}

std::string filled_in(const std::string& text, const Captures& captures) {
  std::string out;
  for (std::size_t at = 0; at < text.size(); ++at) {
    const auto inside = text[at] == '{' ? placeholder_at(text, at) : std::nullopt;
    const auto captured = inside ? captures.find(*inside) : captures.end();
    const auto made = inside && captured == captures.end() ? generated(*inside, captures) : std::nullopt;
    if (captured == captures.end() && !made) {
      out += text[at];
      continue;
    }
    out += made ? *made : captured->second;
    at += inside->size() + 1;
  }
  return out;
}

Sent filled_in(const Sent& sent, const Captures& captures) {
  Sent out{sent.method, filled_in(sent.target, captures), {}, filled_in(sent.body, captures)};
  for (const auto& [name, value] : sent.headers) out.headers.emplace_back(name, filled_in(value, captures));
  return out;
}

bool matches(const std::string& expected, const std::string& text, Captures& captures) {
  std::string_view rest = text;
  for (std::size_t at = 0; at < expected.size(); ++at) {
    const auto inside = expected[at] == '{' ? placeholder_at(expected, at) : std::nullopt;
    const auto equals = inside ? inside->find('=') : std::string::npos;
    if (equals == std::string::npos) {
      // Everything but a capture is plain by now, or a captured value.
      const auto known = inside ? captures.find(*inside) : captures.end();
      const auto piece = known == captures.end() ? expected.substr(at, 1) : known->second;
      if (!rest.starts_with(piece)) return false;
      rest.remove_prefix(piece.size());
      if (known != captures.end()) at += inside->size() + 1;
      continue;
    }
    const auto length = length_of(inside->substr(equals + 1), rest);
    if (length == 0) return false;
    auto captured = std::string{rest.substr(0, length)};
    for (const auto& [name, earlier] : captures)
      if (earlier == captured) return false;
    captures[inside->substr(0, equals)] = std::move(captured);
    rest.remove_prefix(length);
    at += inside->size() + 1;
  }
  return rest.empty();
}

}  // namespace innkeeper::tests
