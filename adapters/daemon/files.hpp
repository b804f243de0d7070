#pragma once

#include <innkeeper/result.hpp>

#include <string>
#include <string_view>

namespace innkeeper::daemon {

/// What went wrong with a file, by `errno`.
Error file_fault(const std::string& path);
Error output_fault();

Result<void> require_file(const std::string& path);
/// `-` is standard input.
Result<std::string> read_all(const std::string& path);
/// Writes a file that only its owner may read if it holds secrets.
Result<void> write_all(const std::string& path, std::string_view text, bool is_secret);

}  // namespace innkeeper::daemon
