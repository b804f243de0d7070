#pragma once

#include <innkeeper/environment.hpp>

#include <boost/asio/thread_pool.hpp>

#include <atomic>
#include <cstddef>
#include <functional>

namespace innkeeper::daemon {

/// A few threads for slow work.
class ThreadPool final : public Executor {
 public:
  bool run(std::function<void()> work) override;

 private:
  static constexpr std::size_t threads = 2;
  static constexpr std::size_t most = 64;  ///< Under way or waiting.
  std::atomic<std::size_t> count_{0};
  boost::asio::thread_pool pool_{threads};
};

}  // namespace innkeeper::daemon
