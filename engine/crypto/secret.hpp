#pragma once

#include <innkeeper/environment.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace innkeeper::crypto {

enum class Mode : std::uint8_t { live, test };

/// Characters of a secret that is made here.
inline constexpr std::size_t secret_size = 47;

/// A new secret: `ink`, the mode's letter, 37 random characters of `[0-9A-Za-z]` (220 bits), 6 of checksum: 47 in all. The
/// checksum lets a bad paste fail without a look at any store, and lets scanners find leaks.
std::string make_secret(Random&, Mode = Mode::live);

/// Whether a text has the form and the checksum of `make_secret`. Imported secrets need not.
bool is_well_formed_secret(std::string_view text);

/// The last four characters, to tell secrets apart in lists; fewer of a short one, so that no more than a quarter shows.
std::string hint_of(std::string_view secret);

std::string make_hex(Random&, std::size_t bytes);
std::string make_uuid(Random&);

/// The same with the time in front, in milliseconds: what is made later sorts later, so that an index over many of them grows at
/// its end and does not touch a page of its own for each. The UUID is of version 7 (RFC 9562 §5.7); `bytes` is 12 at least.
std::string make_ordered_hex(Random&, Instant now, std::size_t bytes);
std::string make_ordered_uuid(Random&, Instant now);

}  // namespace innkeeper::crypto
