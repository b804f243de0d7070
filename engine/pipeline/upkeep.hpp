#pragma once

#include "engine/pipeline/pipeline.hpp"

namespace innkeeper::pipeline {

/// Writes down when keys were last used.
Result<void> store_uses(House&);

/// Takes out what has had its time: answers to repeated requests, access tokens, and events, deliveries and the tokens of members
/// that ended longer ago than events are kept.
Result<void> sweep_old(House&);

}  // namespace innkeeper::pipeline
