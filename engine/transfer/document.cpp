#include "engine/transfer/document.hpp"

#include <innkeeper/json/parse.hpp>

#include "engine/base/text.hpp"
#include "engine/transfer/form.hpp"

#include <algorithm>
#include <utility>

namespace innkeeper::transfer {

namespace {

/// A member name as a step of a JSON pointer (RFC 6901 §3).
std::string step(std::string_view name) {
  std::string out{"/"};
  for (char c : name) {
    if (c == '~' || c == '/')
      out += c == '~' ? "~0" : "~1";
    else
      out += c;
  }
  return out;
}

/// Reads entries by their forms, and gathers all that is wrong with them.
class Reader {
 public:
  explicit Reader(std::size_t longest_object) : longest_object_(longest_object) {}
  template <class E>
  Entry<E> read_entry(json::View value, std::string pointer);
  std::vector<Violation> faults() && { return std::move(faults_); }

 private:
  void add_fault(std::string pointer, std::string sentence) {
    faults_.push_back({.field = std::move(pointer), .code = {}, .message = std::move(sentence)});
  }
  template <class E>
  void require(const Entry<E>&, std::string_view name);
  template <class E>
  void require_all(const Entry<E>&);
  template <class E>
  void read_id(json::View, const std::string& pointer, Entry<E>&);

  // One for each kind of row. Each says what is wrong with the value, or nothing.
  template <class E, class M, class S>
  std::string read(const Field<E, M, S>& row, json::View value, Entry<E>& entry) {
    if constexpr (std::is_same_v<S, Metadata>) {
      auto given = S::read(value, longest_object_);
      if (!given) return S::rule(longest_object_);
      entry.row.*row.member = *std::move(given);
    } else {
      auto given = S::read(value);
      if (!given) return S::rule();
      entry.row.*row.member = *std::move(given);
    }
    return {};
  }
  template <class Inner, class E>
  std::string read(const WithSecrets<Inner>& row, json::View value, Entry<E>& entry) {
    return read(row.inner, value, entry);
  }
  template <class T, class E>
  std::string read(const Reference<T, E>& row, json::View value, Entry<E>& entry) {
    return read_uid(row.name, value, entry);
  }
  std::string read(const Successor& row, json::View value, Entry<Key>& entry) { return read_uid(row.name, value, entry); }
  template <class E>
  std::string read(const Secret<E>& row, json::View value, Entry<E>& entry) {
    return read_secret(row.name, row.rule, value, entry);
  }
  template <class E>
  std::string read(const OneKey& row, json::View value, Entry<E>& entry) {
    return read_secret(row.name, own_secret, value, entry);
  }
  std::string read(const KeyRate&, json::View value, Entry<Key>& entry);
  template <class E>
  std::string read(const NotKept& row, json::View, Entry<E>&) {
    return std::string{row.sentence};
  }
  template <class P, class E>
  std::string read(const List<P, E>& row, json::View value, Entry<P>& entry) {
    if (!value.is(json::Kind::array)) return "must be an array";
    std::size_t position = 0;
    for (auto element : value.elements())
      (entry.children.*row.entries)
          .push_back(read_entry<E>(element, entry.pointer + step(row.name) + "/" + std::to_string(position++)));
    return {};
  }
  template <class E>
  std::string read_secret(std::string_view name, const SecretRule& rule, json::View value, Entry<E>& entry) {
    const bool is_text = value.is(json::Kind::string);
    const bool takes_away = rule.is_optional && (value.is(json::Kind::null) || (is_text && value.text().empty()));
    if (!takes_away && !(is_text && rule.is_valid(value.text()))) return std::string{rule.sentence};
    entry.texts[name] = takes_away ? std::string{} : std::string{value.text()};
    return {};
  }
  template <class E>
  std::string read_uid(std::string_view name, json::View value, Entry<E>& entry) {
    const auto given = OrNull<Text<&Key::uid>, std::string>::read(value);
    if (!given) return "must be a uid or null";
    entry.texts[name] = given->value_or("");
    return {};
  }

