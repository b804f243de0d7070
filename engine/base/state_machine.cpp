#include <innkeeper/contract/state_machine.hpp>

namespace innkeeper {

std::string state_diagram(std::string_view initial, std::span<const std::array<std::string_view, 3>> rows) {
  std::string text = "stateDiagram-v2\n";
  text.append("    [*] --> ").append(initial).append("\n");
  for (const auto& [from, event, to] : rows)
    text.append("    ").append(from).append(" --> ").append(to).append(": ").append(event).append("\n");
  return text;
}

}  // namespace innkeeper
