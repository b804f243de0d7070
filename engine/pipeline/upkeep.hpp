#pragma once

#include "engine/pipeline/pipeline.hpp"

#include <functional>
#include <string_view>

namespace innkeeper::pipeline {

/// How many transactions one call of upkeep makes of a kind, which is more rows a second than are made for long.
inline constexpr int most_steps = 40;

/// Runs work in a writing transaction as the host, and wakes the feeds that it has news for.
Result<void> run_as_host(House&, std::string_view name, const std::function<Result<void>(Transaction&, const Context&)>& work);

/// Takes out what has had its time: answers to repeated requests, access tokens, and events, deliveries and the tokens of members
/// that ended longer ago than events are kept. In many small transactions, and not more than so many in one call: answers whether
/// all has gone.
Result<bool> sweep_old(House&);

}  // namespace innkeeper::pipeline
