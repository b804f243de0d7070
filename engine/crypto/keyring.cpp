#include "engine/crypto/keyring.hpp"

#include <innkeeper/model.hpp>
#include <innkeeper/store.hpp>
#include <innkeeper/transaction.hpp>

#include "engine/base/records.hpp"
#include "engine/base/stripes.hpp"

#include <botan/aead.h>
#include <botan/kdf.h>
#include <botan/mac.h>
#include <botan/mem_ops.h>

#include <array>
#include <mutex>
#include <optional>
#include <utility>

namespace innkeeper::crypto {

namespace {

using SecretBytes = Botan::secure_vector<std::uint8_t>;

constexpr std::size_t nonce_size = 12;
constexpr std::size_t tag_size = 16;
constexpr std::string_view pepper_name = "pepper";
constexpr std::string_view signing_name = "signing_key";

/// How a sealed text begins: which key it is under.
constexpr char under_master_key = 1;
constexpr char under_own_key = 2;

/// What subkeys are derived with. None of it ever changes, or what is stored would be lost.
constexpr std::string_view salt = "innkeeper";
constexpr std::array<std::string_view, 4> mac_names{"audit chain", "idempotency", "sip pins", "tickets"};
static_assert(static_cast<std::size_t>(Purpose::tickets) + 1 == mac_names.size());
constexpr std::string_view seals_name = "seals";
constexpr std::string_view cursors_name = "cursors";
constexpr std::string_view tokens_name = "tokens";

const std::uint8_t* bytes_of(std::string_view text) { return reinterpret_cast<const std::uint8_t*>(text.data()); }
std::string string_of(const SecretBytes& bytes) { return {bytes.begin(), bytes.end()}; }

SecretBytes subkey_of(std::string_view pepper, std::string_view purpose, std::size_t size) {
  return Botan::KDF::create_or_throw("HKDF(SHA-256)")
      ->derive_key(size, bytes_of(pepper), pepper.size(), bytes_of(salt), salt.size(), bytes_of(purpose), purpose.size());
}

/// Objects that are dear to make and cannot be shared while in use.
template <class T>
class Pool {
 public:
  template <class Make, class Use>
  auto use(Make make, Use use) {
    auto& [mutex, item] = items_.mine();
    const std::lock_guard lock(mutex);
    // One whose use throws is in no known state, and not kept.
    auto own = item ? std::move(item) : make();
    auto result = use(*own);
    item = std::move(own);
    return result;
  }

 private:
  struct Item {
    std::mutex mutex{};
    std::unique_ptr<T> item{};
  };
  base::Stripes<Item> items_;
};

/// HMAC-SHA-256 under one key.
class Mac {
 public:
  void set_key(SecretBytes key) { key_ = std::move(key); }
  Digest of(std::string_view text) {
    return pool_.use(
        [&] {
          auto mac = Botan::MessageAuthenticationCode::create_or_throw("HMAC(SHA-256)");
          mac->set_key(key_);
          return mac;
        },
        [&](Botan::MessageAuthenticationCode& mac) {
          Digest out;
          mac.update(bytes_of(text), text.size());
          mac.final(out.data());
          return out;
        });
  }

 private:
  SecretBytes key_;
  Pool<Botan::MessageAuthenticationCode> pool_;
};

/// An authenticated cipher, under the key that each use brings.
class Aead {
 public:
  explicit Aead(const char* algorithm) : algorithm_(algorithm) {}

  SecretBytes seal(const SecretBytes& key, std::string_view nonce, std::string_view plain, std::string_view bound_to) {
    return sealers_.use([&] { return Botan::AEAD_Mode::create_or_throw(algorithm_, Botan::Cipher_Dir::ENCRYPTION); },
                        [&](Botan::AEAD_Mode& cipher) {
                          begin(cipher, key, nonce, bound_to);
                          SecretBytes text(plain.begin(), plain.end());
                          cipher.finish(text);
                          return text;
                        });
  }
  std::optional<std::string> open(const SecretBytes& key, std::string_view nonce, std::string_view box,
                                  std::string_view bound_to) {
    if (box.size() < tag_size) return std::nullopt;
    return openers_.use([&] { return Botan::AEAD_Mode::create_or_throw(algorithm_, Botan::Cipher_Dir::DECRYPTION); },
                        [&](Botan::AEAD_Mode& cipher) -> std::optional<std::string> {
                          begin(cipher, key, nonce, bound_to);
                          SecretBytes text(box.begin(), box.end());
                          try {
                            cipher.finish(text);
                          } catch (const Botan::Exception&) {  // the tag does not fit
                            return std::nullopt;
                          }
                          return string_of(text);
                        });
  }

