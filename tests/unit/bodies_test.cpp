#include <innkeeper/contract/bodies.hpp>

#include "engine/base/status.hpp"

#include <boost/test/unit_test.hpp>

#include <string>
#include <string_view>

using namespace innkeeper;
using contract::BodyFormat;
using contract::BodyPresence;

namespace {

struct Draft {
  std::string name = "none";
  bool is_lasting = false;
};
constexpr contract::Field rows[] = {contract::field<&Draft::name>("/name"),
                                    contract::postponed(contract::field<&Draft::is_lasting>("/lasting"))};
constexpr auto draft = contract::fields<Draft>("Draft", rows);

constexpr std::string_view json_types[] = {"application/json", "application/merge-patch+json"};
constexpr BodyFormat strict{.media_types = json_types};
constexpr BodyFormat lenient{.is_blank_none = true, .fault = Errc::invalid};

/// What a body is read as: the name in it, or the error as `code|reason|detail|number of violations`.
std::string read(const BodyFormat& format, std::string body, BodyPresence presence, std::string_view type = {}) {
  Request request{.body = std::move(body)};
  if (!type.empty()) request.headers.set(header::content_type, std::string{type});
  const Params path;
  const auto read = contract::read_body(Call{.request = request, .path = path, .query = {}}, format, draft, presence);
  if (read) return read->name;
  const auto& error = read.error();
  return std::string{base::name_of(error.code)}
             .append("|")
             .append(error.reason.name)
             .append("|")
             .append(error.detail)
             .append("|") +
         std::to_string(error.violations.size());
}

}  // namespace

BOOST_AUTO_TEST_SUITE(bodies)

BOOST_AUTO_TEST_CASE(a_body_that_is_optional_is_as_good_as_an_empty_object) {
  for (const auto& format : {strict, lenient}) BOOST_TEST(read(format, "", BodyPresence::optional) == "none");
  BOOST_TEST(read(strict, "", BodyPresence::optional, "text/plain") == "none");
  BOOST_TEST(read(lenient, " \n", BodyPresence::optional) == "none");
  BOOST_TEST(read(strict, " \n", BodyPresence::optional) == "malformed|json.empty|there is no JSON text|0");
  BOOST_TEST(read(lenient, R"({"name":"a"})", BodyPresence::optional) == "a");
}

BOOST_AUTO_TEST_CASE(a_body_that_is_no_object_is_what_the_contract_makes_of_it) {
  constexpr auto required = BodyPresence::required;
  BOOST_TEST(read(strict, "", required) == "malformed|json.empty|there is no JSON text|0");
  BOOST_TEST(read(lenient, "", required) == "invalid|json.empty|there is no JSON text|0");
  BOOST_TEST(read(strict, "[]", required) == "malformed|json.not_an_object|not a JSON object|1");
  BOOST_TEST(read(lenient, "[]", required) == "invalid|json.not_an_object|not a JSON object|0");
  BOOST_TEST(read(lenient, "{", required) == "invalid|json.syntax|not valid JSON (at byte 1)|0");
}

BOOST_AUTO_TEST_CASE(another_media_type_is_refused_where_some_are_named) {
  constexpr auto required = BodyPresence::required;
  constexpr std::string_view body = R"({"name":"a"})";
  for (const auto* good : {"", "application/json", "Application/JSON ; charset=utf-8", "application/merge-patch+json"})
    BOOST_TEST(read(strict, std::string{body}, required, good) == "a");
  BOOST_TEST(read(strict, std::string{body}, required, "text/plain") ==
             "unsupported_media|body.media_type|the body must be application/json|0");
  BOOST_TEST(read(lenient, std::string{body}, required, "text/plain") == "a");
}

BOOST_AUTO_TEST_CASE(a_postponed_failure_is_put_aside) {
  const Request request{.body = R"({"name":"a","lasting":1})"};
  const Params path;
  const Call call{.request = request, .path = path, .query = {}};
  BOOST_TEST(!contract::read_body(call, strict, draft).has_value());
  contract::Postponed aside;
  BOOST_TEST(contract::read_body(call, strict, draft, BodyPresence::required, &aside).value().name == "a");
  BOOST_TEST(!aside.all().has_value());
}

BOOST_AUTO_TEST_SUITE_END()
