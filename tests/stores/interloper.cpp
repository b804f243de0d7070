#include "tests/stores/interloper.hpp"

#include <dlfcn.h>
#include <sys/mman.h>

#include <utility>

namespace innkeeper::tests {

namespace {

std::atomic<Interloper*> present{nullptr};
thread_local Interloper* met = nullptr;

/// Between its two looks SQLite lets go of the mapped database, if it has mapped it and the log has changed since.
int unmap(void* at, std::size_t size) {
  if (met) met->commit();
  return ::munmap(at, size);
}

}  // namespace

Interloper::Interloper(const std::string& path) : stranger_(path) {
  auto* system = sqlite3_vfs_find(nullptr);
  system->xSetSystemCall(system, "munmap", reinterpret_cast<sqlite3_syscall_ptr>(unmap));
  stranger_.execute("PRAGMA busy_timeout = 20; PRAGMA wal_autocheckpoint = 0; CREATE TABLE IF NOT EXISTS interloper (name TEXT)");
  present = this;
}

Interloper::~Interloper() { present = nullptr; }

void Interloper::arrive(sqlite3* checkpointing) {
  ++checkpoints_;
  sqlite3_exec(checkpointing, "SELECT count(*) FROM thing", nullptr, nullptr, nullptr);  // maps the database
  if (stranger_.execute("INSERT INTO interloper VALUES ('before')") == SQLITE_OK) ++rows_;
  stranger_.execute("PRAGMA wal_checkpoint(PASSIVE)");
  is_writing_ = stranger_.execute("BEGIN IMMEDIATE") == SQLITE_OK;
  if (is_writing_) stranger_.execute("INSERT INTO interloper VALUES ('within')");
}

void Interloper::commit() {
  if (std::exchange(is_writing_, false) && stranger_.execute("COMMIT") == SQLITE_OK) ++rows_;
}

void Interloper::leave() { commit(); }

}  // namespace innkeeper::tests

extern "C" int sqlite3_wal_checkpoint_v2(sqlite3* connection, const char* database, int mode, int* pages, int* copied) {
  using namespace innkeeper::tests;
  static const auto checkpoint =
      reinterpret_cast<decltype(&sqlite3_wal_checkpoint_v2)>(::dlsym(RTLD_NEXT, "sqlite3_wal_checkpoint_v2"));
  met = present.load();
  if (met) met->arrive(connection);
  const int code = checkpoint(connection, database, mode, pages, copied);
  if (met) std::exchange(met, nullptr)->leave();
  return code;
}
