#include "tests/dialects/transcript.hpp"
#include "tests/dialects/fronts.hpp"
#include "tests/dialects/world.hpp"

#include <innkeeper/dialects.hpp>

#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <sstream>

using namespace innkeeper;
using namespace innkeeper::tests;
namespace data = boost::unit_test::data;

namespace {

std::string place_of(const Transcript& transcript, const Step& step) {
  return transcript.path.filename().string() + ":" + std::to_string(step.line) + " (" + step.finding + ")";
}

void check_header(const std::string& place, const std::pair<std::string, std::string>& expected, const Answer& answer,
                  Captures& captures) {
  const auto found = std::find_if(answer.headers.begin(), answer.headers.end(),
                                  [&](const auto& field) { return field.first == expected.first; });
  if (found == answer.headers.end())
    BOOST_ERROR(place << ": no header " << expected.first);
  else if (!matches(expected.second, found->second, captures))
    BOOST_ERROR(place << ": " << expected.first << "\n  expected: " << expected.second << "\n  answered: " << found->second);
}

/// Whether an answer shows what lets its holder in.
bool shows_secret(const Expected& expected) {
  constexpr std::string_view kinds[] = {"=secret}", "=whsec}", "=jwt}", "=ticket}"};
  return std::any_of(std::begin(kinds), std::end(kinds),
                     [&](std::string_view kind) { return expected.body.find(kind) != std::string::npos; });
}

void check(const std::string& place, const Transcript& transcript, const Step& step, const Answer& answer, Captures& captures) {
  const auto& expected = step.expected;
  BOOST_TEST(answer.status == expected.status, place << ": answered " << answer.status << " " << answer.body);
  if (shows_secret(expected)) check_header(place, {"Cache-Control", "no-store"}, answer, captures);
  for (const auto& field : transcript.every_answer) check_header(place, field, answer, captures);
  for (const auto& field : expected.headers) check_header(place, field, answer, captures);
  for (const auto& name : expected.absent_headers)
    for (const auto& [present, value] : answer.headers)
      BOOST_TEST(present != name, place << ": there is a header " << name << ": " << value);
  if (!matches(filled_in(expected.body, captures), answer.body, captures))
    BOOST_ERROR(place << "\n  expected: " << expected.body << "\n  answered: " << answer.body);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(transcripts)

BOOST_DATA_TEST_CASE(every_answer_is_the_one_in_the_transcript, data::make(fronts()) * data::make(all_transcripts()), front,
                     transcript) {
  const auto setup = text_of(transcript.path.parent_path() / "setup.json");
  World world(front, setup);
  auto captures = credentials_in(setup);
  for (const auto& step : transcript.steps) {
    const auto place = place_of(transcript, step);
    BOOST_TEST_CONTEXT(place) {
      if (!step.directive.empty())
        world.apply(filled_in(step.directive, captures));
      else
        check(place, transcript, step, world.exchange(filled_in(step.sent, captures)), captures);
    }
  }
}

BOOST_AUTO_TEST_CASE(every_route_of_every_dialect_succeeds_in_some_transcript) {
  for (const auto* dialect : all_dialects()) {
    const auto conversations = read_transcripts(transcript_root() / dialect->name);
    for (const auto& route : dialect->routes) {
      const auto witnesses = [&](const Step& step) {
        return step.directive.empty() && step.expected.status == route.status && leads_to(*dialect, route, step.sent);
      };
      BOOST_TEST(std::any_of(conversations.begin(), conversations.end(),
                             [&](const auto& each) { return std::any_of(each.steps.begin(), each.steps.end(), witnesses); }),
                 dialect->name << ": no transcript of " << to_string(route.method) << " " << route.path);
    }
  }
}

BOOST_AUTO_TEST_CASE(every_error_of_every_contract_is_told_in_some_transcript) {
  for (const auto* dialect : all_dialects()) {
    const auto conversations = read_transcripts(transcript_root() / dialect->name);
    std::istringstream errors{text_of(transcript_root() / dialect->name / "errors.txt")};
    int count = 0;
    for (std::string line; std::getline(errors, line);) {
      if (line.empty() || line.front() == '#') continue;
      ++count;
      const auto status = std::stoi(line);
      const auto words = line.substr(line.find(' ') + 1);
      const auto tells = [&](const Step& step) {
        return step.expected.status == status && step.expected.body.find(words) != std::string::npos;
      };
      BOOST_TEST(std::any_of(conversations.begin(), conversations.end(),
                             [&](const auto& each) { return std::any_of(each.steps.begin(), each.steps.end(), tells); }),
                 dialect->name << ": no transcript tells " << line);
    }
    BOOST_TEST(count > 0, dialect->name << ": no errors.txt");
  }
}

BOOST_AUTO_TEST_CASE(every_finding_names_its_contract_and_section) {
  for (const auto* dialect : all_dialects())
    for (const auto& conversation : read_transcripts(transcript_root() / dialect->name))
      for (const auto& step : conversation.steps)
        BOOST_TEST(step.finding.starts_with(std::string{dialect->name} + " §"), place_of(conversation, step));
}

BOOST_AUTO_TEST_SUITE_END()
