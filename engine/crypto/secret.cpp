#include "engine/crypto/secret.hpp"

#include "engine/base/text.hpp"
#include "engine/crypto/digest.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <span>
#include <vector>

namespace innkeeper::crypto {

namespace {

constexpr std::string_view alphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
constexpr std::size_t random_characters = 37;
constexpr std::size_t checksum_characters = 6;
constexpr std::size_t checked_size = 4 + random_characters;

std::string checksum(std::string_view text) {
  const auto digest = sha256(text);
  std::uint64_t number = 0;
  for (std::size_t i = 0; i < 8; ++i) number = number << 8U | digest[i];
  std::string out;
  for (std::size_t i = 0; i < checksum_characters; ++i, number /= alphabet.size()) out += alphabet[number % alphabet.size()];
  return out;
}

void append_random(std::string& out, Random& random, std::size_t characters) {
  // Bytes over the largest multiple of 62 are thrown away, so that every character is as likely as any other.
  constexpr unsigned fair = 256 - 256 % alphabet.size();
  std::array<std::byte, 48> pool;
  while (characters > 0) {
    random.fill(pool);
    for (auto each : pool) {
      const auto number = std::to_integer<unsigned>(each);
      if (number >= fair || characters == 0) continue;
      out += alphabet[number % alphabet.size()];
      --characters;
    }
  }
}

constexpr std::size_t time_bytes = 6;

void put_time(std::span<std::byte> out, Instant now) {
  auto ms = static_cast<std::uint64_t>(std::chrono::floor<std::chrono::milliseconds>(now).time_since_epoch().count());
  for (std::size_t i = time_bytes; i-- > 0; ms >>= 8U) out[i] = static_cast<std::byte>(ms & 0xFFU);
}

}  // namespace

std::string make_secret(Random& random, Mode mode) {
  std::string out{"ink"};
  out += mode == Mode::live ? 'L' : 'T';
  append_random(out, random, random_characters);
  return out + checksum(out);
}

bool is_well_formed_secret(std::string_view text) {
  return text.size() == checked_size + checksum_characters && text.starts_with("ink") && (text[3] == 'L' || text[3] == 'T') &&
         text.substr(checked_size) == checksum(text.substr(0, checked_size));
}

std::string hint_of(std::string_view secret) {
  return std::string{secret.substr(secret.size() - std::min<std::size_t>(4, secret.size() / 4))};
}

std::string make_hex(Random& random, std::size_t bytes) {
  std::vector<std::byte> raw(bytes);
  random.fill(raw);
  return base::to_hex(raw);
}

std::string make_uuid(Random& random) {
  std::array<std::byte, 16> raw;
  random.fill(raw);
  return base::to_uuid(raw);
}

std::string make_ordered_hex(Random& random, Instant now, std::size_t bytes) {
  std::vector<std::byte> raw(bytes);
  random.fill(raw);
  put_time(raw, now);
  return base::to_hex(raw);
}

std::string make_ordered_uuid(Random& random, Instant now) {
  constexpr std::size_t version_at = 14;
  std::array<std::byte, 16> raw;
  random.fill(raw);
  put_time(raw, now);
  auto text = base::to_uuid(raw);
  text[version_at] = '7';
  return text;
}

}  // namespace innkeeper::crypto
