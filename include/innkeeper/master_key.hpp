#pragma once

#include <innkeeper/environment.hpp>
#include <innkeeper/result.hpp>

#include <array>
#include <cstddef>
#include <string>
#include <string_view>

namespace innkeeper {

class Store;

/// The 256-bit key that seals every secret in a store. Without it no secret in the database can be used; if it is lost, so are
/// the secrets. Its memory is wiped on destruction.
class MasterKey {
 public:
  static constexpr std::size_t size = 32;

  /// From 64 hexadecimal digits; blanks and a line end around them are dropped. Errors: `invalid`.
  static Result<MasterKey> from_text(std::string_view text);
  /// From a file that holds that text. Errors: `not_found`; `forbidden` unless its mode is 0600 or 0400, or 0640 or 0440 with a
  /// group of this process; `invalid`.
  static Result<MasterKey> from_file(const std::string& path);
  /// Creates a new key and a file of mode 0600 that holds it, on disk before this returns. Errors: `already_exists` (a file is
  /// never overwritten), `unavailable`.
  static Result<MasterKey> create_file(const std::string& path, Random&);
  /// A new key that is not saved: for a store that ends with the process.
  static MasterKey generate(Random&);

  MasterKey(const MasterKey&) = default;
  MasterKey& operator=(const MasterKey&) = default;
  ~MasterKey();
  const std::array<std::byte, size>& bytes() const { return bytes_; }

 private:
  MasterKey() = default;
  std::array<std::byte, size> bytes_{};
};

/// Whether a store is already bound to a master key: then only that key opens it. Migrates the store first. Errors: those of
/// `Store::migrate` and of the store.
Result<bool> is_sealed(Store&);

}  // namespace innkeeper
