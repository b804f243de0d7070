#include "tests/courier/postbox.hpp"

#include <stdexcept>
#include <thread>
#include <utility>

namespace innkeeper::tests {
using namespace std::chrono_literals;

std::vector<Parcel> FakePostbox::take(std::size_t most) {
  maybe_fail();
  const std::lock_guard lock(mutex_);
  std::vector<Parcel> taken;
  while (!parcels_.empty() && taken.size() < most) {
    taken.push_back(std::move(parcels_.front()));
    parcels_.erase(parcels_.begin());
  }
  return taken;
}

void FakePostbox::settle(Id parcel, const Receipt& receipt) {
  maybe_fail();
  const std::lock_guard lock(mutex_);
  receipts_.emplace(parcel, receipt);
  changed_.notify_all();
}

void FakePostbox::tend() {
  ++tendings_;
  maybe_fail();
}

Id FakePostbox::put(Parcel parcel) {
  const std::lock_guard lock(mutex_);
  parcel.id = Id{++last_};
  parcels_.push_back(std::move(parcel));
  return Id{last_};
}

Receipt FakePostbox::wait_for(Id parcel) {
  std::unique_lock lock(mutex_);
  if (!changed_.wait_for(lock, 60s, [&] { return receipts_.contains(parcel); })) throw std::runtime_error("never settled");
  return receipts_.find(parcel)->second;
}

std::size_t FakePostbox::receipts_of(Id parcel) const {
  const std::lock_guard lock(mutex_);
  return receipts_.count(parcel);
}

std::size_t FakePostbox::untaken() const {
  const std::lock_guard lock(mutex_);
  return parcels_.size();
}

void FakePostbox::maybe_fail() {
  if (failures <= 0) return;
  --failures;
  ++failed;
  throw std::runtime_error("the store is out of order");
}

Post::Post(CourierOptions options) {
  options.log = &log;
  courier = Courier::start(postbox, std::move(options)).value();
}

Receipt Post::send(const std::string& url, Headers headers, std::string body) {
  return postbox.wait_for(postbox.put({.url = url, .headers = std::move(headers), .body = std::move(body)}));
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
