#include "adapters/beast/identity.hpp"
#include "adapters/beast/listener.hpp"
#include "adapters/beast/worker.hpp"

#include <innkeeper/http.hpp>

#include <boost/asio/io_context.hpp>

#include <algorithm>
#include <exception>
#include <thread>
#include <utility>

namespace innkeeper {

class HttpServer::Impl {
 public:
  explicit Impl(HttpOptions options) : server_state_(std::move(options)) {
    const unsigned chosen = server_state_.options.threads;
    const unsigned threads = chosen ? chosen : std::max(1U, std::thread::hardware_concurrency());
    for (unsigned i = 0; i < threads; ++i) workers().push_back(std::make_unique<beast::Worker>(server_state_));
  }
  /// The threads end first: they use the acceptors.
  ~Impl() {
    if (is_started_) drain(std::chrono::seconds(1));
    for (const auto& worker : workers()) worker->stop();
  }

  Result<void> bind() {
    const auto& options = server_state_.options;
    if (!options.listen_tls.empty())
      if (auto loaded = identify(); !loaded) return loaded.error();
    for (const std::string& address : options.listen)
      if (auto opened = open({.listener = address, .number = server_state_.slots.add_listener()}); !opened) return opened.error();
    for (const std::string& address : options.listen_tls)
      if (auto opened = open({address, identity_.get(), server_state_.slots.add_listener()}); !opened) return opened.error();
    return {};
  }

  void serve(Engine& engine) {
    is_started_ = true;
    for (const auto& acceptor : acceptors_) acceptor->start();
    for (const auto& worker : workers()) worker->start(engine);
  }

  const std::vector<std::string>& endpoints() const { return endpoints_; }

  Result<void> reload_tls() {
    if (!identity_) return unavailable("there is no TLS listener");
    return identity_->load();
  }

  bool drain(std::chrono::milliseconds patience) {
    for (auto& file : files_) file.remove();
    // So that waiting for the server to be empty waits for this, too.
    for (const auto& worker : workers()) worker->drain(server_state_.slots.hold());
    const bool is_clean = server_state_.slots.wait(patience);
    for (const auto& worker : workers()) worker->cut();
    return is_clean;
  }

 private:
  static Error unavailable(std::string cause) {
    return Error{.code = Errc::unavailable, .reason = Reason{"tls.failed"}, .detail = std::move(cause)};
  }

  std::vector<std::unique_ptr<beast::Worker>>& workers() { return server_state_.workers; }

  Result<void> identify() {
    const auto& options = server_state_.options;
    if (options.tls_certificate.empty()) return unavailable(options.listen_tls.front() + ": there is no certificate for TLS");
    identity_ = std::make_unique<beast::Identity>(options.tls_certificate, options.tls_key);
    return identity_->load();
  }

  Result<void> open(const beast::ListenerInfo& listener_info) {
    std::vector<beast::Worker*> all;
    for (const auto& worker : workers()) all.push_back(worker.get());
    auto opened = beast::listen(listener_info.listener, listener_info.identity != nullptr, server_state_.options.socket_mode,
                                all.size(), context_);
    if (!opened) return opened.error();
    for (auto& listening : *opened) {
      endpoints_.push_back(listening.endpoint);
      files_.push_back(std::move(listening.file));
      const bool is_for_all = listening.sockets.size() < all.size();
      for (std::size_t i = 0; i < listening.sockets.size(); ++i)
        acceptors_.push_back(std::make_unique<beast::Acceptor>(std::move(listening.sockets[i]), listener_info, *all[i],
                                                               is_for_all ? all : std::vector{all[i]}));
    }
    return {};
  }

  boost::asio::io_context context_;  ///< Of the sockets that listen. Nothing runs in it.
  std::unique_ptr<beast::Identity> identity_;
  beast::ServerState server_state_;
  std::vector<std::unique_ptr<beast::Acceptor>> acceptors_;
  std::vector<beast::SocketFile> files_;
  std::vector<std::string> endpoints_;
  bool is_started_ = false;
};

namespace {
Error broken(const std::exception& exception) {
  return Error{.code = Errc::unavailable, .reason = Reason{"server.failed"}, .detail = exception.what()};
}
}  // namespace

Result<std::unique_ptr<HttpServer>> HttpServer::bind(HttpOptions options) {
  try {
    auto impl = std::make_unique<Impl>(std::move(options));
    if (auto bound = impl->bind(); !bound) return bound.error();
    return std::unique_ptr<HttpServer>(new HttpServer(std::move(impl)));
  } catch (const std::exception& exception) {
    return broken(exception);
  }
}

Result<void> HttpServer::serve(Engine& engine) {
  try {
    impl_->serve(engine);
    return {};
  } catch (const std::exception& exception) {
    return broken(exception);
  }
}

Result<std::unique_ptr<HttpServer>> HttpServer::start(Engine& engine, HttpOptions options) {
  auto server = bind(std::move(options));
  if (server)
    if (auto serving = (*server)->serve(engine); !serving) return serving.error();
  return server;
}

HttpServer::HttpServer(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
HttpServer::~HttpServer() = default;
const std::vector<std::string>& HttpServer::endpoints() const { return impl_->endpoints(); }
Result<void> HttpServer::reload_tls() { return impl_->reload_tls(); }
bool HttpServer::drain(std::chrono::milliseconds patience) { return impl_->drain(patience); }

}  // namespace innkeeper
