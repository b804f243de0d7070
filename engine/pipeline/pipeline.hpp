#pragma once

#include <innkeeper/engine.hpp>

#include "engine/base/meters.hpp"
#include "engine/pipeline/feeds.hpp"
#include "engine/pipeline/gate.hpp"
#include "engine/pipeline/idempotency.hpp"
#include "engine/pipeline/request_fields.hpp"
#include "engine/pipeline/request_id.hpp"
#include "engine/pipeline/router.hpp"

#include <functional>
#include <string_view>

namespace innkeeper::pipeline {

/// What every request needs and all share. What it refers to outlives it.
struct House {
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
  Gate gate;
  base::Meters meters;
  std::vector<const Telling*> tellings;
  std::vector<const Table*> tables;
  Running running{};
  std::shared_ptr<Feeds> feeds{};

  Context context(std::string_view request_id, News& news, const Principal& principal = {}) {
    return {.now = clock.now(),
            .principal = principal,
            .request_id = request_id,
            .random = random,
            .log = log,
            .keyring = keyring,
            .store = store,
            .meters = meters,
            .news = news,
            .tellings = tellings,
            .ticks = clock.ticks(),
            .tables = tables};
  }
};

/// Takes one request through match, admission, transaction and answer; `reply` is called once.
void serve_request(House&, const Request&, Reply reply, Caller caller, Examined examined);

/// As far as match and admission, for a request whose body has yet to come.
void examine_head(House&, const Request& head, Reply reply);

std::size_t body_limit(const House&, const Request& head);

/// The answer to a request that never came in whole.
Response refuse_request(House&, const Request& as_far_as_known, const Error&);

/// Runs work with an exception turned into `internal`, logged under the request's id.
Result<void> run_guarded(const Context&, std::string_view operation, const std::function<Result<void>()>& work);

}  // namespace innkeeper::pipeline
