#pragma once

#include <innkeeper/contract/state_machine.hpp>
#include <innkeeper/model/rooms.hpp>

namespace innkeeper::domain {

/// What is reported of a session as a whole.
enum class SessionEvent : std::uint8_t { start, end };

}  // namespace innkeeper::domain

template <>
inline constexpr std::array<std::string_view, 2> innkeeper::names_of<innkeeper::domain::SessionEvent>{"start", "end"};

namespace innkeeper::domain {

/// Reports come late, twice and out of order: none is refused, and what has ended stays so.
inline constexpr auto session_states = state_machine<SessionState, SessionEvent>(
    SessionState::announced, {
                                 {SessionState::announced, SessionEvent::start, SessionState::running},
                                 {SessionState::announced, SessionEvent::end, SessionState::ended},
                                 {SessionState::running, SessionEvent::start, SessionState::running},
                                 {SessionState::running, SessionEvent::end, SessionState::ended},
                                 {SessionState::ended, SessionEvent::start, SessionState::ended},
                                 {SessionState::ended, SessionEvent::end, SessionState::ended},
                             });

}  // namespace innkeeper::domain
