#include "engine/crypto/password.hpp"

#include "engine/base/text.hpp"
#include "engine/crypto/digest.hpp"

#include <botan/pwdhash.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

namespace innkeeper::crypto {

namespace {

constexpr std::string_view prefix = "$argon2id$v=19$";
constexpr std::size_t salt_size = 16;
constexpr std::size_t hash_size = 32;
constexpr std::int64_t most_memory = 262'144;

/// What a hash costs: KiB of memory, passes over it, lanes.
struct Cost {
  std::int64_t memory = 19'456;
  std::int64_t passes = 2;
  std::int64_t lanes = 1;
};

bool is_bearable(const Cost& cost) {
  return cost.lanes >= 1 && cost.lanes <= 16 && cost.passes >= 1 && cost.passes <= 16 && cost.memory >= 8 * cost.lanes &&
         cost.memory <= most_memory;
}

struct Encoded {
  Cost cost;
  std::string salt;
  std::string hash;
};

/// Base64 without padding.
std::string bare_base64(std::string_view bytes) {
  auto text = base64_encode(bytes);
  while (text.ends_with('=')) text.pop_back();
  return text;
}

std::optional<std::string> read_bare_base64(std::string_view text) {
  if (text.find('=') != std::string_view::npos) return std::nullopt;
  return base64_decode(std::string{text}.append((4 - text.size() % 4) % 4, '='));
}

/// The text between `name` and `end`, both of which are taken off; nothing if they are not there.
std::optional<std::string_view> take(std::string_view& rest, std::string_view name, char end) {
  const auto at = rest.find(end);
  if (!rest.starts_with(name) || at == std::string_view::npos) return std::nullopt;
  const auto taken = rest.substr(name.size(), at - name.size());
  rest.remove_prefix(at + 1);
  return taken;
}

std::optional<Encoded> read(std::string_view text) {
  if (!text.starts_with(prefix)) return std::nullopt;
  text.remove_prefix(prefix.size());
  const auto memory = base::to_number(take(text, "m=", ',').value_or(""));
  const auto passes = base::to_number(take(text, "t=", ',').value_or(""));
  const auto lanes = base::to_number(take(text, "p=", '$').value_or(""));
  const auto salt = read_bare_base64(take(text, "", '$').value_or(""));
  const auto hash = read_bare_base64(text);
  if (!memory || !passes || !lanes || !salt || !hash) return std::nullopt;
  if (salt->size() < 8 || salt->size() > 64 || hash->size() < 16 || hash->size() > 64) return std::nullopt;
  Encoded encoded{{.memory = *memory, .passes = *passes, .lanes = *lanes}, *salt, *hash};
  if (!is_bearable(encoded.cost)) return std::nullopt;
  return encoded;
}

std::string derive(const Cost& cost, std::string_view salt, std::string_view password, std::size_t size) {
  const auto argon2 = Botan::PasswordHashFamily::create_or_throw("Argon2id")
                          ->from_params(static_cast<std::size_t>(cost.memory), static_cast<std::size_t>(cost.passes),
                                        static_cast<std::size_t>(cost.lanes));
  std::string hash(size, '\0');
  argon2->derive_key(reinterpret_cast<std::uint8_t*>(hash.data()), hash.size(), password.data(), password.size(),
                     reinterpret_cast<const std::uint8_t*>(salt.data()), salt.size());
  return hash;
}

}  // namespace

std::string hash_password(Random& random, std::string_view password) {
  std::array<std::byte, salt_size> bytes;
  random.fill(bytes);
  const std::string_view salt{reinterpret_cast<const char*>(bytes.data()), bytes.size()};
  const Cost cost;
  std::string out{prefix};
  out += "m=";
  base::append_number(out, cost.memory);
  out += ",t=";
  base::append_number(out, cost.passes);
  out += ",p=";
  base::append_number(out, cost.lanes);
  return out + "$" + bare_base64(salt) + "$" + bare_base64(derive(cost, salt, password, hash_size));
}

bool check_password(std::string_view encoded, std::string_view password) {
  const auto expected = read(encoded);
  return expected &&
         equals_in_constant_time(expected->hash, derive(expected->cost, expected->salt, password, expected->hash.size()));
}

}  // namespace innkeeper::crypto
