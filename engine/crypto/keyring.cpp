#include "engine/crypto/keyring.hpp"

#include <innkeeper/model.hpp>
#include <innkeeper/store.hpp>

#include "engine/base/stripes.hpp"

#include <botan/aead.h>
#include <botan/mac.h>
#include <botan/mem_ops.h>

#include <array>
#include <mutex>
#include <utility>

namespace innkeeper::crypto {

namespace {

constexpr std::size_t nonce_size = 12;
constexpr std::size_t tag_size = 16;
constexpr char format = 1;
constexpr std::string_view pepper_name = "pepper";
constexpr std::string_view signing_name = "signing_key";

const std::uint8_t* bytes_of(std::string_view text) { return reinterpret_cast<const std::uint8_t*>(text.data()); }

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

using Cipher = Botan::AEAD_Mode;

std::unique_ptr<Cipher> make_cipher(const MasterKey& key, Botan::Cipher_Dir direction) {
  auto cipher = Botan::AEAD_Mode::create_or_throw("AES-256/GCM", direction);
  cipher->set_key(reinterpret_cast<const std::uint8_t*>(key.bytes().data()), key.bytes().size());
  return cipher;
}

}  // namespace

class Keyring::Impl {
 public:
  Impl(const MasterKey& key, Random& random) : key_(key), random_(random) {}

  void set_pepper(std::string_view pepper) { pepper_.assign(pepper.begin(), pepper.end()); }

  bool set_signer(std::string_view seed) { return (signer_ = Signer::from_seed(seed)).has_value(); }
  const Signer& signer() const { return *signer_; }

  Digest digest(std::string_view secret) {
    return macs_.use(
        [&] {
          auto mac = Botan::MessageAuthenticationCode::create_or_throw("HMAC(SHA-256)");
          mac->set_key(pepper_.data(), pepper_.size());
          return mac;
        },
        [&](Botan::MessageAuthenticationCode& mac) {
          Digest out;
          mac.update(bytes_of(secret), secret.size());
          mac.final(out.data());
          return out;
        });
  }

  Bytes seal(std::string_view plain, std::string_view bound_to) {
    std::array<std::byte, nonce_size> nonce;
    random_.fill(nonce);
    const auto* nonce_bytes = reinterpret_cast<const std::uint8_t*>(nonce.data());
    return sealers_.use([&] { return make_cipher(key_, Botan::Cipher_Dir::ENCRYPTION); },
                        [&](Cipher& cipher) {
                          Botan::secure_vector<std::uint8_t> text(plain.begin(), plain.end());
                          cipher.set_associated_data(bytes_of(bound_to), bound_to.size());
                          cipher.start(nonce_bytes, nonce.size());
                          cipher.finish(text);
                          Bytes sealed;
                          sealed.data.reserve(1 + nonce.size() + text.size());
                          sealed.data += format;
                          sealed.data.append(reinterpret_cast<const char*>(nonce.data()), nonce.size());
                          sealed.data.append(reinterpret_cast<const char*>(text.data()), text.size());
                          return sealed;
                        });
  }

  std::optional<std::string> open(const Bytes& sealed, std::string_view bound_to) {
    const std::string_view data{sealed.data};
    if (data.size() < 1 + nonce_size + tag_size || data.front() != format) return std::nullopt;
    return openers_.use([&] { return make_cipher(key_, Botan::Cipher_Dir::DECRYPTION); },
                        [&](Cipher& cipher) -> std::optional<std::string> {
                          const auto nonce = data.substr(1, nonce_size);
                          const auto box = data.substr(1 + nonce_size);
                          Botan::secure_vector<std::uint8_t> text(box.begin(), box.end());
                          cipher.set_associated_data(bytes_of(bound_to), bound_to.size());
                          cipher.start(bytes_of(nonce), nonce.size());
                          try {
                            cipher.finish(text);
                          } catch (const Botan::Exception&) {  // the tag does not fit
                            cipher.reset();
                            return std::nullopt;
                          }
                          return std::string{text.begin(), text.end()};
                        });
  }

 private:
  MasterKey key_;
  Random& random_;
  Botan::secure_vector<std::uint8_t> pepper_;
  std::optional<Signer> signer_;
  Pool<Botan::MessageAuthenticationCode> macs_;
  Pool<Cipher> sealers_;
  Pool<Cipher> openers_;
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
      auto opened = impl->open(stored->value, name);
      if (!opened) return Error{Errc::forbidden, Reason{"master_key.wrong"}, "the store was sealed with another master key"};
      secret = std::move(*opened);
      return {};
    }
    if (stored.error().code != Errc::not_found) return stored.error();
    std::array<std::byte, 32> fresh;
    random.fill(fresh);
    secret.assign(reinterpret_cast<const char*>(fresh.data()), fresh.size());
    Setting setting{.name = std::string{name}, .value = impl->seal(secret, name)};
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
Bytes Keyring::seal(std::string_view plain, std::string_view bound_to) const { return impl_->seal(plain, bound_to); }
std::optional<std::string> Keyring::open(const Bytes& sealed, std::string_view bound_to) const {
  return impl_->open(sealed, bound_to);
}

}  // namespace innkeeper::crypto
