#pragma once

#include <sqlite3.h>

#include <string>

namespace innkeeper::tests {

/// A second connection to a store's file, as another program would have it.
class Stranger {
 public:
  explicit Stranger(const std::string& path) { sqlite3_open(path.c_str(), &connection_); }
  Stranger(const Stranger&) = delete;
  Stranger& operator=(const Stranger&) = delete;
  ~Stranger() { sqlite3_close(connection_); }

  int execute(const char* sql) { return sqlite3_exec(connection_, sql, nullptr, nullptr, nullptr); }
  /// The first column of every row, a space between two.
  std::string ask(const char* sql) {
    std::string answer;
    const auto gather = [](void* to, int, char** cells, char**) {
      auto& text = *static_cast<std::string*>(to);
      text += (text.empty() ? "" : " ") + std::string{cells[0] ? cells[0] : "null"};
      return 0;
    };
    sqlite3_exec(connection_, sql, gather, &answer, nullptr);
    return answer;
  }

 private:
  sqlite3* connection_ = nullptr;
};

}  // namespace innkeeper::tests
