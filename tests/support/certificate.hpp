#pragma once

#include <string>

namespace innkeeper::tests {

/// A certificate that vouches for itself, and its key, in PEM.
struct Certificate {
  std::string certificate;
  std::string key;
};

/// Makes one, with a key on P-256. `names` is written as OpenSSL has it: `DNS:localhost,IP:127.0.0.1`.
Certificate make_certificate(const std::string& names);
/// A key of another type than that of those certificates, in PEM.
std::string make_rsa_key();

}  // namespace innkeeper::tests
