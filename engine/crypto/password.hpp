#pragma once

#include <innkeeper/environment.hpp>

#include <string>
#include <string_view>

namespace innkeeper::crypto {

/// A password as it may be stored: Argon2id (RFC 9106) over 19 MiB, twice, with 16 bytes of salt, as
/// `$argon2id$v=19$m=19456,t=2,p=1$SALT$HASH`. Takes tens of milliseconds.
std::string hash_password(Random&, std::string_view password);

/// Whether `encoded` is the hash of this password, made here or elsewhere. False for another form than that of `hash_password`,
/// and for costs above 256 MiB, 16 passes or 16 lanes, which are not tried.
bool check_password(std::string_view encoded, std::string_view password);

}  // namespace innkeeper::crypto
