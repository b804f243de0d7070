#include <innkeeper/contract/fields.hpp>

#include <boost/test/unit_test.hpp>

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

using namespace innkeeper;
using contract::at_least;
using contract::at_most;
using contract::each;
using contract::each_by_index;
using contract::fault;
using contract::Field;
using contract::field;
using contract::Null;
using contract::required;
using contract::Unit;
using contract::within;

namespace {

struct Named {
  std::string name{};
};
struct Draft : Named {
  std::array<std::int64_t, 2> counts{};
  std::vector<std::string> tags{};
  bool is_scheduled = false;
  bool is_lasting = false;
  std::optional<std::string> at{};
  std::optional<std::optional<std::string>> note{};
  JsonText data{};
};

/// Each violation as `place|code|sentence;`.
std::string told(const Error& error) {
  std::string out;
  for (const auto& each : error.violations) out += each.field + '|' + each.code + '|' + each.message + ';';
  return out;
}
template <class E>
std::string told(const contract::Fields<E>& table, std::string_view text) {
  const auto read = contract::decode(table, text);
  return read ? "ok" : told(read.error());
}

std::int64_t& second_count(Draft& draft) { return draft.counts[1]; }
bool is_scheduled(const Draft& draft) { return draft.is_scheduled; }
bool is_of_one_kind(const Draft& draft) { return !draft.is_scheduled || !draft.is_lasting; }
bool is_lower(std::string_view text) { return text.find_first_not_of("abcdefghijklmnopqrstuvwxyz") == std::string_view::npos; }

constexpr contract::Policy every_fault{.collects_all = true, .unknown = contract::Unknown::is_refused};

}  // namespace

BOOST_AUTO_TEST_SUITE(contract_fields)

BOOST_AUTO_TEST_CASE(a_row_fills_what_a_function_finds_in_the_object) {
  static constexpr Field rows[] = {field<second_count>("/second", within(1, contract::no_limit))};
  static constexpr auto table = contract::fields<Draft>("Counts", rows);
  BOOST_TEST(contract::decode(table, std::string_view{R"({"second":7})"}).value().counts[1] == 7);
  BOOST_TEST(told(table, R"({"second":0})") == "/second||is out of range;");
  BOOST_TEST(contract::schema(table) ==
             R"({"title":"Counts","type":"object","properties":{"second":{"type":"integer","minimum":1}}})");
}

BOOST_AUTO_TEST_CASE(texts_are_as_long_as_a_contract_counts) {
  static constexpr Field points[] = {field<Draft, &Draft::name>("/name", at_most(2))};
  static constexpr Field units[] = {field<Draft, &Draft::name>("/name", at_least(2, Unit::utf16), at_most(2, Unit::utf16))};
  static constexpr Field bytes[] = {field<Draft, &Draft::name>("/name", at_most(4, Unit::bytes))};
  static constexpr auto in_points = contract::fields<Draft>("", points);
  static constexpr auto in_units = contract::fields<Draft>("", units);
  static constexpr auto in_bytes = contract::fields<Draft>("", bytes);
  constexpr std::string_view one = "{\"name\":\"\xF0\x9F\x98\x80\"}";
  constexpr std::string_view two = "{\"name\":\"\xF0\x9F\x98\x80\xF0\x9F\x98\x80\"}";
  BOOST_TEST(told(in_points, two) == "ok");
  BOOST_TEST(told(in_units, one) == "ok");
  BOOST_TEST(told(in_units, R"({"name":"a"})") == "/name||is too short;");
  BOOST_TEST(told(in_units, two) == "/name||is too long;");
  BOOST_TEST(told(in_bytes, one) == "ok");
  BOOST_TEST(told(in_bytes, two) == "/name||is too long;");
}

BOOST_AUTO_TEST_CASE(a_bad_element_is_told_of_the_array_or_by_its_index) {
  static constexpr Field whole[] = {field<&Draft::tags>("/tags", each(contract::matching(is_lower)))};
  static constexpr Field by_index[] = {
      field<&Draft::tags>("/tags", contract::items_at_least(1), each_by_index(contract::matching(is_lower).coded("17")))};
  static constexpr auto of_array = contract::fields<Draft>("", whole);
  static constexpr auto table = contract::fields<Draft>("", by_index);
  BOOST_TEST(told(of_array, R"({"tags":["a","B"]})") == "/tags||each has the wrong form;");
  BOOST_TEST(told(table, R"({"tags":["a","B","C"]})") == "/tags/1|17|each has the wrong form;");
  BOOST_TEST(told(table, R"({"tags":[]})") == "/tags||has too few elements;");
}

