#pragma once

#include <innkeeper/entity.hpp>
#include <innkeeper/environment.hpp>
#include <innkeeper/master_key.hpp>
#include <innkeeper/result.hpp>

#include "engine/crypto/digest.hpp"
#include "engine/crypto/signer.hpp"

#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace innkeeper::crypto {

/// What turns secrets into what may be stored. Thread safe; keyed objects are kept and reused.
class Keyring {
 public:
  /// Opens the ring of a store: reads its sealed pepper and signing key, or makes them when the store is new. Errors: `forbidden`
  /// with reason `master_key.wrong`; what the store answers.
  static Result<std::unique_ptr<Keyring>> open(Store&, const MasterKey&, Random&);
  /// Whether `open` was called on this store before.
  static Result<bool> is_in(Store&);
  ~Keyring();

  /// Signs the tokens that others read.
  const Signer& signer() const;

  /// HMAC-SHA-256 under the pepper: what a secret is looked up by.
  Digest digest(std::string_view secret) const;

  /// AES-256-GCM under the master key. Opens only together with the same `bound_to`, which names the row.
  Bytes seal(std::string_view plain, std::string_view bound_to) const;
  /// Nothing if the bytes were altered, moved to another row, or sealed with another key.
  std::optional<std::string> open(const Bytes& sealed, std::string_view bound_to) const;

 private:
  class Impl;
  explicit Keyring(std::unique_ptr<Impl>);
  std::unique_ptr<Impl> impl_;
};

}  // namespace innkeeper::crypto