 private:
  static void begin(Botan::AEAD_Mode& cipher, const SecretBytes& key, std::string_view nonce, std::string_view bound_to) {
    cipher.clear();
    cipher.set_key(key);
    cipher.set_associated_data(bytes_of(bound_to), bound_to.size());
    cipher.start(bytes_of(nonce), nonce.size());
  }

  const char* algorithm_;
  Pool<Botan::AEAD_Mode> sealers_;
  Pool<Botan::AEAD_Mode> openers_;
};

}  // namespace

class Keyring::Impl {
 public:
  Impl(const MasterKey& key, Random& random) : master_key_(key), random_(random) {}

  /// Before anything but settings is sealed or opened.
  void set_pepper(std::string_view pepper) {
    constexpr std::size_t size = 32;
    constexpr std::size_t siv_size = 64;
    lookups_.set_key({pepper.begin(), pepper.end()});
    for (std::size_t i = 0; i < mac_names.size(); ++i) macs_.at(i).set_key(subkey_of(pepper, mac_names.at(i), size));
    row_keys_.set_key(subkey_of(pepper, seals_name, size));
    cursor_key_ = subkey_of(pepper, cursors_name, siv_size);
    token_keys_.set_key(subkey_of(pepper, tokens_name, size));
  }

  bool set_signer(std::string_view seed) { return (signer_ = Signer::from_seed(seed)).has_value(); }
  const Signer& signer() const { return *signer_; }

  Digest digest(std::string_view secret) { return lookups_.of(secret); }
  Digest mac(Purpose purpose, std::string_view text) { return macs_.at(static_cast<std::size_t>(purpose)).of(text); }
  Digest token_mac(std::string_view purpose, std::string_view text) {
    return hmac_sha256(as_text(token_keys_.of(purpose)), text);
  }

  Bytes seal_setting(std::string_view plain, std::string_view name) { return sealed(under_master_key, plain, name); }
  /// Under the master key and no other: rows' keys come of the pepper, which whoever writes in the store might have put there.
  std::optional<std::string> open_setting(const Bytes& sealed, std::string_view name) {
    return sealed.data.starts_with(under_master_key) ? open(sealed, name) : std::nullopt;
  }

  Bytes seal(std::string_view plain, std::string_view bound_to) { return sealed(under_own_key, plain, bound_to); }
  std::optional<std::string> open(const Bytes& sealed, std::string_view bound_to) {
    const std::string_view data{sealed.data};
    if (data.size() < 1 + nonce_size + tag_size || (data.front() != under_master_key && data.front() != under_own_key))
      return std::nullopt;
    const auto key = key_of(data.front(), bound_to);
    return gcm_.open(key, data.substr(1, nonce_size), data.substr(1 + nonce_size), bound_to);
  }

  std::string seal_cursor(std::string_view plain, std::string_view bound_to) {
    const auto nonce = draw_nonce();
    return nonce + string_of(siv_.seal(cursor_key_, nonce, plain, bound_to));
  }
  std::optional<std::string> open_cursor(std::string_view sealed, std::string_view bound_to) {
    if (sealed.size() < nonce_size) return std::nullopt;
    return siv_.open(cursor_key_, sealed.substr(0, nonce_size), sealed.substr(nonce_size), bound_to);
  }

