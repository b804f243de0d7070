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

/// Looks up names, each on a thread of its own: the system's look-up cannot be called off and may take half a minute, so that one
/// slow name server would hold up every parcel behind it, and the courier's end. A thread that is still at it then is left alone;
/// it ends with its look-up. Belongs to the context's thread.
class Directory {
 public:
  /// Called once, on the context's thread. No endpoints: no such name, or nobody to ask.
  using Found = std::function<void(std::vector<boost::asio::ip::tcp::endpoint>)>;

  explicit Directory(boost::asio::io_context& context);
  /// Forgets what is under way. The context must not run any more.
  ~Directory();

  void find(const std::string& host, std::uint16_t port, Found found);

 private:
  struct Exit;
  void deliver(std::uint64_t ticket, std::vector<boost::asio::ip::tcp::endpoint> endpoints);

  std::unordered_map<std::uint64_t, Found> waiting_;
  std::uint64_t last_ticket_ = 0;
  std::shared_ptr<Exit> exit_;
};

}  // namespace innkeeper::courier
