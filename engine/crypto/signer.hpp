#pragma once

#include <innkeeper/environment.hpp>

#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace innkeeper::crypto {

/// One Ed25519 key pair that signs JSON Web Tokens (RFC 7515, 7519, 8037). Thread safe; copies share the pair.
class Signer {
 public:
  static Signer make(Random&);
  /// The pair that `seed` stands for; nothing unless it has 32 bytes.
  static std::optional<Signer> from_seed(std::string_view seed);

  /// The private half, 32 bytes: to be sealed.
  std::string seed() const;
  /// The thumbprint of the public half (RFC 7638).
  const std::string& key_id() const;
  /// The public half as a JSON Web Key, with `kid`, `alg` and `use`.
  const std::string& public_jwk() const;

  /// The token of these claims in compact form; its header has `alg`, `typ` and `kid`. The claims are the text of a JSON object,
  /// and `typ` says what kind of token it is (RFC 8725 §3.11), in characters that need no escape.
  std::string sign(std::string_view typ, std::string_view claims) const;
  /// The claims of a token that `sign` made with this pair and this `typ`. Nothing for any other text, though it may be a token
  /// signed with this pair by other hands: there is no header to be believed.
  std::optional<std::string> verify(std::string_view typ, std::string_view compact) const;

  /// The 64 bytes of the signature of any text (RFC 8032, pure). The same text has always the same.
  std::string signature_of(std::string_view text) const;

 private:
  class Pair;
  explicit Signer(std::shared_ptr<const Pair>);
  std::shared_ptr<const Pair> pair_;
};

}  // namespace innkeeper::crypto
