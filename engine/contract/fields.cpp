#include <innkeeper/contract/codecs.hpp>
#include <innkeeper/contract/fields.hpp>
#include <innkeeper/json/wording.hpp>

#include "engine/base/text.hpp"

#include <algorithm>

namespace innkeeper::contract {

using json::Kind;
using json::View;
using json::Writer;

namespace {

constexpr std::string_view first_of(std::string_view a, std::string_view b, std::string_view c = {}) {
  return !a.empty() ? a : !b.empty() ? b : c;
}

// ---- places ------------------------------------------------------------------------------------------------------------------

/// The first name of a path.
std::string_view first_name(std::string_view path) { return path.substr(1, path.find('/', 1) - 1); }

/// The value at a path inside an object, null included; nothing if it is absent. A step that is neither object nor null is a
/// failure of the field.
struct Located {
  std::optional<View> value{};
  std::string_view broken_at{};
};
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

// ---- rules -------------------------------------------------------------------------------------------------------------------

std::size_t size_in(Unit unit, std::string_view text) {
  if (unit == Unit::bytes) return text.size();
  auto size = base::code_points(text);
  // Beyond the basic plane: four bytes of UTF-8, two units of UTF-16.
  if (unit == Unit::utf16)
    size += static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xf8) == 0xf0; }));
  return size;
}
/// No unit is longer than a byte.
bool is_at_most(const Rule& rule, std::string_view text) {
  return std::cmp_less_equal(text.size(), rule.high) || std::cmp_less_equal(size_in(rule.unit, text), rule.high);
}

bool meets(const Rule& rule, View value) {
  const bool is_text = value.is(Kind::string);
  switch (rule.test) {
    case Rule::Test::at_least:
      return !is_text || std::cmp_greater_equal(size_in(rule.unit, value.text()), rule.low);
    case Rule::Test::at_most:
      return !is_text || is_at_most(rule, value.text());
    case Rule::Test::items_at_least:
      return !value.is(Kind::array) || std::cmp_greater_equal(value.size(), rule.low);
    case Rule::Test::items_at_most:
      return !value.is(Kind::array) || std::cmp_less_equal(value.size(), rule.high);
    case Rule::Test::members_at_most:
      return !value.is(Kind::object) || std::cmp_less_equal(value.size(), rule.high);
    case Rule::Test::names_at_most:
      for (const auto member : value.members())
        if (!is_at_most(rule, member.name)) return false;
      return true;
    case Rule::Test::values_at_most:
      for (const auto member : value.members())
        if (!is_at_most(rule, member.value.text())) return false;
      return true;
    case Rule::Test::json_at_most:
      return std::cmp_less_equal(value.to_json().text.size(), rule.high);
    case Rule::Test::within: {
      if (!value.is(Kind::number) && !(rule.takes_texts && is_text)) return true;
      const auto number = is_text ? whole_number(value.text()) : value.integer();
      return number ? *number >= rule.low && *number <= rule.high : rule.takes_texts;
    }
    case Rule::Test::one_of:
      return !is_text || std::find(rule.words.begin(), rule.words.end(), value.text()) != rule.words.end();
    case Rule::Test::matching:
      return !is_text || rule.is_valid(value.text());
  }
  return true;
}

/// What is said of a value that breaks a rule without words of its own.
std::string complaint_of(const Rule& rule, View value) {
  const std::string whose = rule.is_of_elements ? "each " : "";
  switch (rule.test) {
    case Rule::Test::at_least:
      return "is too short";
    case Rule::Test::at_most:
    case Rule::Test::names_at_most:
    case Rule::Test::values_at_most:
    case Rule::Test::json_at_most:
      return "is too long";
    case Rule::Test::items_at_least:
      return "has too few elements";
    case Rule::Test::items_at_most:
      return "has too many elements";
    case Rule::Test::members_at_most:
      return "has too many members";
    case Rule::Test::within:
      return "is out of range";
    case Rule::Test::one_of:
      return whose + json::must_be_one_of(rule.words, value);
    case Rule::Test::matching:
      return whose + (rule.form.empty() ? "has the wrong form"
                                        : std::string{"must be "}.append(rule.form).append(json::not_this(value.text())));
  }
  return {};
}

