#pragma once

#include <innkeeper/environment.hpp>
#include <innkeeper/result.hpp>

#include <atomic>
#include <initializer_list>
#include <string>
#include <string_view>

namespace innkeeper::sqlite {

/// Reasons of `unavailable`: what was read is not what was written; and memory is lacking, which says nothing of the file.
inline constexpr Reason damaged{"store.damaged"};
inline constexpr Reason no_memory{"store.no_memory"};

/// An `Error` that takes no memory itself.
Error out_of_memory() noexcept;

/// Writes a line to a log that may be null. A log that fails has nobody left to tell.
void write_line(Log* log, Severity severity, std::string_view event, std::initializer_list<LogField> fields) noexcept;

/// Whether a store has read something broken from its file. It stays so until the store is opened again: what was written on top
/// of damage would be lost when the file is replaced by a backup, or spread it. Used by all threads.
class Damage {
 public:
  Damage(std::string path, Log* log) : path_(std::move(path)), log_(log) {}

  /// What a job, or the maintenance of the file, failed with. The first `store.damaged` is one line in the log, and the last.
  void note(const Error&) noexcept;
  bool is_found() const { return is_found_.load(std::memory_order_relaxed); }
  static constexpr std::string_view sentence = "the database is damaged: nothing is written to it any more";
  /// What a write is answered once damage is found.
  static Error refusal();

 private:
  const std::string path_;
  Log* log_;
  std::atomic<bool> is_found_{false};
};

}  // namespace innkeeper::sqlite
