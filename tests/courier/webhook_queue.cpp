#include "tests/courier/webhook_queue.hpp"

#include <stdexcept>
#include <thread>
#include <utility>

namespace innkeeper::tests {
using namespace std::chrono_literals;

std::vector<WebhookRequest> FakeWebhookQueue::take(std::size_t most) {
  maybe_fail();
  const std::lock_guard lock(mutex_);
  std::vector<WebhookRequest> taken;
  while (!webhook_requests_.empty() && taken.size() < most) {
    taken.push_back(std::move(webhook_requests_.front()));
    webhook_requests_.erase(webhook_requests_.begin());
  }
  return taken;
}

void FakeWebhookQueue::complete(Id id, const DeliveryResult& result) {
  maybe_fail();
  const std::lock_guard lock(mutex_);
  results_.emplace(id, result);
  changed_.notify_all();
}

void FakeWebhookQueue::maintain() {
  ++maintenance_calls_;
  maybe_fail();
}

Id FakeWebhookQueue::put(WebhookRequest webhook_request) {
  const std::lock_guard lock(mutex_);
  webhook_request.id = Id{++last_};
  webhook_requests_.push_back(std::move(webhook_request));
  return Id{last_};
}

DeliveryResult FakeWebhookQueue::wait_for(Id id) {
  std::unique_lock lock(mutex_);
  if (!changed_.wait_for(lock, 60s, [&] { return results_.contains(id); })) throw std::runtime_error("never settled");
  return results_.find(id)->second;
}

std::size_t FakeWebhookQueue::results_of(Id id) const {
  const std::lock_guard lock(mutex_);
  return results_.count(id);
}

std::size_t FakeWebhookQueue::untaken() const {
  const std::lock_guard lock(mutex_);
  return webhook_requests_.size();
}

void FakeWebhookQueue::maybe_fail() {
  if (failures <= 0) return;
  --failures;
  ++failed;
  throw std::runtime_error("the store is out of order");
}

Post::Post(CourierOptions options) {
  options.log = &log;
  courier = Courier::start(webhook_queue, std::move(options)).value();
}

DeliveryResult Post::send(const std::string& url, Headers headers, std::string body) {
  return webhook_queue.wait_for(webhook_queue.put({.url = url, .headers = std::move(headers), .body = std::move(body)}));
}

std::string Post::line_beginning(const std::string& text) const {
  std::string found;
  eventually([&] {
    for (const std::string& line : log.lines())
      if (line.starts_with(text)) found = line;
    return !found.empty();
  });
  return found;
}

CourierOptions Post::with_private() { return {.may_reach_private = true, .interval = 5ms}; }

bool eventually(const std::function<bool()>& is_so) {
  for (int i = 0; i < 2'000; ++i) {
    if (is_so()) return true;
    std::this_thread::sleep_for(5ms);
  }
  return is_so();
}

}  // namespace innkeeper::tests
