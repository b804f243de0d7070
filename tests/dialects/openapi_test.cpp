#include <innkeeper/dialects.hpp>

#include "engine/openapi/document.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>
#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <cctype>
#include <set>
#include <string>

using namespace innkeeper;

namespace {

std::string lower(std::string_view text) {
  std::string out{text};
  std::transform(out.begin(), out.end(), out.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return out;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(openapi_documents)

BOOST_AUTO_TEST_CASE(a_document_holds_every_route_of_its_dialect_and_nothing_else) {
  for (const auto* dialect : all_dialects()) {
    const auto document = boost::json::parse(openapi::render(*dialect));
    BOOST_TEST(document.at("openapi").as_string() == "3.1.0");
    std::set<std::string> expected, found;
    for (const auto& route : dialect->routes) expected.insert(lower(to_string(route.method)) + ' ' + std::string{route.path});
    for (const auto& path : document.at("paths").as_object())
      for (const auto& operation : path.value().as_object())
        found.insert(std::string{operation.key()} + ' ' + std::string{path.key()});
    BOOST_TEST(found == expected, boost::test_tools::per_element());
    BOOST_TEST(found.size() == dialect->routes.size());
  }
}

BOOST_AUTO_TEST_CASE(each_operation_has_its_own_name_its_path_parameters_and_the_status_of_its_success) {
  for (const auto* dialect : all_dialects()) {
    const auto document = boost::json::parse(openapi::render(*dialect));
    std::set<std::string> names;
    for (const auto& route : dialect->routes) {
      const auto& operation = document.at("paths").at(std::string{route.path}).at(lower(to_string(route.method)));
      BOOST_TEST(names.insert(std::string{operation.at("operationId").as_string()}).second);
      BOOST_TEST(operation.at("responses").as_object().contains(std::to_string(route.status)));
      BOOST_TEST(operation.at("responses").as_object().contains("default"));
      BOOST_TEST(operation.as_object().contains("requestBody") == (route.takes != nullptr));
      BOOST_TEST(operation.as_object().contains("security") == route.is_open);
      const auto braces = std::count(route.path.begin(), route.path.end(), '{');
      const auto* parameters = operation.as_object().if_contains("parameters");
      BOOST_TEST((parameters ? parameters->as_array().size() : 0U) == static_cast<std::size_t>(braces) + route.query.size());
      if (parameters == nullptr) continue;
      for (const auto& each : parameters->as_array()) {
        const auto name = std::string{each.at("name").as_string()};
        const bool is_in_path = route.path.find('{' + name + '}') != std::string_view::npos;
        BOOST_TEST(each.at("in").as_string() == (is_in_path ? "path" : "query"));
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(the_schemas_of_skyway_hold_the_fields_of_the_contract) {
  const auto document = boost::json::parse(openapi::render(skyway));
  const auto& create = document.at("paths").at("/tenants/{tenant_id}/apps").at("post");
  const auto& taken = create.at("requestBody").at("content").at("application/json").at("schema").at("properties").as_object();
  for (const auto* name :
       {"description", "domains", "permissions", "status", "recording_bucket_name", "recording_service_account_key"})
    BOOST_TEST(taken.contains(name), name);
  BOOST_TEST(taken.at("description").at("maxLength").as_int64() == 128);
  BOOST_TEST(taken.at("domains").at("maxItems").as_int64() == 10);
  BOOST_TEST(taken.at("permissions").at("items").at("enum").as_array().size() == 5U);

  const auto& given =
      create.at("responses").at("200").at("content").at("application/json").at("schema").at("properties").as_object();
  std::string names;
  for (const auto& each : given) names.append(each.key()).append(" ");
  BOOST_TEST(names == "id apikey description domains permissions usage_summary status recording created_at updated_at ");
}

BOOST_AUTO_TEST_SUITE_END()
