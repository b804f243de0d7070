#include "engine/base/records.hpp"
#include "engine/crypto/digest.hpp"
#include "engine/crypto/keyring.hpp"
#include "engine/crypto/password.hpp"
#include "engine/crypto/secret.hpp"
#include "engine/crypto/webhook_signature.hpp"
#include "tests/support/environment.hpp"

#include <innkeeper/engine.hpp>
#include <innkeeper/memory.hpp>
#include <innkeeper/model.hpp>
#include <innkeeper/schema/model.hpp>

#include <boost/test/unit_test.hpp>

#include <sys/stat.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <set>
#include <string>

using namespace innkeeper;

namespace {

struct Ring {
  tests::SeededRandom random{7};
  std::unique_ptr<Store> store = open_memory();
  MasterKey key = MasterKey::generate(random);
  Ring() { BOOST_REQUIRE(is_sealed(*store).has_value()); }
  std::unique_ptr<crypto::Keyring> open() { return crypto::Keyring::open(*store, key, random).value(); }
};

std::string hex(const crypto::Digest& digest) {
  std::string out;
  for (auto each : digest) {
    out += "0123456789abcdef"[each >> 4U];
    out += "0123456789abcdef"[each & 15U];
  }
  return out;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(crypto_room)

BOOST_AUTO_TEST_CASE(digests_agree_with_the_published_vectors) {
  BOOST_TEST(hex(crypto::sha256("abc")) == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  // RFC 4231, test case 2.
  BOOST_TEST(hex(crypto::hmac_sha256("Jefe", "what do ya want for nothing?")) ==
             "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
}

BOOST_AUTO_TEST_CASE(base64_is_strict) {
  BOOST_TEST(crypto::base64_encode("a:b") == "YTpi");
  BOOST_TEST(crypto::base64_decode("YTpi").value() == "a:b");
  BOOST_TEST(crypto::base64_decode("").value() == "");
  for (auto broken : {"YTp", "YTpi\n", "YT pi", "Y===", "YTp*", "YTpi="}) BOOST_TEST(!crypto::base64_decode(broken).has_value());
}

BOOST_AUTO_TEST_CASE(base64url_has_one_spelling_for_each_value) {
  // RFC 7515, appendix C.
  const std::string_view bytes{"\x03\xec\xff\xe0\xc1", 5};
  BOOST_TEST(crypto::base64url_encode(bytes) == "A-z_4ME");
  BOOST_TEST(crypto::base64url_decode("A-z_4ME").value() == bytes);
  BOOST_TEST(crypto::base64url_encode("") == "");
  BOOST_TEST(crypto::base64url_decode("").value() == "");
  std::string all;
  for (int i = 0; i < 256; ++i) {
    all += static_cast<char>(i);
    const auto text = crypto::base64url_encode(all);
    BOOST_TEST(text.find_first_of("+/=") == std::string::npos);
    BOOST_TEST(crypto::base64url_decode(text).value() == all);
  }
  // The last two say the same bytes as "QQ" and "QUI" to a reader that ignores what is left over.
  for (auto broken : {"A", "AAAAA", "QQ==", "QUI=", "A+z/4ME", "QQ\n", " QQ", "Q*", "QR", "QUJ"})
    BOOST_TEST(!crypto::base64url_decode(broken).has_value());
  BOOST_TEST(!crypto::base64url_decode({"QQ\0A", 4}).has_value());
}

BOOST_AUTO_TEST_CASE(a_webhook_is_signed_as_in_the_published_example) {
  const auto key = crypto::webhook_key_of("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").value();
  BOOST_TEST(key.size() == 24U);
  BOOST_TEST(crypto::sign_webhook(key, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, R"({"test": 2432232314})") ==
             "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
}

BOOST_AUTO_TEST_CASE(each_part_of_a_webhook_changes_its_signature) {
  const std::string key(32, 'k');
  const std::set<std::string> signatures{crypto::sign_webhook(key, "msg_1", 1, "{}"), crypto::sign_webhook(key, "msg_2", 1, "{}"),
                                         crypto::sign_webhook(key, "msg_1", 2, "{}"), crypto::sign_webhook(key, "msg_1", 1, "[]"),
                                         crypto::sign_webhook(std::string(32, 'j'), "msg_1", 1, "{}")};
  BOOST_TEST(signatures.size() == 5U);
}

BOOST_AUTO_TEST_CASE(a_new_webhook_secret_stands_for_32_bytes_and_is_never_the_same) {
  tests::SeededRandom random{4};
  const auto secret = crypto::make_webhook_secret(random);
  BOOST_TEST(crypto::webhook_key_of(secret).value().size() == 32U);
  BOOST_TEST(crypto::make_webhook_secret(random) != secret);
}

BOOST_AUTO_TEST_CASE(a_webhook_secret_has_its_prefix_and_24_to_64_bytes) {
  const auto secret_of = [](std::size_t size) { return "whsec_" + crypto::base64_encode(std::string(size, 'k')); };
  for (std::size_t size : {24U, 25U, 64U}) BOOST_TEST(crypto::webhook_key_of(secret_of(size)).value() == std::string(size, 'k'));
  for (std::size_t size : {0U, 23U, 65U}) BOOST_TEST(!crypto::webhook_key_of(secret_of(size)).has_value());
  const auto good = secret_of(32);
  for (const auto& broken :
       {std::string{}, good.substr(6), "WHSEC_" + good.substr(6), good + "\n", good.substr(0, good.size() - 1)})
    BOOST_TEST(!crypto::webhook_key_of(broken).has_value());
}

BOOST_AUTO_TEST_CASE(a_password_is_hashed_as_by_the_reference_implementation) {
  // Its own test vectors, with the salt "somesalt".
  for (auto encoded : {"$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4",
                       "$argon2id$v=19$m=256,t=2,p=2$c29tZXNhbHQ$bQk8UB/VmZZF4Oo79iDXuL5/0ttZwg2f/5U52iv1cDc"}) {
    BOOST_TEST(crypto::check_password(encoded, "password"));
    BOOST_TEST(!crypto::check_password(encoded, "Password"));
  }
}

BOOST_AUTO_TEST_CASE(a_password_is_recognised_by_its_hash_and_no_other_is) {
  tests::SeededRandom random{5};
  for (const std::string& password :
       {std::string{"correct horse"}, std::string{}, std::string("a\0b", 3), std::string(1'000, 'x')}) {
    const auto encoded = crypto::hash_password(random, password);
    BOOST_TEST(encoded.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"));
    BOOST_TEST(encoded.size() == 97U);
    BOOST_TEST(crypto::check_password(encoded, password));
    BOOST_TEST(!crypto::check_password(encoded, password + "x"));
    BOOST_TEST(crypto::hash_password(random, password) != encoded);
  }
}

BOOST_AUTO_TEST_CASE(what_is_no_hash_of_a_password_fits_none) {
  const std::string good = "$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4";
  const std::string end = "$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4";
  for (std::size_t size = 0; size < good.size(); ++size) BOOST_TEST(!crypto::check_password(good.substr(0, size), "password"));
  for (const auto& broken :
       {good + "=", good + "\n", good + "$", " " + good, "$argon2i$v=19$m=256,t=2,p=1" + end,
        "$argon2id$v=16$m=256,t=2,p=1" + end, "$argon2id$m=256,t=2,p=1" + end, "$argon2id$v=19$m=0,t=2,p=1" + end,
        "$argon2id$v=19$m=7,t=2,p=1" + end, "$argon2id$v=19$m=256,t=0,p=1" + end, "$argon2id$v=19$m=256,t=2,p=0" + end,
        "$argon2id$v=19$m=256,t=2,p=-1" + end, "$argon2id$v=19$m=256,p=1,t=2" + end, "$argon2id$v=19$m=0256,t=2,p=1" + end,
        "$argon2id$v=19$m=256,t=2,p=1,x=1" + end,
        std::string{"$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHR$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4"},
        std::string{"$argon2id$v=19$m=256,t=2,p=1$$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4"},
        std::string{"$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$"}, std::string{"$2b$10$abcdefghijklmnopqrstuv"}})
    BOOST_TEST(!crypto::check_password(broken, "password"));
}

BOOST_AUTO_TEST_CASE(a_hash_that_costs_too_much_is_not_tried) {
  const std::string end = "$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4";
  for (auto cost :
       {"m=262145,t=2,p=1", "m=9007199254740991,t=1,p=1", "m=256,t=17,p=1", "m=256,t=9007199254740991,p=1", "m=256,t=1,p=17"})
    BOOST_TEST(!crypto::check_password(std::string{"$argon2id$v=19$"} + cost + end, "password"));
}

BOOST_AUTO_TEST_CASE(a_secret_has_47_letters_and_digits_and_a_checksum_that_finds_every_single_slip) {
  tests::SeededRandom random{1};
  const auto secret = crypto::make_secret(random);
  BOOST_TEST(secret.size() == 47U);
  BOOST_TEST(secret.starts_with("inkL"));
  BOOST_TEST(crypto::make_secret(random, crypto::Mode::test).starts_with("inkT"));
  BOOST_TEST(std::all_of(secret.begin(), secret.end(), [](unsigned char c) { return std::isalnum(c) != 0; }));
  BOOST_TEST(crypto::is_well_formed_secret(secret));
  for (std::size_t i = 0; i < secret.size(); ++i) {
    auto slip = secret;
    slip[i] = slip[i] == 'x' ? 'y' : 'x';
    BOOST_TEST(!crypto::is_well_formed_secret(slip));
  }
  BOOST_TEST(!crypto::is_well_formed_secret(secret.substr(1)));
}

BOOST_AUTO_TEST_CASE(secrets_use_every_character_about_equally_often) {
  tests::SeededRandom random{2};
  std::array<int, 128> seen{};
  constexpr int rounds = 2'000;
  for (int i = 0; i < rounds; ++i)
    for (char c : crypto::make_secret(random).substr(4, 37)) ++seen[static_cast<std::size_t>(c)];
  const double expected = rounds * 37 / 62.0;
  for (char c : std::string_view{"09AZaz"}) {
    BOOST_TEST(seen[static_cast<std::size_t>(c)] > expected * 0.85);
    BOOST_TEST(seen[static_cast<std::size_t>(c)] < expected * 1.15);
  }
}

BOOST_AUTO_TEST_CASE(a_hint_shows_at_most_a_quarter_of_a_secret) {
  BOOST_TEST(crypto::hint_of("inkLabcdefghijklmnop") == "mnop");
  BOOST_TEST(crypto::hint_of("12345678") == "78");
  BOOST_TEST(crypto::hint_of("abc") == "");
}

BOOST_AUTO_TEST_CASE(a_sealed_secret_opens_only_in_its_own_row_and_unaltered) {
  Ring ring;
  const auto keyring = ring.open();
  const auto sealed = keyring->seal("the secret", "key:1");
  BOOST_TEST(keyring->open(sealed, "key:1").value() == "the secret");
  BOOST_TEST(!keyring->open(sealed, "key:2").has_value());
  for (std::size_t i = 0; i < sealed.data.size(); ++i) {
    auto altered = sealed;
    altered.data[i] = static_cast<char>(altered.data[i] ^ 1);
    BOOST_TEST(!keyring->open(altered, "key:1").has_value());
  }
  BOOST_TEST(!keyring->open(Bytes{}, "key:1").has_value());
  BOOST_TEST(keyring->open(sealed, "key:1").has_value());
}

BOOST_AUTO_TEST_CASE(sealing_twice_gives_different_bytes_and_never_the_plain_text) {
  Ring ring;
  const auto keyring = ring.open();
  const auto first = keyring->seal("the secret", "key:1");
  BOOST_CHECK(first != keyring->seal("the secret", "key:1"));
  BOOST_TEST(first.data.find("secret") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_cursor_opens_unaltered_where_it_belongs) {
  Ring ring;
  const auto keyring = ring.open();
  const auto sealed = keyring->seal_cursor("7i42", "/rooms?");
  BOOST_TEST(sealed.find("7i42") == std::string::npos);
  BOOST_TEST(keyring->open_cursor(sealed, "/rooms?").value() == "7i42");
  BOOST_TEST(!keyring->open_cursor(sealed, "/apps?").has_value());
  for (std::size_t i = 0; i < sealed.size(); ++i) {
    auto altered = sealed;
    altered[i] = static_cast<char>(altered[i] ^ 1);
    BOOST_TEST(!keyring->open_cursor(altered, "/rooms?").has_value());
    BOOST_TEST(!keyring->open_cursor(sealed.substr(0, i), "/rooms?").has_value());
  }
}

BOOST_AUTO_TEST_CASE(no_two_purposes_share_a_key) {
  Ring ring;
  const auto keyring = ring.open();
  std::set<std::string> seen{hex(keyring->digest("x"))};
  for (const auto purpose :
       {crypto::Purpose::audit_chain, crypto::Purpose::idempotency, crypto::Purpose::sip_pins, crypto::Purpose::tickets})
    BOOST_TEST(seen.insert(hex(keyring->mac(purpose, "x"))).second);
  // Nor can one be had as what another makes of some text: HKDF's last step is an HMAC too (RFC 5869 §2.3).
  const auto as_key = keyring->digest(std::string{"tickets"} + '\1');
  BOOST_CHECK(crypto::hmac_sha256(crypto::as_text(as_key), "x") != keyring->mac(crypto::Purpose::tickets, "x"));
}

BOOST_AUTO_TEST_CASE(each_row_is_sealed_under_a_key_of_its_own) {
  Ring ring;
  const auto keyring = ring.open();
  tests::SeededRandom first{9};
  tests::SeededRandom second{9};
  // The same nonce and text under one key would give the same bytes.
  const auto one = crypto::Keyring::open(*ring.store, ring.key, first).value()->seal("secret", "key:1").data;
  const auto other = crypto::Keyring::open(*ring.store, ring.key, second).value()->seal("secret", "key:2").data;
  BOOST_TEST(one.substr(0, 13) == other.substr(0, 13));
  BOOST_TEST(one.substr(13, 6) != other.substr(13, 6));
}

BOOST_AUTO_TEST_CASE(what_is_stored_already_is_read_under_the_keys_it_was_made_with) {
  Ring ring;
  const auto keyring = ring.open();
  Setting pepper;
  ring.store
      ->run(Access::read,
            [&](Transaction& tx) -> Result<void> {
              pepper = tx.first(Query<Setting>{}.where(&Setting::name, "pepper")).value();
              return {};
            })
      .value();
  // Sealed as everything was until schema step 3: under the master key itself.
  BOOST_TEST(pepper.value.data.front() == '\1');
  const auto plain = keyring->open(pepper.value, "pepper").value();
  BOOST_CHECK(crypto::hmac_sha256(plain, "a secret") == keyring->digest("a secret"));
}

BOOST_AUTO_TEST_CASE(a_pepper_that_is_not_under_the_master_key_is_refused) {
  Ring ring;
  const auto planted = ring.open()->seal(std::string(32, 'p'), "pepper");
  ring.store
      ->run(Access::write,
            [&](Transaction& tx) -> Result<void> {
              auto setting = tx.first(Query<Setting>{}.where(&Setting::name, "pepper")).value();
              setting.value = planted;
              return tx.update(setting);
            })
      .value();
  auto opened = crypto::Keyring::open(*ring.store, ring.key, ring.random);
  BOOST_REQUIRE(!opened);
  BOOST_CHECK(opened.error().reason == Reason{"master_key.wrong"});
}

BOOST_AUTO_TEST_CASE(the_pepper_stays_the_same_when_a_store_is_opened_again) {
  Ring ring;
  const auto before = ring.open()->digest("x");
  BOOST_CHECK(ring.open()->digest("x") == before);
  BOOST_CHECK(ring.open()->digest("y") != before);
  BOOST_CHECK(Ring{}.open()->digest("x") == before);  // the same seed throughout: a digest depends on nothing else
}

BOOST_AUTO_TEST_CASE(another_master_key_is_refused_and_the_store_stays_as_it_was) {
  Ring ring;
  BOOST_TEST(!is_sealed(*ring.store).value());
  const auto before = ring.open()->digest("x");
  BOOST_TEST(is_sealed(*ring.store).value());
  auto wrong = crypto::Keyring::open(*ring.store, MasterKey::generate(ring.random), ring.random);
  BOOST_REQUIRE(!wrong);
  BOOST_CHECK(wrong.error().code == Errc::forbidden);
  BOOST_CHECK(wrong.error().reason == Reason{"master_key.wrong"});
  BOOST_CHECK(ring.open()->digest("x") == before);
}

BOOST_AUTO_TEST_CASE(a_master_key_file_is_private_and_never_written_over) {
  tests::SeededRandom random{3};
  const tests::TemporaryFolder folder;
  const auto path = (folder.path() / "master.key").string();
  BOOST_CHECK(MasterKey::from_file(path).error().code == Errc::not_found);
  const auto made = MasterKey::create_file(path, random).value();
  struct stat about {};
  BOOST_REQUIRE(::stat(path.c_str(), &about) == 0);
  BOOST_TEST((about.st_mode & 0777U) == 0600U);
  BOOST_CHECK(MasterKey::from_file(path).value().bytes() == made.bytes());
  BOOST_CHECK(MasterKey::create_file(path, random).error().code == Errc::already_exists);
  BOOST_CHECK(MasterKey::from_file(path).value().bytes() == made.bytes());

  // The file is of a group of this process, which is how orchestrators mount secrets.
  for (const mode_t mode : {0400U, 0440U, 0640U}) {
    BOOST_REQUIRE(::chmod(path.c_str(), mode) == 0);
    BOOST_TEST(MasterKey::from_file(path).has_value(), mode);
  }
  for (const mode_t mode : {0604U, 0444U, 0460U, 0650U, 0602U, 0601U}) {
    BOOST_REQUIRE(::chmod(path.c_str(), mode) == 0);
    BOOST_CHECK(MasterKey::from_file(path).error().code == Errc::forbidden);
  }
}

BOOST_AUTO_TEST_CASE(a_master_key_text_is_64_digits_and_nothing_else) {
  const std::string digits(64, 'a');
  BOOST_TEST(MasterKey::from_text(" " + digits + "\r\n").has_value());
  BOOST_TEST(!MasterKey::from_text(digits + "0").has_value());
  BOOST_TEST(!MasterKey::from_text(digits.substr(1) + "g").has_value());
  BOOST_TEST(!MasterKey::from_text("").has_value());
}

BOOST_AUTO_TEST_CASE(the_system_random_does_not_repeat) {
  const auto random = system_random();
  std::set<std::string> seen;
  for (int i = 0; i < 1'000; ++i) seen.insert(crypto::make_uuid(*random));
  BOOST_TEST(seen.size() == 1'000U);
}

BOOST_AUTO_TEST_CASE(what_is_made_later_sorts_later) {
  const auto random = system_random();
  std::string last_hex;
  std::string last_uuid;
  for (int i = 0; i < 1'000; ++i) {
    const Instant now{std::chrono::milliseconds{1'705'312'191'000 + i * 97}};
    const auto hex = crypto::make_ordered_hex(*random, now, 12);
    const auto uuid = crypto::make_ordered_uuid(*random, now);
    BOOST_TEST((hex.size() == 24 && uuid.size() == 36 && uuid[14] == '7'));
    BOOST_TEST((hex > last_hex && uuid > last_uuid));
    last_hex = hex;
    last_uuid = uuid;
  }
  BOOST_TEST(
      crypto::make_ordered_hex(*random, Instant{std::chrono::milliseconds{0x0123456789ab}}, 12).starts_with("0123456789ab"));
}

BOOST_AUTO_TEST_SUITE_END()
