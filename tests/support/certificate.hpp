#pragma once

#include <string>

namespace innkeeper::tests {

/// A certificate that vouches for itself, and its key, in PEM.
struct Certificate {
  std::string certificate;
  std::string key;
};

/// Makes one. `names` is written as OpenSSL has it: `DNS:localhost,IP:127.0.0.1`.
Certificate make_certificate(const std::string& names);

}  // namespace innkeeper::tests
