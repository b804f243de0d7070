#pragma once

#include <innkeeper/result.hpp>

#include <boost/asio/ssl/context.hpp>

#include <memory>
#include <mutex>
#include <string>

namespace innkeeper::beast {

/// The certificate and the key that a server shows, with its rules for TLS: 1.2 and 1.3, HTTP/1.1, no renegotiation. Thread safe.
class Identity {
 public:
  /// Files in PEM. Without one of its own, the key is in the certificate's file.
  Identity(std::string certificate_file, std::string key_file);

  /// Reads both files. What was read is shown from now on; tickets that were given before are worth nothing then. On an error
  /// all stays as it was. Errors: `unavailable` with the file and the cause.
  Result<void> load();
  /// The server's side of a new connection, which stays with what was read last. After a `load` that succeeded.
  SSL* open() const;

 private:
  const std::string certificate_file_;
  const std::string key_file_;
  mutable std::mutex mutex_;
  std::unique_ptr<boost::asio::ssl::context> current_;
};

}  // namespace innkeeper::beast
