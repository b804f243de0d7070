#pragma once

#include <innkeeper/result.hpp>

#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace innkeeper {

class Engine;

struct HttpOptions {
  /// `HOST:PORT`, `[IPV6]:PORT`, `:PORT` for every interface, or `unix:PATH`. A name stands for all its addresses that this
  /// machine has. Port 0 takes a free one, the same for all of them. The text is also the `Origin::listener` name.
  std::vector<std::string> listen{"127.0.0.1:8080"};
  /// Further listeners, for TLS 1.2 and 1.3. Spelled likewise, except for `unix:PATH`.
  std::vector<std::string> listen_tls{};
  std::string tls_certificate{};          ///< A PEM file: the certificate, then its chain. Needed by `listen_tls`.
  std::string tls_key{};                  ///< A PEM file with its private key, unencrypted; empty: the certificate's file.
  std::optional<unsigned> socket_mode{};  ///< Permissions of Unix sockets, from the moment they exist; none: by the umask.
  unsigned threads = 0;                   ///< 0: as many as the machine has cores.
  /// Maximum number of open connections. Beyond it a new connection replaces the one that has waited longest for a request; if
  /// none waits, the new one is closed. A share is reserved for each listener.
  std::size_t connections = 10'000;
  /// Maximum for an IPv4 address or an IPv6 /64 network; further ones are closed at once.
  std::size_t connections_per_address = 2'500;
  /// Maximum bytes that all connections together hold for requests and responses in progress, beyond a few KiB each. Above four
  /// fifths of it, connections that hold memory and transfer less than 32 KiB a second are closed. At the limit a body that did
  /// not arrive with its head is `overloaded`, and a response that its caller does not read at once ends the connection; small
  /// messages are still served.
  std::size_t memory = 64U << 20U;
  std::chrono::seconds head_timeout{10};  ///< From a request's first byte to the end of its head; also for a TLS handshake.
  std::chrono::seconds body_timeout{60};  ///< From a body's first byte to its last.
  std::chrono::seconds idle_timeout{60};  ///< Between requests.
  /// Minimum average bytes per second: of a request body after its first five seconds, and of a caller that reads a response,
  /// after the first `idle_timeout`.
  std::size_t body_rate = 1'024;
};

/// Checks that a text is an address as in `HttpOptions::listen`; names are not looked up. Errors: `invalid`, saying how it is
/// spelled.
Result<void> check_address(const std::string& address, bool is_for_tls);

/// An HTTP/1.1 front end (RFC 9112). Owns its threads and sockets.
class HttpServer {
 public:
  /// Binds, listens and reads the certificate. Connections wait in the backlog until `serve`. Errors: `invalid` as
  /// `check_address`; `unavailable` with the cause and the address, or the file of a certificate or key that is missing, cannot
  /// be read or does not fit.
  static Result<std::unique_ptr<HttpServer>> bind(HttpOptions);
  /// Starts serving. To be called once. The engine outlives the server. Errors: `unavailable`.
  Result<void> serve(Engine&);
  /// Both.
  static Result<std::unique_ptr<HttpServer>> start(Engine&, HttpOptions);
  /// Drains for at most a second, then closes what is left.
  ~HttpServer();

  /// The addresses it listens on, with their actual ports: `http://127.0.0.1:8080`, `http+unix:/run/innkeeper.sock`,
  /// `https://127.0.0.1:8443`; those for TLS come last.
  const std::vector<std::string>& endpoints() const;

  /// Reads the certificate and the key again, from any thread. Later handshakes use them; open connections continue. Errors:
  /// `unavailable` with the file and the cause; then nothing has changed.
  Result<void> reload_tls();

  /// Stops listening, lets requests in progress finish and closes each connection after its last response; what is left after
  /// `patience` is cut off. Returns whether nothing was cut off.
  bool drain(std::chrono::milliseconds patience);

 private:
  class Impl;
  explicit HttpServer(std::unique_ptr<Impl>);
  std::unique_ptr<Impl> impl_;
};

}  // namespace innkeeper
