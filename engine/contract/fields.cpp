#include "engine/contract/fields.hpp"

#include "engine/base/text.hpp"
#include "engine/json/wording.hpp"

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

bool meets(const Rule& rule, View value) {
  const bool is_text = value.is(Kind::string);
  switch (rule.test) {
    case Rule::Test::at_least:
      return !is_text || std::cmp_greater_equal(base::code_points(value.text()), rule.low);
    case Rule::Test::at_most:
      return !is_text || std::cmp_less_equal(value.text().size(), rule.high) ||
             std::cmp_less_equal(base::code_points(value.text()), rule.high);
    case Rule::Test::items_at_most:
      return !value.is(Kind::array) || std::cmp_less_equal(value.size(), rule.high);
    case Rule::Test::within: {
      if (!value.is(Kind::number)) return true;
      const auto number = value.integer();
      return number && *number >= rule.low && *number <= rule.high;
    }
    case Rule::Test::one_of:
      return !is_text || std::find(rule.words.begin(), rule.words.end(), value.text()) != rule.words.end();
    case Rule::Test::matching:
      return !is_text || rule.is_good(value.text());
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
      return "is too long";
    case Rule::Test::items_at_most:
      return "has too many elements";
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
    case Rule::Test::at_least:
      schema.key("minLength").integer(rule.low);
      break;
    case Rule::Test::at_most:
      schema.key("maxLength").integer(rule.high);
      break;
    case Rule::Test::items_at_most:
      schema.key("maxItems").integer(rule.high);
      break;
    case Rule::Test::within:
      schema.key("minimum").integer(rule.low).key("maximum").integer(rule.high);
      break;
    case Rule::Test::one_of:
      json::describe_names(schema, rule.words);
      break;
    case Rule::Test::matching:
      break;
  }
}

// ---- reading -----------------------------------------------------------------------------------------------------------------

class Reader {
 public:
  Reader(const FieldTable& table, View root, Findings& findings) : root_(root), policy_(table.policy), findings_(findings) {
    if (table.policy.unknown == Unknown::is_refused) named_ = &table;
  }

  void read(const FieldTable& table, void* into) {
    if (table.base != nullptr) read(*table.base, table.to_base(into));
    for (const auto& row : table.rows) {
      if (findings_.is_settled()) return;
      read(row, table.needs(row), into);
    }
  }
  void find_unknown() {
    if (named_ != nullptr) find_unknown(root_, {});
  }

 private:
  void read(const Field& row, bool is_needed, void* into) {
    const auto found = locate(root_, row.path);
    if (!found.broken_at.empty())
      findings_.add(found.broken_at, first_of(row.fault.sentence, "has the wrong type"), row.fault.code);
    else if (!found.value || (found.value->is(Kind::null) && policy_.null == Null::is_absent))
      require(row, is_needed);
    else if (found.value->is(Kind::null) &&
             (policy_.null == Null::clears || (policy_.null == Null::clears_what_may && row.may_be_cleared)))
      row.clear(into);
    else if (meets_rules(row, *found.value))
      row.take(row, *found.value, into, findings_);
  }
  void require(const Field& row, bool is_needed) {
    if (is_needed)
      findings_.add(row.path, first_of(row.missing.sentence, row.fault.sentence, "is required"),
                    first_of(row.missing.code, row.fault.code));
  }
  bool meets_rules(const Field& row, View value) {
    for (const auto& rule : row.all_rules())
      if (const auto bad = find_bad(rule, value)) {
        const auto own_words = first_of(rule.fault.sentence, row.fault.sentence);
        findings_.add(row.path, own_words.empty() ? complaint_of(rule, *bad) : std::string{own_words},
                      first_of(rule.fault.code, row.fault.code));
        return false;
      }
    return true;
  }
  /// The value itself, or the first of its elements, that breaks a rule.
  static std::optional<View> find_bad(const Rule& rule, View value) {
    if (!rule.is_of_elements) return meets(rule, value) ? std::nullopt : std::optional{value};
    for (const auto element : value.elements())
      if (!meets(rule, element)) return element;
    return std::nullopt;
  }

