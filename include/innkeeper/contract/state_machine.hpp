#pragma once

#include <innkeeper/types.hpp>

#include <array>
#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>

/// A state machine as a table of transitions. Code, tests and the diagram in the documentation are derived from the table.
///
///     inline constexpr auto lamp = state_machine<Lamp, Press>(Lamp::off, {{Lamp::off, Press::on, Lamp::on}, …});
namespace innkeeper {

template <class State, class Event>
struct Transition {
  State from;
  Event event;
  State to;
};

template <class State, class Event, std::size_t n>
struct StateMachine {
  State initial;
  std::array<Transition<State, Event>, n> transitions;

  /// The state after an event; nothing if the event is not possible in that state.
  constexpr std::optional<State> next(State from, Event event) const {
    for (const auto& each : transitions)
      if (each.from == from && each.event == event) return each.to;
    return std::nullopt;
  }
  /// Whether no event leads out of a state.
  constexpr bool is_final(State state) const {
    for (const auto& each : transitions)
      if (each.from == state && each.to != state) return false;
    return true;
  }
};

/// Does not compile if a state has two transitions for one event, or if one of `names_of<State>` cannot be reached.
template <class State, class Event, std::size_t n>
consteval StateMachine<State, Event, n> state_machine(State initial, const Transition<State, Event> (&rows)[n]) {
  StateMachine<State, Event, n> machine{initial, {}};
  for (std::size_t i = 0; i < n; ++i) {
    for (std::size_t before = 0; before < i; ++before)
      if (rows[before].from == rows[i].from && rows[before].event == rows[i].event) throw "an event leads to two states";
    machine.transitions[i] = rows[i];
  }
  std::array<bool, names_of<State>.size()> is_reached{};
  is_reached[static_cast<std::size_t>(initial)] = true;
  for (std::size_t round = 0; round < is_reached.size(); ++round)
    for (const auto& each : rows)
      if (is_reached[static_cast<std::size_t>(each.from)]) is_reached[static_cast<std::size_t>(each.to)] = true;
  for (const bool each : is_reached)
    if (!each) throw "a state cannot be reached";
  return machine;
}

/// A Mermaid state diagram; each row is from where, what happens, and where that leads.
std::string state_diagram(std::string_view initial, std::span<const std::array<std::string_view, 3>> rows);
template <class State, class Event, std::size_t n>
std::string state_diagram(const StateMachine<State, Event, n>& machine) {
  std::array<std::array<std::string_view, 3>, n> rows;
  for (std::size_t i = 0; i < n; ++i) {
    const auto& [from, event, to] = machine.transitions[i];
    rows[i] = {name_of(from), name_of(event), name_of(to)};
  }
  return state_diagram(name_of(machine.initial), rows);
}

}  // namespace innkeeper
