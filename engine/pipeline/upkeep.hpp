#pragma once

#include "engine/pipeline/pipeline.hpp"

namespace innkeeper::pipeline {

/// Takes out what has had its time: answers to repeated requests, access tokens, and events, deliveries and the tokens of members
/// that ended longer ago than events are kept. In many small transactions, and not more than so many in one call: answers whether
/// all has gone.
Result<bool> sweep_old(House&);

}  // namespace innkeeper::pipeline
