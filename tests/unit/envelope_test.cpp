#include <innkeeper/contract/envelope.hpp>
#include <innkeeper/json/codecs.hpp>

#include "tests/unit/fixture.hpp"

#include <boost/test/unit_test.hpp>

#include <string>

using namespace innkeeper;

namespace {

using contract::Envelope;
using contract::Properties;
using contract::Property;
using contract::show;
using contract::Success;

struct Cabin {
  std::int64_t id = 0;
};
constexpr Property cabin_properties[] = {show<&Cabin::id>("id")};
constexpr Properties<Cabin> cabin{"Cabin", cabin_properties};

constexpr contract::Constant zero{"0"};
constexpr Property result_properties[] = {contract::always<Success, zero>("result")};
constexpr Properties<Success> result{"", result_properties};
constexpr Property count_properties[] = {show<&Success::count>("count")};
constexpr Properties<Success> count{"", count_properties};
bool is_host(const Success& success) { return success.context.principal.kind == Principal::Kind::host; }
constexpr Property caller_properties[] = {show<is_host>("by_host")};
constexpr Properties<Success> caller{"", caller_properties};

constexpr Envelope done{.title = "Done", .before = &result};
constexpr Envelope in_member{.title = "Found", .before = &result, .member = "cabin"};
constexpr Envelope beside{.title = "Beside", .before = &result, .after = &caller};
constexpr Envelope in_list{.title = "List", .before = &result, .after = &count, .member = "data", .is_list = true};
constexpr Envelope listed{.title = "Listed", .before = &result, .member = "cabins", .is_list = true};

/// Each answer, and what stands around the elements of a list, in lines.
Result<std::string> do_write(Transaction&, const Context& context, const Nothing&) {
  std::string text;
  const auto write = [&](auto&&... parts) {
    json::Writer out{text};
    contract::encode(out, parts...);
    text += '\n';
  };
  write(done, Success{context});
  write(in_member, Success{context}, cabin, Cabin{7});
  write(beside, Success{context}, cabin, Cabin{7});
  write(in_list, Success{context}, cabin, Cabin{7});
  write(in_list, Success{context, 0});
  text += contract::head_of(in_list, {context, 2}) + contract::tail_of(in_list, {context, 2}) + '\n';
  text += contract::head_of(listed, {context}) + contract::tail_of(listed, {context}) + '\n';
  return text;
}
constexpr Operation<Nothing, std::string> writing{"envelope.write", Access::read, do_write};

const std::string id_schema = R"("id":{"type":"integer"})";
const std::string cabin_schema = R"({"title":"Cabin","type":"object","properties":{)" + id_schema + R"(},"required":["id"]})";
const std::string result_schema = R"("result":{"type":"integer","const":0})";

}  // namespace

BOOST_AUTO_TEST_SUITE(envelope)

BOOST_AUTO_TEST_CASE(members_of_the_envelope_stand_around_the_payload) {
  tests::Fixture fixture{1};
  BOOST_TEST(fixture.call(writing, {}) ==
             "{\"result\":0}\n"
             "{\"result\":0,\"cabin\":{\"id\":7}}\n"
             "{\"result\":0,\"id\":7,\"by_host\":true}\n"
             "{\"result\":0,\"data\":[{\"id\":7}],\"count\":1}\n"
             "{\"result\":0,\"data\":[],\"count\":0}\n"
             "{\"result\":0,\"data\":[],\"count\":2}\n"
             "{\"result\":0,\"cabins\":[]}\n");
}

BOOST_AUTO_TEST_CASE(the_schema_says_where_the_payload_stands) {
  BOOST_TEST(contract::schema(done) ==
             R"({"title":"Done","type":"object","properties":{)" + result_schema + R"(},"required":["result"]})");
  BOOST_TEST(contract::schema(in_member, cabin) == R"({"title":"Found","type":"object","properties":{)" + result_schema +
                                                       R"(,"cabin":)" + cabin_schema + R"(},"required":["result","cabin"]})");
  BOOST_TEST(contract::schema(beside, cabin) == R"({"title":"Beside","type":"object","properties":{)" + result_schema + "," +
                                                    id_schema +
                                                    R"(,"by_host":{"type":"boolean"}},"required":["result","id","by_host"]})");
  BOOST_TEST(contract::schema(in_list, cabin) == R"({"title":"List","type":"object","properties":{)" + result_schema +
                                                     R"(,"data":{"type":"array","items":)" + cabin_schema +
                                                     R"(},"count":{"type":"integer"}},"required":["result","data","count"]})");
}

BOOST_AUTO_TEST_SUITE_END()
