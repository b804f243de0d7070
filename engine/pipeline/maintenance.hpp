#pragma once

#include "engine/pipeline/pipeline.hpp"

#include <functional>
#include <string_view>

namespace innkeeper::pipeline {

/// How many transactions one call of maintenance makes of a kind, which is more rows a second than are made for long.
inline constexpr int most_steps = 40;

/// Runs work in a writing transaction as the host, and wakes the feeds of the apps whose events it produced.
Result<void> run_as_host(EngineState&, std::string_view name,
                         const std::function<Result<void>(Transaction&, const Context&)>& work);

/// Deletes what has expired: stored responses, access tokens, and events, deliveries and tokens of members that ended longer ago
/// than events are kept. In many small transactions, of which one call makes a bounded number: returns whether all was deleted.
Result<bool> purge_expired(EngineState&);

}  // namespace innkeeper::pipeline
