#include "engine/domain/session_states.hpp"

#include <boost/test/unit_test.hpp>

#include <fstream>
#include <sstream>
#include <string>

using namespace innkeeper;

namespace {

enum class Door : std::uint8_t { closed, open, walled_up };
enum class Hand : std::uint8_t { pull, push, brick };

}  // namespace

template <>
inline constexpr std::array<std::string_view, 3> innkeeper::names_of<Door>{"closed", "open", "walled up"};
template <>
inline constexpr std::array<std::string_view, 3> innkeeper::names_of<Hand>{"pull", "push", "brick"};

namespace {

constexpr auto door = state_machine<Door, Hand>(Door::closed, {{Door::closed, Hand::pull, Door::open},
                                                               {Door::open, Hand::push, Door::closed},
                                                               {Door::closed, Hand::brick, Door::walled_up}});

static_assert(door.next(Door::closed, Hand::pull) == Door::open);
static_assert(door.next(Door::open, Hand::push) == Door::closed);
static_assert(!door.next(Door::open, Hand::brick));
static_assert(!door.next(Door::walled_up, Hand::pull));
static_assert(door.is_final(Door::walled_up) && !door.is_final(Door::open));

}  // namespace

BOOST_AUTO_TEST_SUITE(state_machines)

BOOST_AUTO_TEST_CASE(a_diagram_has_a_line_for_each_transition) {
  BOOST_TEST(state_diagram(door) ==
             "stateDiagram-v2\n"
             "    [*] --> closed\n"
             "    closed --> open: pull\n"
             "    open --> closed: push\n"
             "    closed --> walled up: brick\n");
}

BOOST_AUTO_TEST_CASE(the_documents_diagram_of_sessions_is_that_of_the_code) {
  std::ifstream file(INNKEEPER_SOURCE_DIR "/engine/README.md");
  std::stringstream text;
  text << file.rdbuf();
  BOOST_TEST(text.str().find("```mermaid\n" + state_diagram(domain::session_states) + "```") != std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()