void write_rule(Writer& schema, const Rule& rule) {
  switch (rule.test) {
    case Rule::Test::at_least:  // which JSON Schema counts in code points, as it does below
      if (rule.unit == Unit::code_points) schema.key("minLength").integer(rule.low);
      break;
    case Rule::Test::at_most:
      schema.key("maxLength").integer(rule.high);
      break;
    case Rule::Test::items_at_least:
      schema.key("minItems").integer(rule.low);
      break;
    case Rule::Test::items_at_most:
      schema.key("maxItems").integer(rule.high);
      break;
    case Rule::Test::members_at_most:
      schema.key("maxProperties").integer(rule.high);
      break;
    case Rule::Test::names_at_most:
      schema.key("propertyNames").begin_object().key("maxLength").integer(rule.high).end_object();
      break;
    case Rule::Test::within:
      schema.key("minimum").integer(rule.low);
      if (rule.high != no_limit) schema.key("maximum").integer(rule.high);
      break;
    case Rule::Test::one_of:
      json::describe_names(schema, rule.words);
      break;
    case Rule::Test::values_at_most:
    case Rule::Test::json_at_most:
    case Rule::Test::matching:
      break;
  }
}

// ---- reading -----------------------------------------------------------------------------------------------------------------

class Reader {
 public:
  Reader(const FieldTable& table, View root, Findings& findings, Postponed* aside)
      : table_(table), root_(root), findings_(findings), aside_(aside) {}

  Result<void> read(void* into) {
    read(table_, into);
    if (table_.policy.unknown == Unknown::is_refused && !is_over()) find_unknown(root_, {});
    if (findings_.is_empty()) return {};
    if (postponed_ == nullptr) return findings_.take_error();
    *aside_ = Postponed{*postponed_, findings_.take_error()};
    return {};
  }

 private:
  bool is_over() const { return postponed_ != nullptr || findings_.is_settled(); }

  void read(const FieldTable& table, void* into) {
    if (table.base != nullptr) read(*table.base, table.to_base(into));
    for (const auto& row : table.rows) {
      if (is_over()) return;
      const bool was_good = findings_.is_empty();
      read(row, table.needs(row), into);
      if (aside_ != nullptr && row.is_postponed && was_good && !findings_.is_empty()) postponed_ = &row;
    }
  }
  void read(const Field& row, bool is_needed, void* into) {
    if (row.is == Field::Is::closed_object) return read_closed(row);
    if (row.is == Field::Is::check) {
      if (!row.holds(into)) findings_.add(row.path, first_of(row.fault.sentence, "does not fit the rest"), row.fault.code);
      return;
    }
    const auto found = locate(root_, row.path);
    const auto require = [&] {
      if (is_needed || (row.is_needed != nullptr && row.is_needed(into)))
        findings_.add(row.path, first_of(row.missing.sentence, row.fault.sentence, "is required"),
                      first_of(row.missing.code, row.fault.code));
    };
    if (!found.broken_at.empty())
      return findings_.add(found.broken_at, first_of(row.fault.sentence, "has the wrong type"), row.fault.code);
    if (!found.value) return require();
    if (found.value->is(Kind::null)) {
      const auto null = findings_.policy().null;
      if (null == Null::clears || (null != Null::is_absent && null != Null::is_refused && row.may_be_cleared))
        return row.clear(into);
      if (null == Null::is_absent || null == Null::clears_what_may_or_is_absent) return require();
    }
    if (meets_rules(row, *found.value)) row.take(row, *found.value, into, findings_);
  }
  void read_closed(const Field& row) {
    const auto found = locate(root_, row.path);
    if (!found.value || found.value->is(Kind::null)) return;
    if (!found.value->is(Kind::object))
      return findings_.add(row.path, first_of(row.fault.sentence, "must be an object"), row.fault.code);
    for (const auto member : found.value->members()) {
      const auto path = std::string{row.path}.append("/").append(escaped(member.name));
      if (is_named(path) || is_above(path)) continue;
      return findings_.add(row.path, std::string{row.missing.sentence}.append(member.name), row.missing.code);
    }
  }
  bool meets_rules(const Field& row, View value) {
    return std::all_of(row.all_rules().begin(), row.all_rules().end(), [&](const Rule& rule) {
      if (!rule.is_of_elements) return meets(rule, value) || refuse(row, rule, value, row.path);
      std::size_t index = 0;
      for (const auto element : value.elements()) {
        if (!meets(rule, element)) {
          std::string place{row.path};
          if (rule.names_element) place.append("/").append(std::to_string(index));
          return refuse(row, rule, element, place);
        }
        ++index;
      }
      return true;
    });
  }
  /// A value, or an element of one, that breaks a rule.
  bool refuse(const Field& row, const Rule& rule, View value, std::string_view path) {
    const auto own_words = first_of(rule.fault.sentence, row.fault.sentence);
    const auto sentence = findings_.policy().sentence;
    findings_.add(path,
                  !own_words.empty()    ? std::string{own_words}
                  : sentence != nullptr ? sentence(row, &rule, complaint_of(rule, value))
                                        : complaint_of(rule, value),
                  first_of(rule.fault.code, row.fault.code));
    return false;
  }

