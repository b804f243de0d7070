#pragma once

#include <innkeeper/entity.hpp>
#include <innkeeper/environment.hpp>
#include <innkeeper/message.hpp>
#include <innkeeper/result.hpp>

#include <chrono>
#include <cstddef>
#include <memory>
#include <string>
#include <vector>

namespace innkeeper {

/// One HTTP POST that an engine wants made: a webhook's message, signed.
struct Parcel {
  Id id{};
  std::string url{};  ///< `http` or `https`.
  Headers headers{};
  std::string body{};
  std::chrono::seconds timeout{};  ///< 0: the courier's own.
};

/// What became of a parcel.
struct Receipt {
  int status = 0;  ///< Of the answer; 0: none came.
  /// Why none came: `url`, `address.refused`, `resolve`, `connect`, `tls`, `timeout`, `answer`, `internal`.
  std::string fault{};
};

/// Where parcels lie until they are delivered. Thread safe; its members wait for the store.
class Postbox {
 public:
  virtual ~Postbox() = default;
  /// Parcels that are due, at most so many: as many as there are free places. May answer fewer than are due, so that some places
  /// stay free for others. Each is given out once and again only if it is not settled in time.
  virtual std::vector<Parcel> take(std::size_t most) = 0;
  /// Says what became of one. What is not delivered is due again later, until its time is over.
  virtual void settle(Id, const Receipt&) = 0;
  /// What is to be done now and then: old records go, feeds look for news. Called about once a second.
  virtual void tend() = 0;
};

struct CourierOptions {
  bool may_reach_private = false;  ///< Also deliver to loopback, private, link-local and other addresses that are not public.
  std::size_t parallel = 16;       ///< Parcels under way at a time, and so the most taken per `interval`.
  std::chrono::milliseconds interval{250};  ///< Between looks into the postbox.
  std::chrono::seconds timeout{15};         ///< For one parcel without one, from the look-up of the name to the head's end.
  std::string ca_file{};                    ///< Certificates to trust, PEM; empty: the system's.
  Log* log = nullptr;                       ///< Outlives the courier. Null drops its lines.
};

/// Delivers what lies in a postbox over HTTP/1.1 and HTTPS. Owns one thread, which calls the postbox and the log, and one more
/// for each look-up of a name under way. A name is resolved once, every address it has is judged, and the connection goes to one
/// that was judged; redirections are not followed.
class Courier {
 public:
  /// Errors: `unavailable` if the certificates cannot be read. The postbox outlives the courier.
  static Result<std::unique_ptr<Courier>> start(Postbox&, CourierOptions);
  /// Gives up what is under way, unsettled: it is due again later. Waits for a call of the postbox, not for a peer or a look-up.
  ~Courier();

 private:
  class Impl;
  explicit Courier(std::unique_ptr<Impl>);
  std::unique_ptr<Impl> impl_;
};

}  // namespace innkeeper