 private:
  std::string draw_nonce() {
    std::array<std::byte, nonce_size> drawn;
    random_.fill(drawn);
    return {reinterpret_cast<const char*>(drawn.data()), drawn.size()};
  }
  SecretBytes key_of(char format, std::string_view bound_to) {
    if (format == under_own_key) {
      const auto key = row_keys_.of(bound_to);
      return {key.begin(), key.end()};
    }
    const auto& key = master_key_.bytes();
    const auto* bytes = reinterpret_cast<const std::uint8_t*>(key.data());
    return {bytes, bytes + key.size()};
  }
  Bytes sealed(char format, std::string_view plain, std::string_view bound_to) {
    const auto nonce = draw_nonce();
    const auto box = gcm_.seal(key_of(format, bound_to), nonce, plain, bound_to);
    Bytes sealed;
    sealed.data.reserve(1 + nonce.size() + box.size());
    sealed.data.append(1, format).append(nonce).append(box.begin(), box.end());
    return sealed;
  }

  MasterKey master_key_;
  Random& random_;
  std::optional<Signer> signer_;
  Mac lookups_;
  std::array<Mac, mac_names.size()> macs_;
  Mac row_keys_;
  SecretBytes cursor_key_;
  Mac token_keys_;
  Aead gcm_{"AES-256/GCM"};
  Aead siv_{"AES-256/SIV"};
};

Keyring::Keyring(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Keyring::~Keyring() = default;

Result<std::unique_ptr<Keyring>> Keyring::open(Store& store, const MasterKey& key, Random& random) {
  auto impl = std::make_unique<Impl>(key, random);
  std::string pepper;
  std::string seed;
  const auto keep = [&](Transaction& tx, std::string_view name, std::string& secret) -> Result<void> {
    auto stored = tx.first(Query<Setting>{}.where(&Setting::name, name));
    if (stored) {
      auto opened = impl->open_setting(stored->value, name);
      if (!opened) return Error{Errc::forbidden, Reason{"master_key.wrong"}, "the store was sealed with another master key"};
      secret = std::move(*opened);
      return {};
    }
    if (stored.error().code != Errc::not_found) return stored.error();
    std::array<std::byte, 32> fresh;
    random.fill(fresh);
    secret.assign(reinterpret_cast<const char*>(fresh.data()), fresh.size());
    Setting setting{.name = std::string{name}, .value = impl->seal_setting(secret, name)};
    return tx.insert(setting);
  };
  auto done = store.run(Access::write, [&](Transaction& tx) -> Result<void> {
    if (auto kept = keep(tx, pepper_name, pepper); !kept) return kept;
    return keep(tx, signing_name, seed);
  });
  if (!done) return done.error();
  impl->set_pepper(pepper);
  const bool is_whole = impl->set_signer(seed);
  Botan::secure_scrub_memory(pepper.data(), pepper.size());
  Botan::secure_scrub_memory(seed.data(), seed.size());
  if (!is_whole) return Error{Errc::internal, Reason{"signing_key.broken"}, "the store's signing key is broken"};
  return std::unique_ptr<Keyring>(new Keyring(std::move(impl)));
}

Result<bool> Keyring::is_in(Store& store) {
  std::int64_t found = 0;
  auto done = store.run(Access::read, [&](Transaction& tx) -> Result<void> {
    auto count = tx.count(Query<Setting>{}.where(&Setting::name, pepper_name));
    if (!count) return count.error();
    found = *count;
    return {};
  });
  if (!done) return done.error();
  return found > 0;
}

const Signer& Keyring::signer() const { return impl_->signer(); }
Digest Keyring::digest(std::string_view secret) const { return impl_->digest(secret); }
Digest Keyring::mac(Purpose purpose, std::string_view text) const { return impl_->mac(purpose, text); }
Digest Keyring::token_mac(std::string_view purpose, std::string_view text) const { return impl_->token_mac(purpose, text); }
Bytes Keyring::seal(std::string_view plain, std::string_view bound_to) const { return impl_->seal(plain, bound_to); }
std::optional<std::string> Keyring::open(const Bytes& sealed, std::string_view bound_to) const {
  return impl_->open(sealed, bound_to);
}
std::string Keyring::seal_cursor(std::string_view plain, std::string_view bound_to) const {
  return impl_->seal_cursor(plain, bound_to);
}
std::optional<std::string> Keyring::open_cursor(std::string_view sealed, std::string_view bound_to) const {
  return impl_->open_cursor(sealed, bound_to);
}

}  // namespace innkeeper::crypto
