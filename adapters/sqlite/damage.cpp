#include "adapters/sqlite/damage.hpp"

namespace innkeeper::sqlite {

Error out_of_memory() noexcept {
  return {.code = Errc::unavailable, .reason = no_memory, .detail = "out of memory", .retry_after = std::chrono::seconds{1}};
}

void write_line(Log* log, Severity severity, std::string_view event, std::initializer_list<LogField> fields) noexcept {
  try {
    if (log && log->threshold() <= severity) log->write(severity, event, {fields.begin(), fields.size()});
  } catch (...) {  // out of memory, it may be
  }
}

void Damage::note(const Error& error) noexcept {
  if (error.reason != damaged || is_found_.exchange(true, std::memory_order_relaxed)) return;
  write_line(log_, Severity::error, "store.damaged",
             {{"db", std::string_view{path_}}, {"why", std::string_view{error.detail}}, {"writes", std::string_view{"refused"}}});
}

Error Damage::refusal() { return {.code = Errc::unavailable, .reason = damaged, .detail = std::string{sentence}}; }

}  // namespace innkeeper::sqlite