BOOST_AUTO_TEST_CASE(rules_of_an_object_are_told_in_their_order) {
  static constexpr Field rows[] = {field<&Draft::data>("/data", contract::members_at_most(2).says("too many", "1"),
                                                       contract::names_at_most(3).says("name", "2"),
                                                       contract::values_at_most(4).says("value", "3"))};
  static constexpr auto table = contract::fields<Draft>("Data", rows);
  BOOST_TEST(told(table, R"({"data":{"abcd":"12345","b":1,"c":1}})") == "/data|1|too many;");
  BOOST_TEST(told(table, R"({"data":{"abcd":"12345"}})") == "/data|2|name;");
  BOOST_TEST(told(table, R"({"data":{"abc":12345}})") == "/data|3|value;");
  BOOST_TEST(told(table, R"({"data":{"abc":{"d":"12345"}}})") == "ok");
  static constexpr Field small[] = {field<&Draft::data>("/data", contract::json_at_most(7))};
  static constexpr auto of_json = contract::fields<Draft>("", small);
  BOOST_TEST(told(of_json, R"({"data": {"a" : 1}})") == "ok");
  BOOST_TEST(told(of_json, R"({"data": {"a" : 12}})") == "/data||is too long;");
}

BOOST_AUTO_TEST_CASE(a_number_may_be_tested_in_a_text_and_what_is_none_is_left_to_the_codec) {
  static constexpr Field rows[] = {field<&Draft::data>("/data", contract::within_as_number_or_text(1, 5))};
  static constexpr auto table = contract::fields<Draft>("", rows);
  for (const auto* good : {"1", "5", R"("3")", "true", "1.5", R"("x")", R"("")", R"("3 ")"})
    BOOST_TEST(told(table, R"({"data":)" + std::string{good} + "}") == "ok");
  for (const auto* bad : {"0", "6", "-1", R"("6")", R"("-1")"})
    BOOST_TEST(told(table, R"({"data":)" + std::string{bad} + "}") == "/data||is out of range;");
}

BOOST_AUTO_TEST_CASE(a_table_may_say_that_there_are_members_it_does_not_know) {
  static constexpr Field rows[] = {field<&Draft::is_scheduled>("/on"), field<Draft, &Draft::name>("/who/name")};
  static constexpr auto table = contract::fields<Draft>("Open", rows, {.unknown = contract::Unknown::is_ignored_openly});
  BOOST_TEST(told(table, R"({"on":true,"x":1})") == "ok");
  BOOST_TEST(contract::schema(table) ==
             R"({"title":"Open","type":"object","properties":{"on":{"type":"boolean"},"who":{"type":"object","properties":{)"
             R"("name":{"type":"string"}}}},"additionalProperties":true})");
}

BOOST_AUTO_TEST_CASE(an_answer_that_shows_a_field_has_its_words_and_not_its_bounds) {
  static constexpr std::array<std::string_view, 2> words{"a", "b"};
  static constexpr Field row = field<Draft, &Draft::name>("/name", at_most(9), contract::one_of(words), "A or b");
  std::string text;
  json::Writer out{text};
  contract::describe_unbounded(out.begin_object(), row);
  out.end_object();
  BOOST_TEST(text == R"({"type":"string","enum":["a","b"],"description":"A or b"})");
}

BOOST_AUTO_TEST_CASE(what_null_means_is_the_tables) {
  static constexpr Field rows[] = {field<&Draft::is_scheduled>("/on"), field<&Draft::note>("/note")};
  static constexpr auto usual = contract::fields<Draft>("", rows);
  const auto meaning_of = [](Null null) {
    auto table = usual;
    table.policy = {.null = null, .collects_all = true};
    std::string words;
    const auto on = contract::decode(table, std::string_view{R"({"on":null})"});
    words += !on ? "refused" : "taken";
    const auto note = contract::decode(table, std::string_view{R"({"note":null})"});
    words += !note ? ", refused" : !note->note ? ", absent" : !*note->note ? ", cleared" : ", a text";
    return words;
  };
  BOOST_TEST(meaning_of(Null::is_absent) == "taken, absent");
  BOOST_TEST(meaning_of(Null::clears) == "taken, cleared");
  BOOST_TEST(meaning_of(Null::clears_what_may) == "refused, cleared");
  BOOST_TEST(meaning_of(Null::clears_what_may_or_is_absent) == "taken, cleared");
  BOOST_TEST(meaning_of(Null::is_refused) == "refused, refused");
}

