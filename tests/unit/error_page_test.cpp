#include <innkeeper/contract/error_page.hpp>

#include "engine/base/status.hpp"

#include <boost/test/unit_test.hpp>

#include <string>

using namespace innkeeper;
using namespace innkeeper::contract;

/// What an error is told as. That each has a row, and each row a status, is proven when compiling.
namespace {

constexpr Reason asleep{"cat.asleep"};
constexpr CodeRow codes[] = {{"E1", 418, "A teapot"}, {"E2", 409, "Busy"}};
constexpr ErrorCase cases[] = {
    {.operation = "cats.feed", .errc = Errc::conflict, .wording = {0, "E1"}},
    {.reason = asleep, .wording = {0, "E2"}},
    {.reason = Reason{"cat.away"}, .wording = {404, {}, "Out"}},
};
Errc failed_if_unavailable(const Error& error) { return error.code == Errc::unavailable ? Errc::internal : error.code; }
constexpr auto page = checked({.by_errc = changed(standard_wordings, {{Errc::invalid, {422, {}, "Wrong"}}}),
                               .cases = cases,
                               .codes = codes,
                               .kind_of = failed_if_unavailable});

std::string told(const Error& error, std::string_view operation = {}) {
  const auto wording = wording_of(page, error, operation);
  return std::to_string(wording.status).append("|").append(wording.code).append("|").append(wording.text);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(error_page)

BOOST_AUTO_TEST_CASE(every_error_has_a_status_with_a_phrase) {
  for (const auto& each : standard_wordings) {
    BOOST_TEST(each.status >= 400);
    BOOST_TEST(!base::reason_phrase(each.status).empty());
  }
}

BOOST_AUTO_TEST_CASE(a_code_of_a_field_goes_before_cases_and_these_before_the_kind_of_error) {
  BOOST_TEST(told({Errc::invalid}) == "422||Wrong");
  BOOST_TEST(told({Errc::gone}) == "410||");
  BOOST_TEST(told({Errc::conflict, asleep}) == "409|E2|Busy");
  BOOST_TEST(told({Errc::conflict, asleep}, "cats.feed") == "418|E1|A teapot");
  BOOST_TEST(told({Errc::gone, asleep}, "cats.feed") == "409|E2|Busy");
  BOOST_TEST(told({Errc::gone, Reason{"cat.away"}}) == "404||Out");
  BOOST_TEST(told({Errc::conflict, asleep, "", {{"/name", "E1", ""}}}) == "418|E1|A teapot");
  BOOST_TEST(told({Errc::invalid, {}, "", {{"/name", "of nobody", ""}}}) == "422||Wrong");
}

BOOST_AUTO_TEST_CASE(an_error_may_be_looked_up_as_another) { BOOST_TEST(told({Errc::unavailable}) == "500||"); }

BOOST_AUTO_TEST_SUITE_END()
