#pragma once

#include "adapters/beast/descriptor.hpp"

#include <boost/system/error_code.hpp>

#include <cstddef>
#include <cstdint>
#include <utility>

namespace innkeeper::beast {

using Failure = boost::system::error_code;

/// A connected socket that does not block, and what its poller said of it. Calls that could do nothing are not made: until the
/// poller tells of a change they are `would_block`.
class Socket {
 public:
  explicit Socket(Descriptor descriptor) : descriptor_(std::move(descriptor)) {}

  int number() const { return descriptor_.number(); }
  /// What became possible, as epoll(7) names it.
  void note(std::uint32_t events);
  bool may_receive() const { return may_receive_; }

  /// The other side's end is `eof`. Less than there was room for means that there is no more now.
  std::size_t receive(char* to, std::size_t size, Failure& failure);
  std::size_t send(const char* from, std::size_t size, Failure& failure);
  /// Says that no more will be sent.
  void shutdown(Failure& failure);
  void set_no_delay();
  void close() { descriptor_.close(); }

 private:
  Descriptor descriptor_;
  bool may_receive_ = false;
  bool may_send_ = true;
  bool has_ended_ = false;  ///< The other side's end, or a fault, stands behind what is still to be received.
};

}  // namespace innkeeper::beast
