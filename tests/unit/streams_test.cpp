#include <innkeeper/contract/streams.hpp>

#include <boost/test/unit_test.hpp>

#include <string>

using namespace innkeeper;

namespace {

std::string text_of(const contract::ServerSentEvent& event) {
  std::string stream;
  contract::append(stream, event);
  return stream;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(server_sent_events)

BOOST_AUTO_TEST_CASE(an_event_has_the_lines_that_it_needs) {
  BOOST_TEST(text_of({.id = "7", .retry = 3'000, .event = "room.created", .data = "{}"}) ==
             "id: 7\nretry: 3000\nevent: room.created\ndata: {}\n\n");
  BOOST_TEST(text_of({.data = "x"}) == "data: x\n\n");
  BOOST_TEST(text_of({.id = "7"}) == "id: 7\n\n");
}

BOOST_AUTO_TEST_CASE(each_line_of_the_data_is_a_line_of_the_event_however_it_ends) {
  BOOST_TEST(text_of({.data = "a\nb\r\nc\rd"}) == "data: a\ndata: b\ndata: c\ndata: d\n\n");
  // Nothing in the data can begin another event.
  BOOST_TEST(text_of({.data = "a\n\nid: 9"}) == "data: a\ndata: \ndata: id: 9\n\n");
  BOOST_TEST(text_of({.data = "a\r\rb"}) == "data: a\ndata: \ndata: b\n\n");
}

BOOST_AUTO_TEST_CASE(a_comment_is_passed_over) {
  std::string stream;
  contract::append_comment(stream);
  contract::append_comment(stream, "still here");
  BOOST_TEST(stream == ":\n\n:still here\n\n");
}

BOOST_AUTO_TEST_SUITE_END()