BOOST_AUTO_TEST_CASE(a_closed_object_is_told_at_its_place_among_the_rows) {
  static constexpr Field rows[] = {field<Draft, &Draft::name>("/name"),
                                   contract::closed_object("/settings", fault("settings must be an object", "9"),
                                                           fault("settings has a key that is not known: ", "9")),
                                   field<&Draft::is_lasting>("/settings/lasting"), field<&Draft::at>("/settings/when/at")};
  static constexpr auto table = contract::fields<Draft>("Closed", rows);
  BOOST_TEST(told(table, R"({"settings":{"lasting":1,"x":1},"name":1})") == "/name||must be a string;");
  BOOST_TEST(told(table, R"({"settings":{"lasting":1,"x":1},"y":1})") == "/settings|9|settings has a key that is not known: x;");
  BOOST_TEST(told(table, R"({"settings":5})") == "/settings|9|settings must be an object;");
  BOOST_TEST(told(table, R"({"settings":{"lasting":true,"when":{"at":"a"}},"y":1})") == "ok");
  BOOST_TEST(told(table, R"({"settings":null})") == "ok");
  BOOST_TEST(contract::schema(table) ==
             R"({"title":"Closed","type":"object","properties":{"name":{"type":"string"},"settings":{"type":"object",)"
             R"("properties":{"lasting":{"type":"boolean"},"when":{"type":"object","properties":{"at":{"type":"string"}}}},)"
             R"("additionalProperties":false}}})");
}

BOOST_AUTO_TEST_CASE(rows_may_depend_on_what_the_ones_before_them_filled) {
  static constexpr Field rows[] = {
      field<&Draft::is_scheduled>("/scheduled"), field<&Draft::is_lasting>("/lasting"),
      contract::check<is_of_one_kind>("/lasting", fault("scheduled or lasting, not both", "17")),
      field<&Draft::at>("/at", contract::when<is_scheduled>, contract::missing("at is needed", "4"))};
  static constexpr auto table = contract::fields<Draft>("", rows, {.collects_all = true});
  BOOST_TEST(told(table, "{}") == "ok");
  BOOST_TEST(told(table, R"({"scheduled":true})") == "/at|4|at is needed;");
  BOOST_TEST(told(table, R"({"scheduled":true,"lasting":true})") ==
             "/lasting|17|scheduled or lasting, not both;/at|4|at is needed;");
  BOOST_TEST(told(table, R"({"scheduled":true,"at":"noon"})") == "ok");
}

BOOST_AUTO_TEST_CASE(a_postponed_failure_waits_for_its_turn) {
  static constexpr Field rows[] = {field<Draft, &Draft::name>("/name"), contract::postponed(field<&Draft::is_scheduled>("/on")),
                                   contract::postponed(field<&Draft::at>("/at")), field<&Draft::tags>("/tags")};
  static constexpr auto table = contract::fields<Draft>("", rows);
  const auto read = [&](std::string_view text, contract::Postponed& aside) {
    const auto document = json::parse(text).value();
    return contract::decode(table, document.root(), 0, aside);
  };
  contract::Postponed none;
  BOOST_TEST(read(R"({"name":"a"})", none).has_value());
  BOOST_TEST(none.all().has_value());

  contract::Postponed not_reached;
  BOOST_TEST(told(read(R"({"name":1,"at":1})", not_reached).error()) == "/name||must be a string;");
  BOOST_TEST(not_reached.all().has_value());

  contract::Postponed aside;
  const auto draft = read(R"({"name":"a","at":1,"tags":1})", aside);
  BOOST_TEST(draft.value().name == "a");
  BOOST_TEST(aside.up_to(table, "/on").has_value());
  BOOST_TEST(told(aside.up_to(table, "/at").error()) == "/at||must be a string;");
  BOOST_TEST(told(aside.up_to(table, "/tags").error()) == "/at||must be a string;");
  BOOST_TEST(told(aside.all().error()) == "/at||must be a string;");
}

