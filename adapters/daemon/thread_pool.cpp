#include "adapters/daemon/thread_pool.hpp"

#include <boost/asio/post.hpp>

#include <utility>

namespace innkeeper::daemon {

bool ThreadPool::run(std::function<void()> work) {
  if (count_.fetch_add(1) >= most) {
    --count_;
    return false;
  }
  boost::asio::post(pool_, [this, work = std::move(work)] {
    work();
    --count_;
  });
  return true;
}

}  // namespace innkeeper::daemon
