#include "adapters/courier/resolver.hpp"

#include <boost/asio/post.hpp>

#include <mutex>
#include <thread>
#include <utility>

namespace innkeeper::courier {
namespace asio = boost::asio;
namespace {

std::vector<asio::ip::tcp::endpoint> look_up(const std::string& host, std::uint16_t port) {
  asio::io_context context;
  boost::system::error_code failure;
  const auto flags = asio::ip::resolver_base::numeric_service;
  const auto found = asio::ip::tcp::resolver(context).resolve(host, std::to_string(port), flags, failure);
  return {found.begin(), found.end()};
}

}  // namespace

/// How a look-up's thread gets back to the context, as long as there is one.
struct Resolver::ReturnPath {
  std::mutex mutex;
  asio::io_context* context;  ///< Null: nobody waits any more.
};

Resolver::Resolver(asio::io_context& context) : return_path_(new ReturnPath{{}, &context}) {}

Resolver::~Resolver() {
  const std::lock_guard lock(return_path_->mutex);
  return_path_->context = nullptr;
}

void Resolver::find(const std::string& host, std::uint16_t port, Found found) {
  const std::uint64_t ticket = ++last_ticket_;
  std::thread thread([this, return_path = return_path_, host, port, ticket] {
    try {
      auto endpoints = look_up(host, port);
      const std::lock_guard lock(return_path->mutex);
      if (return_path->context == nullptr) return;
      asio::post(*return_path->context, [this, ticket, endpoints = std::move(endpoints)] { deliver(ticket, endpoints); });
    } catch (...) {  // out of memory: whoever waits has a time-out
    }
  });
  thread.detach();
  waiting_.emplace(ticket, std::move(found));
}

void Resolver::deliver(std::uint64_t ticket, std::vector<asio::ip::tcp::endpoint> endpoints) {
  const auto found = waiting_.extract(ticket);
  if (found) found.mapped()(std::move(endpoints));
}

}  // namespace innkeeper::courier
