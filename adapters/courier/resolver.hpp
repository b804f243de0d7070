#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

namespace innkeeper::courier {

/// Looks up names, each on a thread of its own: the system's look-up cannot be cancelled and may take half a minute, so that one
/// slow name server would hold up every request behind it, and the end of the courier. A look-up that is still running then is
/// left alone; its thread ends with it. Used by the context's thread only.
class Resolver {
 public:
  /// Called once, on the context's thread. No endpoints: no such name, or no name server.
  using Found = std::function<void(std::vector<boost::asio::ip::tcp::endpoint>)>;

  explicit Resolver(boost::asio::io_context& context);
  /// Forgets what is under way. The context must not run any more.
  ~Resolver();

  void find(const std::string& host, std::uint16_t port, Found found);

 private:
  struct ReturnPath;
  void deliver(std::uint64_t ticket, std::vector<boost::asio::ip::tcp::endpoint> endpoints);

  std::unordered_map<std::uint64_t, Found> waiting_;
  std::uint64_t last_ticket_ = 0;
  std::shared_ptr<ReturnPath> return_path_;
};

}  // namespace innkeeper::courier
