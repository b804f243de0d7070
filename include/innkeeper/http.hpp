#pragma once

#include <innkeeper/engine.hpp>

#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace innkeeper {

struct HttpOptions {
  /// `HOST:PORT`, `[IPV6]:PORT`, `:PORT` for every interface, or `unix:PATH`. A name stands for all its addresses that this
  /// machine has. Port 0 takes a free one, the same for all of them. The text is also the `Origin::listener` name.
  std::vector<std::string> listen{"127.0.0.1:8080"};
  /// Where TLS 1.2 and 1.3 are spoken, beside the plain listeners: likewise, except for `unix:PATH`.
  std::vector<std::string> listen_tls{};
  std::string tls_certificate{};          ///< A PEM file: the certificate, then those that vouch for it. Needed by `listen_tls`.
  std::string tls_key{};                  ///< A PEM file with its private key, under no password; empty: the certificate's file.
  std::optional<unsigned> socket_mode{};  ///< The permissions of Unix sockets, never wider for a moment; none: as by the umask.
  unsigned threads = 0;                   ///< 0: as many as the machine has cores.
  /// So many at a time. For a further one the one is closed that has waited longest for a request; if none waits, the new one is.
  /// Some are kept for each listener.
  std::size_t connections = 10'000;
  /// From one address, or one network of 64 bits of IPv6; further ones are closed at once.
  std::size_t connections_per_address = 2'500;
  /// Bytes that all connections together hold for requests and answers under way, beyond a few KiB each. From four fifths on
  /// whoever holds some and moves less than 32 KiB a second is let go. At the end a body that does not come along with its head
  /// is `overloaded`, and an answer that its caller does not take at once ends the connection; what is small goes on.
  std::size_t memory = 64U << 20U;
  std::chrono::seconds head_timeout{10};  ///< From a request's first byte to the end of its head; also for a TLS handshake.
  std::chrono::seconds body_timeout{60};  ///< From a body's first byte to its last.
  std::chrono::seconds idle_timeout{60};  ///< Between requests.
  /// Bytes per second, on average, at which a body must come after the first five seconds, and an answer be read after the first
  /// `idle_timeout`.
  std::size_t body_rate = 1'024;
};

/// Whether a text is an address as `HttpOptions` spells it; names are not looked up. Errors: `invalid`, saying how it is spelled.
Result<void> check_address(const std::string& address, bool is_for_tls);

/// An HTTP/1.1 front end (RFC 9112). Owns its threads and sockets.
class HttpServer {
 public:
  /// Binds, listens and reads the certificate. Who connects waits until `serve`. Errors: `invalid` as `check_address`;
  /// `unavailable` with the cause and the address, or the file of a certificate or key that is missing, cannot be read or
  /// does not fit.
  static Result<std::unique_ptr<HttpServer>> bind(HttpOptions);
  /// Begins to answer, once. The engine outlives the server. Errors: `unavailable`.
  Result<void> serve(Engine&);
  /// Both.
  static Result<std::unique_ptr<HttpServer>> start(Engine&, HttpOptions);
  /// Drains for at most a second, then closes what is left.
  ~HttpServer();

  /// Where it listens, ports filled in: `http://127.0.0.1:8080`, `http+unix:/run/innkeeper.sock`, `https://127.0.0.1:8443`; those
  /// for TLS come last.
  const std::vector<std::string>& endpoints() const;

  /// Reads the certificate and the key again, from any thread. Handshakes that begin later show them; connections that there are
  /// go on. Errors: `unavailable` with the file and the cause; then nothing has changed.
  Result<void> reload_tls();

  /// Stops listening, lets requests that have begun finish and closes each connection behind its last answer; what is left after
  /// `patience` is cut. Answers whether nothing had to be cut.
  bool drain(std::chrono::milliseconds patience);

 private:
  class Impl;
  explicit HttpServer(std::unique_ptr<Impl>);
  std::unique_ptr<Impl> impl_;
};

}  // namespace innkeeper
