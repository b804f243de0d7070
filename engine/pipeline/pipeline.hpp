#pragma once

#include <innkeeper/engine.hpp>

#include "engine/base/internals.hpp"
#include "engine/base/rate_limits.hpp"
#include "engine/pipeline/feeds.hpp"
#include "engine/pipeline/idempotency.hpp"
#include "engine/pipeline/in_flight_limit.hpp"
#include "engine/pipeline/request_fields.hpp"
#include "engine/pipeline/request_id.hpp"
#include "engine/pipeline/router.hpp"

#include <functional>
#include <string_view>

namespace innkeeper::pipeline {

/// The state that all requests share. What it refers to outlives it.
struct EngineState {
  Store& store;
  const crypto::Keyring& keyring;
  Clock& clock;
  Random& random;
  Log& log;
  Executor* executor;  ///< Null: the thread that a request came on.
  Limits limits;
  Router router;
  SingleFields single_fields;
  RequestIds request_ids;
  InFlightLimit in_flight;
  base::RateLimits rate_limits;
  std::vector<const WebhookFormat*> webhook_formats;
  std::vector<const Table*> tables;
  RunningRequests running{};
  std::shared_ptr<Feeds> feeds{};
  Internals internals{keyring, rate_limits};

  Context context(std::string_view request_id, PendingEvents& pending_events, const Principal& principal = {}) {
    return {.now = clock.now(),
            .principal = principal,
            .request_id = request_id,
            .random = random,
            .log = log,
            .internals = internals,
            .store = store,
            .pending_events = pending_events,
            .webhook_formats = webhook_formats,
            .ticks = clock.ticks(),
            .tables = tables};
  }
};

/// Takes one request through match, admission, transaction and answer; `reply` is called once.
void serve_request(EngineState&, const Request&, Reply reply, Caller caller, Examined examined);

/// As far as match and admission, for a request whose body has yet to come.
void examine_head(EngineState&, const Request& head, Reply reply);

std::size_t body_limit(const EngineState&, const Request& head);

/// The answer to a request that never came in whole.
Response refuse_request(EngineState&, const Request& as_far_as_known, const Error&);

/// Runs work with an exception turned into `internal`, logged under the request's id.
Result<void> run_guarded(const Context&, std::string_view operation, const std::function<Result<void>()>& work);

}  // namespace innkeeper::pipeline
