#include "adapters/daemon/complain.hpp"

#include "adapters/daemon/instance.hpp"

#include <algorithm>
#include <iostream>
#include <iterator>

namespace innkeeper::daemon {

namespace {
void tell(std::string_view what, std::string_view where, std::string_view why) {
  std::cerr << "innkeeperd: ";
  for (auto part : {what, where})
    if (!part.empty()) std::cerr << part << ": ";
  std::cerr << why << '\n';
}
}  // namespace

int complain(const Error& error, std::string_view what) {
  if (error.violations.empty()) tell(what, {}, explain(error));
  for (const auto& each : error.violations) tell(what, each.field, each.message);
  if (is_about_master_key(error)) return exit_master_key;
  constexpr Reason wrong_settings[] = {Reason{"settings.invalid"}, Reason{"routes.collide"}};
  const bool is_usage = std::find(std::begin(wrong_settings), std::end(wrong_settings), error.reason) != std::end(wrong_settings);
  return is_usage ? exit_usage : exit_failure;
}

}  // namespace innkeeper::daemon