BOOST_AUTO_TEST_CASE(a_table_may_go_on_where_that_of_a_base_ends) {
  static constexpr Field base_rows[] = {field<&Named::name>("/name", required)};
  static constexpr auto base = contract::fields<Named>("Named", base_rows);
  static constexpr Field rows[] = {field<&Draft::at>("/at")};
  static constexpr auto table = contract::fields<Draft>("Draft", rows, every_fault).after(base).requiring("/at");
  const auto draft = contract::decode(table, std::string_view{R"({"at":"noon","name":"a"})"}).value();
  BOOST_TEST(draft.name == "a");
  BOOST_TEST(draft.at.value() == "noon");
  BOOST_TEST(told(table, R"({"x":1,"at":1})") == "/name||is required;/at||must be a string;/x||is not known;");
  BOOST_TEST(contract::schema(table) ==
             R"({"title":"Draft","type":"object","properties":{"name":{"type":"string"},"at":{"type":"string"}},)"
             R"("required":["name","at"],"additionalProperties":false})");
}

namespace {

struct Query {
  std::string bucket{};
  std::int64_t count = 0;
};
struct Queries {
  std::vector<Query> queries{};
};
constexpr Field query_rows[] = {field<&Query::bucket>("/bucket", required), field<&Query::count>("/count", within(1, 9))};
constexpr auto query = contract::fields<Query>("Query", query_rows, every_fault);
constexpr Field queries_rows[] = {
    field<&Queries::queries, contract::array_of<query>>("/queries", contract::items_at_most(200), required)};
constexpr auto queries = contract::fields<Queries>("Queries", queries_rows, every_fault);

}  // namespace

BOOST_AUTO_TEST_CASE(an_array_of_objects_tells_each_failure_by_its_index) {
  const auto read = contract::decode(queries, std::string_view{R"({"queries":[{"bucket":"a","count":2},{"bucket":"b"}]})"});
  BOOST_TEST(read.value().queries.size() == 2U);
  BOOST_TEST(read.value().queries[0].count == 2);
  BOOST_TEST(told(queries, R"({"queries":{}})") == "/queries||must be an array of objects;");
  BOOST_TEST(told(queries, R"({"queries":[{"bucket":"a"},5,{"count":0,"x":1}]})") ==
             "/queries/1||is not an object;/queries/2/bucket||is required;/queries/2/count||is out of range;"
             "/queries/2/x||is not known;");
  BOOST_TEST(
      contract::schema(queries) ==
      R"({"title":"Queries","type":"object","properties":{"queries":{"type":"array","items":{"title":"Query","type":"object",)"
      R"("properties":{"bucket":{"type":"string"},"count":{"type":"integer","minimum":1,"maximum":9}},"required":["bucket"],)"
      R"("additionalProperties":false},"maxItems":200}},"required":["queries"],"additionalProperties":false})");
}

BOOST_AUTO_TEST_CASE(a_hundred_failures_are_told_and_one_where_the_first_is_enough) {
  std::string many = R"({"queries":[{})";
  for (int i = 0; i < 150; ++i) many += ",{}";
  many += "]}";
  BOOST_TEST(contract::decode(queries, many).error().violations.size() == 100U);
  auto first_only = queries;
  first_only.policy.collects_all = false;
  BOOST_TEST(told(first_only, many) == "/queries/0/bucket||is required;");
}

BOOST_AUTO_TEST_CASE(a_contract_may_have_its_own_words_for_what_has_none) {
  static constexpr Field rows[] = {field<&Draft::is_scheduled>("/on"), field<&Draft::tags>("/tags", contract::items_at_most(1)),
                                   field<&Draft::at>("/at", at_most(1), fault("at is wrong"))};
  static constexpr auto table = contract::fields<Draft>(
      "", rows, {.collects_all = true, .sentence = [](const Field& row, const contract::Rule* broken, std::string usual) {
                   return std::string{row.path.substr(1)} + (broken != nullptr ? " breaks a rule: it " : " ") + usual;
                 }});
  BOOST_TEST(told(table, R"({"on":1,"tags":["a","b"],"at":"ab"})") ==
             "/on||on must be true or false;/tags||tags breaks a rule: it has too many elements;/at||at is wrong;");
}

BOOST_AUTO_TEST_CASE(a_place_is_spelled_as_a_contract_does) {
  BOOST_TEST(contract::spelled("/queries/0/bucket", '.') == "queries.0.bucket");
  BOOST_TEST(contract::spelled("/devices/1", ',') == "devices,1");
  BOOST_TEST(contract::spelled("/a~1b~0", '.') == "a/b~");
  BOOST_TEST(contract::spelled("", '.') == "");
}

BOOST_AUTO_TEST_SUITE_END()
