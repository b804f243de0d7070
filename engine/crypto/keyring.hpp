#pragma once

#include <innkeeper/environment.hpp>
#include <innkeeper/master_key.hpp>
#include <innkeeper/result.hpp>
#include <innkeeper/schema/entity.hpp>

#include "engine/crypto/digest.hpp"
#include "engine/crypto/signer.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace innkeeper::crypto {

/// What is authenticated; no key serves two purposes. Each of these, the seals of rows, the cursors of lists and the HMACs of
/// signed tokens have a subkey of their own: HKDF-SHA-256 (RFC 5869) of the pepper, under the purpose's name. Two keys are used
/// as they are, because of what is stored already: the pepper, for the digests that secrets are found by, and the master key, for
/// the seals of the pepper and of the signing key. What schema step 3 left under them is still read: its chain of the audit
/// trail, and its seals.
enum class Purpose : std::uint8_t { audit_chain, idempotency, sip_pins, tickets };

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
  /// HMAC-SHA-256 under the purpose's subkey.
  Digest mac(Purpose, std::string_view text) const;

  /// HMAC-SHA-256 of a token, under a key of its purpose's own: HMAC-SHA-256 of the purpose's name under the tokens' subkey.
  Digest token_mac(std::string_view purpose, std::string_view text) const;

  /// AES-256-GCM under a key of the row's own, which `bound_to` names; opens only together with it. A key of AES-GCM may draw
  /// 2^32 random nonces (NIST SP 800-38D §8.3): that bounds how often one row is sealed, not how many there are.
  Bytes seal(std::string_view plain, std::string_view bound_to) const;
  /// Nothing if the bytes were altered, moved to another row, or sealed with another key.
  std::optional<std::string> open(const Bytes& sealed, std::string_view bound_to) const;

  /// AES-256-SIV (RFC 5297) under the cursors' key, with a random nonce; one that comes twice shows no more than that two texts
  /// are the same.
  std::string seal_cursor(std::string_view plain, std::string_view bound_to) const;
  /// Nothing if the bytes were altered or are bound to something else.
  std::optional<std::string> open_cursor(std::string_view sealed, std::string_view bound_to) const;

 private:
  class Impl;
  explicit Keyring(std::unique_ptr<Impl>);
  std::unique_ptr<Impl> impl_;
};

}  // namespace innkeeper::crypto
