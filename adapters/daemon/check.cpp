#include "adapters/daemon/check.hpp"

#include <innkeeper/sqlite.hpp>

#include "adapters/daemon/complain.hpp"
#include "adapters/daemon/files.hpp"

namespace innkeeper::daemon {

int check_database(const Settings& settings) {
  const auto checked = check_sqlite({.path = settings.db});
  // Faults of the content do not name the file, those of opening it do.
  if (!checked) return complain(checked.error(), checked.error().violations.empty() ? std::string_view{} : settings.db);
  const auto written = write_all("", "ok\n");
  return written ? 0 : complain(written.error());
}

}  // namespace innkeeper::daemon