  void find_unknown(View object, const std::string& pointer) {
    for (const auto member : object.members()) {
      if (findings_.is_settled()) return;
      const auto path = pointer + '/' + escaped(member.name);
      if (any_row([&](std::string_view other) { return other == path; })) continue;
      if (any_row([&](std::string_view other) { return other.starts_with(path + '/'); }))
        find_unknown(member.value, path);
      else
        findings_.add(path, policy_.of_unknown.sentence, policy_.of_unknown.code);
    }
  }
  template <class Test>
  bool any_row(Test test) const {
    for (const auto* table = named_; table != nullptr; table = table->base)
      for (const auto& row : table->rows)
        if (test(row.path)) return true;
    return false;
  }

  View root_;
  const Policy& policy_;
  Findings& findings_;
  const FieldTable* named_ = nullptr;
};

// ---- the schema --------------------------------------------------------------------------------------------------------------

/// What a schema says of one field.
struct Described {
  const Field* row;
  bool is_needed;
};

void list_rows(const FieldTable& table, std::vector<Described>& rows) {
  if (table.base != nullptr) list_rows(*table.base, rows);
  for (const auto& row : table.rows) rows.push_back({&row, table.needs(row)});
}

void write_keywords(Writer& schema, const Field& row) {
  row.describe(row, schema);
  for (const auto& rule : row.all_rules())
    if (!rule.is_of_elements) write_rule(schema, rule);
  if (!row.note.empty()) schema.key("description").string(row.note);
}

void write_schema(Writer& schema, std::string_view title, std::size_t depth, std::span<const Described> fields, bool is_closed) {
  schema.begin_object();
  if (!title.empty()) schema.key("title").string(title);
  schema.key("type").string("object").key("properties").begin_object();
  std::vector<std::string_view> needed;
  while (!fields.empty()) {
    const auto path = fields.front().row->path;
    const auto name = first_name(path.substr(depth));
    const auto below = path.substr(0, depth + 1 + name.size());
    const auto is_inside = [&](const Described& field) { return field.row->path.starts_with(std::string{below} + '/'); };
    const auto end = path == below ? fields.begin() + 1 : std::find_if_not(fields.begin(), fields.end(), is_inside);
    const std::span<const Described> inner{fields.begin(), end};
    schema.key(name);
    if (path == below) {
      schema.begin_object();
      write_keywords(schema, *fields.front().row);
      schema.end_object();
    } else {
      write_schema(schema, {}, below.size(), inner, is_closed);
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
  if (is_closed) schema.key("additionalProperties").boolean(false);
  schema.end_object();
}

}  // namespace

void Findings::add(std::string_view path, std::string_view sentence, std::string_view vendor_code) {
  auto place = std::string{pointer_}.append(path);
  if (!violations_.empty() && violations_.back().field == place) return;
  violations_.push_back({std::move(place), std::string{vendor_code}, std::string{sentence}});
}

Error Findings::take_error() {
  auto detail = violations_.front().message;
  return {Errc::invalid, json::reason::invalid_fields, std::move(detail), std::move(violations_)};
}

void refuse(const Field& row, std::string_view expectation, Findings& findings) {
  findings.add(row.path, first_of(row.fault.sentence, expectation), row.fault.code);
}

void detail::ElementRules::operator()() const {
  for (const auto& rule : row.all_rules())
    if (rule.is_of_elements) write_rule(schema, rule);
}

Result<void> fill(const FieldTable& table, View object, std::string_view pointer, std::size_t longest_object, void* into) {
  if (!object.is(Kind::object))
    return Error{
        Errc::malformed, json::reason::not_an_object, "not a JSON object", {{std::string{pointer}, {}, "is not an object"}}};
  Findings findings{pointer, table.policy.collects_all, longest_object};
  Reader reader{table, object, findings};
  reader.read(table, into);
  reader.find_unknown();
  if (!findings.is_empty()) return findings.take_error();
  return {};
}

std::string schema(const FieldTable& table) {
  std::vector<Described> rows;
  list_rows(table, rows);
  std::string text;
  Writer schema{text};
  write_schema(schema, table.name, 0, rows, table.policy.unknown == Unknown::is_refused);
  return text;
}

}  // namespace innkeeper::contract