  void find_unknown(View object, const std::string& pointer) {
    for (const auto member : object.members()) {
      if (findings_.is_settled()) return;
      const auto path = pointer + '/' + escaped(member.name);
      const auto& fault = findings_.policy().of_unknown;
      if (is_named(path)) continue;
      if (is_above(path))
        find_unknown(member.value, path);
      else
        findings_.add(path, fault.sentence, fault.code);
    }
  }
  bool is_named(std::string_view path) const {
    return any_row([&](std::string_view other) { return other == path; });
  }
  bool is_above(const std::string& path) const {
    return any_row([&](std::string_view other) { return other.starts_with(path + '/'); });
  }
  template <class Test>
  bool any_row(Test test) const {
    for (const auto* table = &table_; table != nullptr; table = table->base)
      for (const auto& row : table->rows)
        if (test(row.path)) return true;
    return false;
  }

  const FieldTable& table_;
  View root_;
  Findings& findings_;
  Postponed* aside_;
  const Field* postponed_ = nullptr;
};

// ---- the schema --------------------------------------------------------------------------------------------------------------

/// What a schema says of one field.
struct Described {
  const Field* row;
  bool is_needed;
};

std::vector<Described> every_row(const FieldTable& table) {
  auto rows = table.base != nullptr ? every_row(*table.base) : std::vector<Described>{};
  for (const auto& row : table.rows) rows.push_back({&row, table.needs(row)});
  return rows;
}
std::vector<Described> every_value(const FieldTable& table) {
  auto rows = every_row(table);
  std::erase_if(rows, [](const Described& field) { return field.row->is != Field::Is::value; });
  return rows;
}

void write_keywords(Writer& schema, const Field& row, bool with_bounds) {
  row.describe(row, schema);
  for (const auto& rule : row.all_rules())
    if (!rule.is_of_elements && (with_bounds || rule.test == Rule::Test::one_of)) write_rule(schema, rule);
  if (!row.note.empty()) schema.key("description").string(row.note);
}

bool is_closed(const FieldTable& table, std::string_view path) {
  const auto closes = [&](const Field& row) { return row.is == Field::Is::closed_object && row.path == path; };
  return table.policy.unknown == Unknown::is_refused || std::any_of(table.rows.begin(), table.rows.end(), closes) ||
         (table.base != nullptr && is_closed(*table.base, path));
}

/// What a schema says of the members of the object at a path, of which there are some fields.
void write_members(Writer& schema, const FieldTable& table, std::string_view at, std::span<const Described> fields) {
  schema.key("properties").begin_object();
  std::vector<std::string_view> needed;
  while (!fields.empty()) {
    const auto path = fields.front().row->path;
    const auto name = first_name(path.substr(at.size()));
    const auto below = path.substr(0, at.size() + 1 + name.size());
    const auto is_inside = [&](const Described& field) { return field.row->path.starts_with(std::string{below} + '/'); };
    const auto end = path == below ? fields.begin() + 1 : std::find_if_not(fields.begin(), fields.end(), is_inside);
    const std::span<const Described> inner{fields.begin(), end};
    schema.key(name);
    if (path == below) {
      schema.begin_object();
      write_keywords(schema, *fields.front().row, /*with_bounds=*/true);
      schema.end_object();
    } else {
      write_members(schema.begin_object().key("type").string("object"), table, below, inner);
      schema.end_object();
    }
    if (std::any_of(inner.begin(), inner.end(), [](const Described& field) { return field.is_needed; })) needed.push_back(name);
    fields = fields.subspan(inner.size());
  }
  schema.end_object();
  if (!needed.empty()) {
    schema.key("required").begin_array();
    for (const auto name : needed) schema.string(name);
    schema.end_array();
  }
  if (is_closed(table, at))
    schema.key("additionalProperties").boolean(false);
  else if (at.empty() && table.policy.unknown == Unknown::is_ignored_openly)
    schema.key("additionalProperties").boolean(true);
}

}  // namespace

