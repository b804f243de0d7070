#include <innkeeper/dialects.hpp>
#include <innkeeper/engine.hpp>
#include <innkeeper/field_names.hpp>
#include <innkeeper/json/codecs.hpp>
#include <innkeeper/memory.hpp>

#include "engine/openapi/document.hpp"
#include "tests/support/environment.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>
#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <cctype>
#include <chrono>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

using namespace innkeeper;

namespace {

std::string lower(std::string_view text) {
  std::string out{text};
  std::transform(out.begin(), out.end(), out.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return out;
}

/// The routes that a document tells of: all but those that are not to be told, or repeat another one with a slash at the end.
std::vector<Route> documented_routes(const Dialect& dialect) {
  std::vector<Route> told;
  for (const auto& route : dialect.routes) {
    const bool is_documented = std::any_of(told.begin(), told.end(), [&](const Route& other) {
      return other.method == route.method && std::string{other.path} + '/' == route.path;
    });
    if (!is_documented && route.is_documented) told.push_back(route);
  }
  return told;
}

/// Where schemas with a title stand whole.
void find_titled(const boost::json::value& value, const std::string& pointer, std::set<std::string>& places) {
  if (const auto* object = value.if_object()) {
    const auto* title = object->if_contains("title");
    if (title != nullptr && title->is_string() && pointer != "/info") places.insert(pointer);
    for (const auto& each : *object) find_titled(each.value(), pointer + '/' + std::string{each.key()}, places);
  } else if (const auto* array = value.if_array()) {
    for (std::size_t i = 0; i < array->size(); ++i) find_titled((*array)[i], pointer + '/' + std::to_string(i), places);
  }
}

Result<Nothing> do_nothing(Transaction&, const Context&, const Nothing&) { return Nothing{}; }
constexpr Operation<Nothing, Nothing> look{"rooms.look", Access::read, do_nothing};
Result<Nothing> read_nothing(const Call&) { return Nothing{}; }
void write_nothing(const Nothing&, const Context&, Response&) {}
void render_nothing(const Error&, const Context&, Response&) {}

constexpr std::string_view floors[] = {"cellar", "loft"};
constexpr Parameter room_query[] = {
    {.name = "limit", .type = "integer", .summary = "How many", .minimum = 1, .maximum = 9, .default_value = 5},
    {.name = "floor", .type = "string", .summary = "Where", .values = floors},
    {.name = "since", .type = "string", .summary = "From when on", .format = "date-time"},
};
std::vector<int> room_statuses(const Route& route) {
  return route.query.empty() ? std::vector<int>{503} : std::vector<int>{400, 503};
}

constexpr Route room_routes[] = {
    {.method = Method::get,
     .path = "/inn",
     .handler = serve<look, read_nothing, write_nothing>,
     .summary = "Look into the room",
     .response_schema = [] { return std::string{R"({"title":"Room","type":"object"})"}; },
     .query = room_query},
    {.method = Method::get,
     .path = "/barn",
     .handler = serve<look, read_nothing, write_nothing>,
     .summary = "Look into the other room",
     .response_schema = [] { return std::string{R"({"title":"Room","type":"string"})"}; },
     .id = "rooms.look_into_barn"},
};
constexpr PathFamily room_path_families[] = {{"/inn"}, {"/barn"}};
constexpr Dialect two_rooms{.name = "two-rooms",
                            .title = "Two rooms",
                            .routes = room_routes,
                            .path_families = room_path_families,
                            .render_error = render_nothing,
                            .error_statuses = room_statuses};

/// An engine that serves documents.
struct Served {
  std::unique_ptr<Store> store = open_memory();
  mutable tests::SeededRandom random{1};
  std::unique_ptr<Engine> engine;

  explicit Served(std::vector<Mount> mounts)
      : engine(Engine::open({.store = *store, .master_key = MasterKey::generate(random), .mounts = std::move(mounts)}).value()) {}
  Response get(const std::string& target) const {
    return engine->handle({.method = Method::get, .target = target, .headers = {{header::host, "inn.test"}}});
  }
};

}  // namespace

BOOST_AUTO_TEST_SUITE(openapi_documents)

BOOST_AUTO_TEST_CASE(a_document_holds_every_route_of_its_dialect_and_nothing_else) {
  for (const auto* dialect : all_dialects()) {
    const auto document = boost::json::parse(openapi::render(*dialect));
    BOOST_TEST(document.at("openapi").as_string() == "3.1.0");
    std::set<std::string> expected, found;
    for (const auto& route : documented_routes(*dialect))
      expected.insert(lower(to_string(route.method)) + ' ' + std::string{route.path});
    for (const auto& path : document.at("paths").as_object())
      for (const auto& operation : path.value().as_object())
        found.insert(std::string{operation.key()} + ' ' + std::string{path.key()});
    BOOST_TEST(found == expected, boost::test_tools::per_element());
  }
}

BOOST_AUTO_TEST_CASE(a_route_that_only_adds_a_slash_to_another_is_left_out) {
  const auto document = boost::json::parse(openapi::render(skyway));
  BOOST_TEST(document.at("paths").as_object().contains("/v3"));
  BOOST_TEST(!document.at("paths").as_object().contains("/v3/"));
  const auto told =
      std::count_if(skyway.routes.begin(), skyway.routes.end(), [](const Route& route) { return route.is_documented; });
  BOOST_TEST(documented_routes(skyway).size() == static_cast<std::size_t>(told) - 1);
}

BOOST_AUTO_TEST_CASE(each_operation_has_its_own_name_its_parameters_and_the_statuses_of_success_and_failure) {
  for (const auto* dialect : all_dialects()) {
    const auto document = boost::json::parse(openapi::render(*dialect));
    std::set<std::string> names;
    for (const auto& route : documented_routes(*dialect)) {
      const auto& operation = document.at("paths").at(std::string{route.path}).at(lower(to_string(route.method)));
      BOOST_TEST(names.insert(std::string{operation.at("operationId").as_string()}).second);
      const auto& responses = operation.at("responses").as_object();
      for (const auto& status : {std::to_string(route.status), std::string{"4XX"}, std::string{"default"}})
        BOOST_TEST(responses.contains(status));
      BOOST_TEST(operation.as_object().contains("requestBody") == (route.request_schema != nullptr));
      const auto* security = operation.as_object().if_contains("security");
      BOOST_TEST((security != nullptr) == (route.is_open || route.needs.scope != Scope::none));
      if (route.is_open) BOOST_TEST(security->as_array().empty());
      if (route.needs.scope != Scope::none)
        BOOST_TEST(security->at(0).at("credential").at(0).as_string() == name_of(route.needs.scope));
      const auto braces = static_cast<std::size_t>(std::count(route.path.begin(), route.path.end(), '{'));
      const auto* parameters = operation.as_object().if_contains("parameters");
      BOOST_TEST((parameters ? parameters->as_array().size() : 0U) == braces + route.query.size() + route.headers.size());
      if (parameters == nullptr) continue;
      for (const auto& each : parameters->as_array()) {
        const auto name = std::string{each.at("name").as_string()};
        const bool is_in_path = route.path.find('{' + name + '}') != std::string_view::npos;
        const auto is_named = [&](const Parameter& parameter) { return parameter.name == name; };
        const bool is_header = std::any_of(route.headers.begin(), route.headers.end(), is_named);
        BOOST_TEST(each.at("in").as_string() == (is_in_path ? "path" : is_header ? "header" : "query"));
        BOOST_TEST(each.as_object().contains("description"), dialect->name << " says nothing of " << name);
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(the_tags_of_the_operations_and_those_declared_are_the_same) {
  for (const auto* dialect : all_dialects()) {
    const auto document = boost::json::parse(openapi::render(*dialect));
    std::set<std::string> declared, used;
    for (const auto& tag : document.at("tags").as_array()) {
      BOOST_TEST(declared.insert(std::string{tag.at("name").as_string()}).second);
      BOOST_TEST(!tag.at("description").as_string().empty());
    }
    for (const auto& path : document.at("paths").as_object())
      for (const auto& operation : path.value().as_object())
        for (const auto& tag : operation.value().at("tags").as_array()) used.insert(std::string{tag.as_string()});
    BOOST_TEST(declared == used, boost::test_tools::per_element());
  }
}

BOOST_AUTO_TEST_CASE(a_title_stands_for_one_schema) {
  for (const auto* dialect : all_dialects()) {
    const auto document = boost::json::parse(openapi::render(*dialect));
    std::set<std::string> whole;
    find_titled(document, {}, whole);
    for (const auto& place : whole)
      BOOST_TEST(std::count(place.begin(), place.end(), '/') == 3,
                 dialect->name << " has another schema of that title at " << place);
    for (const auto& schema : document.at("components").at("schemas").as_object())
      BOOST_TEST(whole.contains("/components/schemas/" + std::string{schema.key()}));
  }
}

BOOST_AUTO_TEST_CASE(a_second_schema_of_a_title_stays_where_it_is_used) {
  const auto document = boost::json::parse(openapi::render(two_rooms));
  const auto schema_at = [&](const char* path) {
    return document.at("paths").at(path).at("get").at("responses").at("200").at("content").at("application/json").at("schema");
  };
  BOOST_TEST(schema_at("/inn").at("$ref").as_string() == "#/components/schemas/Room");
  BOOST_TEST(schema_at("/barn").at("type").as_string() == "string");
}

BOOST_AUTO_TEST_CASE(a_parameter_is_told_with_all_that_it_may_be) {
  const auto document = boost::json::parse(openapi::render(two_rooms));
  const auto& parameters = document.at("paths").at("/inn").at("get").at("parameters");
  const auto schema_of = [&](std::size_t i) { return parameters.at(i).at("schema"); };
  BOOST_TEST(schema_of(0) == boost::json::parse(R"({"type":"integer","minimum":1,"maximum":9,"default":5})"));
  BOOST_TEST(schema_of(1) == boost::json::parse(R"({"type":"string","enum":["cellar","loft"]})"));
  BOOST_TEST(schema_of(2) == boost::json::parse(R"({"type":"string","format":"date-time"})"));
}

BOOST_AUTO_TEST_CASE(routes_of_one_operation_are_told_apart_by_their_ids) {
  const auto document = boost::json::parse(openapi::render(two_rooms));
  const auto id_at = [&](const char* path) { return document.at("paths").at(path).at("get").at("operationId"); };
  BOOST_TEST(id_at("/inn").as_string() == "rooms.look");
  BOOST_TEST(id_at("/barn").as_string() == "rooms.look_into_barn");
}

BOOST_AUTO_TEST_CASE(the_errors_of_a_route_are_told_by_their_statuses_and_all_others_by_default) {
  const auto document = boost::json::parse(openapi::render(two_rooms));
  const auto statuses_at = [&](const char* path) {
    std::string statuses;
    for (const auto& each : document.at("paths").at(path).at("get").at("responses").as_object())
      statuses.append(each.key()).append(" ");
    return statuses;
  };
  BOOST_TEST(statuses_at("/inn") == "200 400 503 4XX default ");
  BOOST_TEST(statuses_at("/barn") == "200 503 4XX default ");
}

BOOST_AUTO_TEST_CASE(a_constant_is_described_down_to_its_members) {
  std::string text;
  json::Writer schema{text};
  json::describe_constant(schema.begin_object(), json::parse(R"({"roles":[{"name":"guest"}],"beds":2,"keys":[]})")->root());
  schema.end_object();
  BOOST_TEST(boost::json::parse(text) == boost::json::parse(R"({"type":"object","properties":{
    "roles":{"type":"array","minItems":1,"maxItems":1,"items":{"type":"object",
      "properties":{"name":{"type":"string","const":"guest"}},"required":["name"]}},
    "beds":{"type":"integer","const":2},
    "keys":{"type":"array","minItems":0,"maxItems":0,"items":{"description":"There are none"}}},
    "required":["roles","beds","keys"]})"));
}

BOOST_AUTO_TEST_CASE(a_dialect_that_says_little_has_a_whole_document) {
  const auto document = boost::json::parse(openapi::render(two_rooms, "/guests"));
  BOOST_TEST(document.at("servers").at(0).at("url").as_string() == "/guests");
  BOOST_TEST(document.at("security").as_array().empty());
  BOOST_TEST(!document.at("info").as_object().contains("license"));
  BOOST_TEST(document.at("tags").at(0).at("name").as_string() == "Two rooms");
  const auto& error = document.at("components").at("responses").at("Error").as_object();
  BOOST_TEST(!error.contains("content"));
}

BOOST_AUTO_TEST_CASE(null_is_a_choice_beside_others_and_an_alternative_to_what_has_a_title) {
  const auto nullable = [](std::string_view alone) {
    std::string text;
    json::Writer schema{text};
    json::describe_nullable(schema.begin_object(), alone);
    schema.end_object();
    return boost::json::parse(text);
  };
  BOOST_TEST(nullable(R"({"type":"string","enum":["a"]})") ==
             boost::json::parse(R"({"type":["string","null"],"enum":["a",null]})"));
  BOOST_TEST(nullable(R"({"title":"Room","type":"object"})") ==
             boost::json::parse(R"({"anyOf":[{"title":"Room","type":"object"},{"type":"null"}]})"));
}

BOOST_AUTO_TEST_CASE(the_schemas_of_skyway_hold_the_fields_of_the_contract) {
  const auto document = boost::json::parse(openapi::render(skyway));
  const auto& create = document.at("paths").at("/tenants/{tenant_id}/apps").at("post");
  const auto& schemas = document.at("components").at("schemas");
  const auto& taken = create.at("requestBody").at("content").at("application/json").at("schema");
  BOOST_TEST(taken.at("$ref").as_string() == "#/components/schemas/AppDraft");
  const auto& draft = schemas.at("AppDraft").at("properties").as_object();
  for (const auto* name :
       {"description", "domains", "permissions", "status", "recording_bucket_name", "recording_service_account_key"})
    BOOST_TEST(draft.contains(name), name);
  BOOST_TEST(draft.at("description").at("maxLength").as_int64() == 128);
  BOOST_TEST(draft.at("domains").at("maxItems").as_int64() == 10);
  BOOST_TEST(draft.at("permissions").at("items").at("enum").as_array().size() == 5U);

  const auto& given = create.at("responses").at("200").at("content").at("application/json").at("schema");
  BOOST_TEST(given.at("$ref").as_string() == "#/components/schemas/App");
  std::string names;
  for (const auto& each : schemas.at("App").at("properties").as_object()) names.append(each.key()).append(" ");
  BOOST_TEST(names == "id apikey description domains permissions usage_summary status recording created_at updated_at ");
}

BOOST_AUTO_TEST_CASE(the_document_that_is_served_says_where_its_contract_is_mounted) {
  const Served served{{{.dialect = &native}, {.dialect = &native, .prefix = "/inn"}}};
  for (const std::string prefix : {"", "/inn"}) {
    const auto answer = served.get(prefix + "/api/v1/openapi.json");
    BOOST_TEST(answer.status == 200);
    BOOST_TEST((answer.body == openapi::render(native, prefix)), "the document under \"" << prefix << '"');
  }
}

BOOST_AUTO_TEST_CASE(a_document_that_was_served_is_not_written_anew) {
  const Served served{default_mounts()};
  // The fastest of many: the machine may have other things to do.
  const auto time_of = [](auto&& work) {
    auto fastest = std::chrono::steady_clock::duration::max();
    for (int i = 0; i < 20; ++i) {
      const auto begin = std::chrono::steady_clock::now();
      work();
      fastest = std::min(fastest, std::chrono::steady_clock::now() - begin);
    }
    return fastest;
  };
  served.get("/api/v1/openapi.json");
  const auto serving = time_of([&] { served.get("/api/v1/openapi.json"); });
  const auto writing = time_of([] { openapi::render(native); });
  // About a fiftieth.
  BOOST_TEST((serving < writing / 4), "an answer takes " << serving.count() << " ns, a document " << writing.count());
}

BOOST_AUTO_TEST_SUITE_END()