  const std::size_t longest_object_;
  std::vector<Violation> faults_;
};

std::string Reader::read(const KeyRate&, json::View value, Entry<Key>& entry) {
  entry.row.rate_quota = entry.row.rate_window = std::nullopt;
  if (value.is(json::Kind::null)) return {};
  const auto quota = value.find("quota");
  const auto window = value.find("window_seconds");
  const auto is_within = [](const std::optional<json::View>& part, const Range& range) {
    const auto number = part ? part->integer() : std::nullopt;
    return number && domain::is_within(*number, range);
  };
  if (value.size() != 2 || !is_within(quota, domain::range_of<&Key::rate_quota>) ||
      !is_within(window, domain::range_of<&Key::rate_window>))
    return R"(must be an object such as {"quota": 100, "window_seconds": 60})";
  entry.row.rate_quota = quota->integer();
  entry.row.rate_window = window->integer();
  return {};
}

template <class E>
void Reader::read_id(json::View value, const std::string& pointer, Entry<E>& entry) {
  const auto given = value.is(json::Kind::string) || value.is_integer() ? base::to_number(value.text()) : std::nullopt;
  if (!given || *given == 0) return add_fault(pointer, "must be an id from 1 to 9007199254740991, or its digits in a string");
  entry.id = Id{*given};
}

/// A member that is there but wrong has been told of.
template <class E>
void Reader::require(const Entry<E>& entry, std::string_view name) {
  const auto pointer = entry.pointer + step(name);
  const auto told = [&](const Violation& fault) { return fault.field == pointer; };
  if (!entry.gives(name) && std::none_of(faults_.begin(), faults_.end(), told)) add_fault(pointer, "is required");
}

template <class E>
void Reader::require_all(const Entry<E>& entry) {
  for (const auto name : Form<E>::needed) require(entry, name);
  bool has_match = entry.gives("uid");
  if constexpr (std::is_same_v<E, Member>) has_match = has_match || entry.row.app_user_id;
  if (!has_match)
    for (const auto name : Form<E>::needed_without_uid) require(entry, name);
  if (entry.gives("secret") && entry.gives("keys"))
    add_fault(entry.pointer + "/secret", "stands for one key: leave it out beside keys");
}

template <class E>
Entry<E> Reader::read_entry(json::View value, std::string pointer) {
  Entry<E> entry{.pointer = std::move(pointer)};
  if (!value.is(json::Kind::object)) {
    add_fault(entry.pointer, "must be an object");
    return entry;
  }
  for (const auto member : value.members()) {
    const auto at = entry.pointer + step(member.name);
    if (Form<E>::has_id && member.name == "id") {
      read_id(member.value, at, entry);
      continue;
    }
    bool is_known = false;
    const auto try_one = [&](const auto& row) {
      if (row.name != member.name) return;
      is_known = true;
      auto fault = read(row, member.value, entry);
      if (fault.empty())
        entry.given.push_back(row.name);
      else
        add_fault(at, std::move(fault));
    };
    std::apply([&](const auto&... row) { (try_one(row), ...); }, fields_of<E>);
    std::apply([&](const auto&... row) { (try_one(row), ...); }, Form<E>::lists);
    if (!is_known) add_fault(at, "is not a field of this entry");
  }
  require_all(entry);
  return entry;
}

}  // namespace

Result<Document> read_document(std::string_view json, std::size_t longest_object) {
  if (json.starts_with("\xEF\xBB\xBF"))
    return Error{Errc::malformed, json::reason::syntax, "it begins with a byte order mark, which must be left out"};
  const auto parsed = json::parse(json, json::max_depth_inside);
  if (!parsed) return parsed.error();
  Reader reader{longest_object};
  auto document = reader.read_entry<Root>(parsed->root(), "");
  if (auto faults = std::move(reader).faults(); !faults.empty()) return refused(std::move(faults));
  return document;
}

Error refused(std::vector<Violation> violations) {
  return {Errc::invalid, Reason{"transfer.refused"}, "the document breaks rules; nothing was stored", std::move(violations)};
}

}  // namespace innkeeper::transfer