std::optional<std::int64_t> whole_number(std::string_view text) { return base::to_integer(text); }

void Findings::add(std::string_view path, std::string_view sentence, std::string_view vendor_code) {
  auto place = std::string{pointer_}.append(path);
  if (!violations_.empty() && violations_.back().field == place) return;
  violations_.push_back({std::move(place), std::string{vendor_code}, std::string{sentence}});
}

Error Findings::take_error() {
  auto detail = violations_.front().message;
  return {Errc::invalid, json::reason::invalid_fields, std::move(detail), std::move(violations_)};
}

void Findings::add_all(std::vector<Violation>&& more) {
  for (auto& each : more) {
    if (is_settled()) return;
    violations_.push_back(std::move(each));
  }
}

void refuse(const Field& row, std::string expectation, Findings& findings) {
  if (const auto sentence = findings.policy().sentence) expectation = sentence(row, nullptr, std::move(expectation));
  findings.add(row.path, first_of(row.fault.sentence, expectation), row.fault.code);
}

void detail::ElementRules::operator()() const {
  for (const auto& rule : row.all_rules())
    if (rule.is_of_elements) write_rule(schema, rule);
}

Error not_an_object(std::string_view pointer) {
  return {Errc::malformed, json::reason::not_an_object, "not a JSON object", {{std::string{pointer}, {}, "is not an object"}}};
}

Result<void> fill(const FieldTable& table, View object, std::string_view pointer, std::size_t longest_object, void* into,
                  Postponed* aside) {
  if (!object.is(Kind::object)) return not_an_object(pointer);
  Findings findings{pointer, table.policy, longest_object};
  return Reader{table, object, findings, aside}.read(into);
}

Result<void> Postponed::up_to(const FieldTable& table, std::string_view path) const {
  if (!error_) return {};
  bool is_past = false;  // a check may stand behind the row of the same path
  for (const auto& [row, is_needed] : every_row(table)) {
    is_past = is_past || row->path == path;
    if (is_past && row->path != path) return {};
    if (row == row_) return *error_;
  }
  return {};
}

std::string schema(const FieldTable& table) {
  std::string text;
  Writer schema{text};
  schema.begin_object();
  if (!table.name.empty()) schema.key("title").string(table.name);
  describe_members(schema.key("type").string("object"), table);
  schema.end_object();
  return text;
}

void describe_members(Writer& schema, const FieldTable& table) { write_members(schema, table, {}, every_value(table)); }

void describe_unbounded(Writer& schema, const Field& row) { write_keywords(schema, row, /*with_bounds=*/false); }

Writer& describe_types(Writer& schema, std::initializer_list<std::string_view> types) {
  schema.key("type");
  if (types.size() == 1) return schema.string(*types.begin());
  schema.begin_array();
  for (const auto type : types) schema.string(type);
  return schema.end_array();
}

std::optional<std::string> ShortText::read(View value) const {
  if (value.is(Kind::number) && !takes_numbers) return std::nullopt;
  auto text = value.text();
  constexpr std::string_view blanks = " \t\r\n";
  if (is_trimmed) {
    text.remove_prefix(std::min(text.find_first_not_of(blanks), text.size()));
    text = text.substr(0, text.find_last_not_of(blanks) + 1);
  }
  if (text.empty() || std::cmp_greater(base::code_points(text), most)) return std::nullopt;
  return std::string{text};
}

std::optional<JsonText> FreeObject::read(View value, const Field& row, Findings& findings) const {
  if (!value.is(Kind::object)) return refuse(row, "must be an object", findings), std::nullopt;
  auto object = value.to_json();
  const auto longest = findings.longest_object();
  if (object.text.size() <= longest) return object;
  const auto name = std::string{row.path.substr(row.path.rfind('/') + 1)};
  findings.add(row.path, name + " must have " + base::spell_bytes(longest) + " at most", code_of_long);
  return std::nullopt;
}

std::string spelled(std::string_view pointer, char separator) {
  std::string place;
  for (std::size_t i = 1; i < pointer.size(); ++i) {
    const auto escape = pointer.substr(i, 2);
    if (escape == "~0" || escape == "~1") {
      place += escape == "~0" ? '~' : '/';
      ++i;
    } else {
      place += pointer[i] == '/' ? separator : pointer[i];
    }
  }
  return place;
}

}  // namespace innkeeper::contract
