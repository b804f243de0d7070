#pragma once

#include <innkeeper/telling.hpp>

/// What webhooks are told in this contract's words (§10).
namespace innkeeper::dialects::enablex {

extern const Telling telling;

}  // namespace innkeeper::dialects::enablex
