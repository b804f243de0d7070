#pragma once

#include <innkeeper/result.hpp>

#include <string_view>

namespace innkeeper::base {

/// The reason phrase of a status; empty for one this library never sends.
std::string_view reason_phrase(int status);

/// `not_found` and so on.
std::string_view name_of(Errc);

}  // namespace innkeeper::base
