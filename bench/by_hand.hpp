#pragma once

#include <botan/aead.h>
#include <botan/chacha_rng.h>
#include <botan/hash.h>
#include <botan/mac.h>
#include <botan/system_rng.h>
#include <sqlite3.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

/// The SkyWay contract's app by hand, in as little work as it can be: its text, its secrets, its rows. For the floor and the
/// peers.
namespace by_hand {

using Text = std::string_view;
struct Blob : Text {};
inline const std::uint8_t* octets(Text text) { return reinterpret_cast<const std::uint8_t*>(text.data()); }
inline void require(bool is_so, const char* what) {
  if (!is_so) throw std::runtime_error(what);
}

// ---- text --------------------------------------------------------------------------------------------------------------------

inline void append_number(std::string& out, std::int64_t number) {
  std::array<char, 20> digits;
  out.append(digits.data(), std::to_chars(digits.begin(), digits.end(), number).ptr);
}
/// With up to three decimals.
inline void append_gigabytes(std::string& out, std::int64_t bytes) {
  std::array<char, 32> digits;
  const auto number = static_cast<double>((bytes + 500'000) / 1'000'000) / 1'000;
  out.append(digits.data(), std::to_chars(digits.begin(), digits.end(), number, std::chars_format::fixed).ptr);
}
inline void append_hex(std::string& out, Text bytes) {
  constexpr Text digits{"0123456789abcdef"};
  for (const char each : bytes) (out += digits[static_cast<unsigned char>(each) >> 4U]) += digits[each & 15];
}
inline void append_pair(std::string& out, char before, std::int64_t number) {
  const std::array text{before, static_cast<char>('0' + number / 10), static_cast<char>('0' + number % 10)};
  out.append(text.data(), text.size());
}
inline void append_time(std::string& out, std::int64_t microseconds) {
  const std::chrono::sys_seconds instant{std::chrono::seconds{microseconds / 1'000'000}};
  const auto day = std::chrono::floor<std::chrono::days>(instant);
  const std::chrono::year_month_day date{day};
  const auto second = (instant - day).count();
  append_number(out += '"', int{date.year()});
  append_pair(out, '-', unsigned{date.month()});
  append_pair(out, '-', unsigned{date.day()});
  append_pair(out, 'T', second / 3600);
  append_pair(out, ':', second / 60 % 60);
  append_pair(out, ':', second % 60);
  out += "Z\"";
}
inline void append_quoted(std::string& out, Text text) {
  out += '"';
  for (const char* at = text.begin();; ++at) {
    const char* const plain = at;
    while (at != text.end() && *at != '"' && *at != '\\' && static_cast<unsigned char>(*at) >= ' ') ++at;
    out.append(plain, at);
    if (at == text.end()) break;
    const auto which = Text{"\"\\\b\f\n\r\t"}.find(*at);
    which == Text::npos ? append_hex(out += "\\u00", {at, 1}) : void((out += '\\') += "\"\\bfnrt"[which]);
  }
  out += '"';
}

struct App {
  std::int64_t id = 0;
  Text uid{}, description{""}, domains{"[]"}, permissions{"[]"}, status{"active"}, bucket{};
  bool has_credential = false;
  std::int64_t created_at = 0, updated_at = 0;
  std::array<std::int64_t, 6> usage{};  ///< Signaling, TURN bytes, SFU bytes; last month's, then this month's.
};

/// What does not change from one request to the next.
class Moment {
 public:
  std::int64_t now = 0, month = 0, last_month = 0;
  Text date() const { return {date_.data(), 29}; }
  void tick() {
    now = std::chrono::system_clock::now().time_since_epoch() / std::chrono::microseconds{1};
    if (now / 1'000'000 == second_) return;
    second_ = now / 1'000'000;
    std::tm utc{};
    std::strftime(date_.data(), date_.size(), "%a, %d %b %Y %H:%M:%S GMT", gmtime_r(&second_, &utc));
    month = (utc.tm_year + 1900) * 100 + utc.tm_mon + 1;
    last_month = utc.tm_mon == 0 ? month - 89 : month - 1;
  }

 private:
  std::time_t second_ = 0;
  std::array<char, 32> date_{};
};

inline void append_app(std::string& out, const App& app, const Moment& moment) {
  const auto append_month = [&](std::int64_t month, std::size_t at) {
    append_number(out += '"', month / 100);
    append_pair(out, '/', month % 100);
    append_number(out += "\":{\"signaling\":", app.usage[at]);
    append_gigabytes(out += ",\"turn\":", app.usage[at + 1]);
    append_gigabytes(out += ",\"sfu\":", app.usage[at + 2]);
  };
  append_number(out += "{\"id\":\"", app.id);
  append_quoted(out.append("\",\"apikey\":\"").append(app.uid).append("\",\"description\":"), app.description);
  out.append(",\"domains\":").append(app.domains).append(",\"permissions\":").append(app.permissions);
  out += ",\"usage_summary\":{";
  append_month(moment.last_month, 0);
  out += "},";
  append_month(moment.month, 3);
  const bool can_record = !app.bucket.empty() && app.has_credential && app.permissions.find("\"RECORDING\"") != Text::npos;
  out.append("}},\"status\":\"").append(app.status).append("\",\"recording\":{\"status\":\"");
  append_quoted(out.append(can_record ? "active" : "unavailable").append("\",\"bucket_name\":"), app.bucket);
  append_time(out += "},\"created_at\":", app.created_at);
  append_time(out += ",\"updated_at\":", app.updated_at);
  out += '}';
}

/// Takes `{"description":"...","domains":["..."]}` apart, in printable ASCII; answers false for any other text.
class BodyReader {
 public:
  explicit BodyReader(Text body) : rest_(body) {}
  bool read(Text& description, std::string& domains) {
    if (!mark('{')) return false;
    for (bool is_first = true; !mark('}'); is_first = false) {
      Text name;
      if ((!is_first && !mark(',')) || !string(name) || !mark(':')) return false;
      if (!(name == "description" ? string(description) : name == "domains" && list(domains))) return false;
    }
    return description.size() <= 128 && rest_.find_first_not_of(" \t\r\n") == Text::npos;
  }

 private:
  bool mark(char c) {
    rest_.remove_prefix(std::min(rest_.find_first_not_of(" \t\r\n"), rest_.size()));
    const bool is_there = rest_.starts_with(c);
    if (is_there) rest_.remove_prefix(1);
    return is_there;
  }
  bool string(Text& out) {
    if (!mark('"')) return false;
    const auto is_no_part = [](char c) { return c < ' ' || c > '~' || c == '"' || c == '\\'; };
    out = {rest_.begin(), std::find_if(rest_.begin(), rest_.end(), is_no_part)};
    rest_.remove_prefix(out.size());
    return mark('"');
  }
  bool list(std::string& json) {
    if (!mark('[')) return false;
    json = '[';
    for (int count = 0; !mark(']'); ++count) {
      Text each;
      if (count == 10 || (count > 0 && !mark(',')) || !string(each) || !is_domain(each)) return false;
      const auto quoted = '"' + std::string{each} + '"';
      if (json.find(quoted) == std::string::npos) json.append(count > 0 ? "," : "").append(quoted);
    }
    json += ']';
    return true;
  }
  /// Of the contract's domains those of small letters.
  static bool is_domain(Text text) {
    char last = '.';
    for (const char c : text)
      if (const char before = std::exchange(last, c); (c < 'a' || c > 'z') && (c != '.' || before == '.')) return false;
    return last != '.' && text.size() <= 63;
  }
  Text rest_;
};

// ---- secrets -----------------------------------------------------------------------------------------------------------------

/// Digests, seals and random texts, under a key that is known to everybody. What `digest` and `seal` answer lasts until the next.
class Secrets {
 public:
  Secrets() {
    constexpr Text key{"a key that is known to everybody"};
    mac_->set_key(octets(key), key.size());
    cipher_->set_key(octets(key), key.size());
  }
  Blob digest(Text secret) {
    mac_->update(octets(secret), secret.size());
    mac_->final(digest_.data());
    return {{reinterpret_cast<const char*>(digest_.data()), digest_.size()}};
  }
  Blob seal(Text plain, const std::string& bound_to) {
    const auto nonce = random(12);
    Botan::secure_vector<std::uint8_t> text(plain.begin(), plain.end());
    cipher_->set_associated_data(octets(bound_to), bound_to.size());
    cipher_->start(octets(nonce), nonce.size());
    cipher_->finish(text);
    sealed_.assign(1, '\1').append(nonce).append(text.begin(), text.end());
    return {sealed_};
  }
  std::string make_secret() {
    constexpr Text alphabet{"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"};
    std::string out{"inkL"};
    while (out.size() < 41)
      if (const auto each = octets(random(1))[0]; each < 248) out += alphabet[each % 62];
    const auto sum = sha_->process(octets(out), out.size());
    std::uint64_t number = 0;
    for (std::size_t i = 0; i < 8; ++i) number = number << 8U | sum[i];
    for (int i = 0; i < 6; ++i, number /= 62) out += alphabet[number % 62];
    return out;
  }
  std::string make_uuid() {
    std::array<char, 16> bytes;
    std::copy_n(random(16).data(), 16, bytes.data());
    bytes[6] = static_cast<char>((bytes[6] & 0x0F) | 0x40);
    bytes[8] = static_cast<char>((bytes[8] & 0x3F) | 0x80);
    std::string out;
    out.reserve(36);
    append_hex(out, {bytes.data(), 4});
    for (const int begin : {4, 6, 8}) append_hex(out += '-', {bytes.data() + begin, 2});
    append_hex(out += '-', {bytes.data() + 10, 6});
    return out;
  }

 private:
  Text random(std::size_t size) {
    if (pool_left_ < size) rng_.randomize(reinterpret_cast<std::uint8_t*>(pool_.data()), pool_left_ = pool_.size());
    return {pool_.data() + (pool_left_ -= size), size};
  }
  std::unique_ptr<Botan::MessageAuthenticationCode> mac_ = Botan::MessageAuthenticationCode::create_or_throw("HMAC(SHA-256)");
  std::unique_ptr<Botan::AEAD_Mode> cipher_ = Botan::AEAD_Mode::create_or_throw("AES-256/GCM", Botan::ENCRYPTION);
  std::unique_ptr<Botan::HashFunction> sha_ = Botan::HashFunction::create_or_throw("SHA-256");
  Botan::ChaCha_RNG rng_{Botan::system_rng()};
  std::array<char, 4'096> pool_{};
  std::size_t pool_left_ = 0;
  std::array<std::uint8_t, 32> digest_{};
  std::string sealed_;
};

// ---- rows --------------------------------------------------------------------------------------------------------------------

class Statement {
 public:
  Statement(sqlite3* db, const char* sql) {
    require(sqlite3_prepare_v3(db, sql, -1, SQLITE_PREPARE_PERSISTENT, &handle_, nullptr) == SQLITE_OK, sqlite3_errmsg(db));
  }
  ~Statement() { sqlite3_finalize(handle_); }
  Statement(const Statement&) = delete;
  Statement& operator=(const Statement&) = delete;

  /// Whether there is a row. What it shows is good until `done`.
  template <class... Values>
  bool step(const Values&... values) {
    int at = 0;
    (bind(++at, values), ...);
    const int code = sqlite3_step(handle_);
    if (code != SQLITE_ROW) done();
    require(code == SQLITE_ROW || code == SQLITE_DONE, sqlite3_errstr(code));
    return code == SQLITE_ROW;
  }
  void done() { sqlite3_reset(handle_); }
  std::int64_t number(int column) const { return sqlite3_column_int64(handle_, column); }
  Text text(int column) const {
    const auto* data = static_cast<const char*>(sqlite3_column_blob(handle_, column));
    return {data, static_cast<std::size_t>(sqlite3_column_bytes(handle_, column))};
  }

 private:
  void bind(int at, std::int64_t number) { sqlite3_bind_int64(handle_, at, number); }
  void bind(int at, Text text) { sqlite3_bind_text(handle_, at, text.data(), static_cast<int>(text.size()), SQLITE_STATIC); }
  void bind(int at, Blob blob) { sqlite3_bind_blob(handle_, at, blob.data(), static_cast<int>(blob.size()), SQLITE_STATIC); }
  sqlite3_stmt* handle_ = nullptr;
};

enum class Outcome { done, unknown_caller, unknown_app, invalid_body, unavailable };

/// The two calls over one connection to the database. Each appends the app to `out` if it is done. The caller holds a transaction
/// around `create`.
class Service {
 public:
  /// With pragmas of its own a service sees to its log itself.
  Service(const char* path, const char* pragmas) : db_(open(path, pragmas)) {
    const auto keep_size = [](void* pages, sqlite3*, const char*, int size) {
      return *static_cast<int*>(pages) = size, SQLITE_OK;
    };
    if (*pragmas != '\0') sqlite3_wal_hook(db_, keep_size, &log_pages_);  // takes the place of SQLite's own checkpoints
  }
  Service(const Service&) = delete;
  Service& operator=(const Service&) = delete;

  Moment moment;
  Secrets secrets;

  void let_in(Text token, Text tenant) {
    moment.tick();
    Statement(db_,
              "INSERT OR IGNORE INTO access_token (version, digest, holder, tenant, issued_at, expires_at)"
              " SELECT 1, ?1, 1, id, ?2, ?2 + 86400000000 FROM tenant WHERE uid = ?3")
        .step(secrets.digest(token), moment.now, tenant);
  }

  Outcome find(Text token, Text tenant, std::int64_t id, std::string& out) {
    if (!find_.step(secrets.digest(token), moment.now, tenant, id, moment.last_month, moment.month))
      return Outcome::unknown_caller;
    const bool is_there = find_.number(0) != 0;
    const auto text = [&](int at) { return find_.text(at); };
    const auto number = [&](int at) { return find_.number(at); };
    if (is_there)
      append_app(out,
                 {.id = id,
                  .uid = text(1),
                  .description = text(2),
                  .domains = text(3),
                  .permissions = text(4),
                  .status = text(5),
                  .bucket = text(6),
                  .has_credential = number(7) > 0,
                  .created_at = number(8),
                  .updated_at = number(9),
                  .usage = {number(10), number(11), number(12), number(13), number(14), number(15)}},
                 moment);
    find_.done();
    return is_there ? Outcome::done : Outcome::unknown_app;
  }

  Outcome create(Text token, Text tenant_uid, Text body, std::string& out) {
    if (!authenticate_.step(secrets.digest(token), moment.now, tenant_uid)) return Outcome::unknown_caller;
    const auto tenant = authenticate_.number(0);
    authenticate_.done();
    App app{.created_at = moment.now, .updated_at = moment.now};
    std::string domains{app.domains};
    if (!body.empty() && !BodyReader(body).read(app.description, domains)) return Outcome::invalid_body;
    const auto uid = secrets.make_uuid(), key_uid = secrets.make_uuid(), secret = secrets.make_secret();
    app.uid = uid;
    app.domains = domains;
    insert_app_.step(tenant, app.uid, app.description, app.domains, moment.now);
    app.id = sqlite3_last_insert_rowid(db_);
    insert_key_.step(tenant, app.id, Text{key_uid}, secrets.digest(secret), secrets.seal(secret, "key:" + key_uid),
                     Text{secret}.substr(43), moment.now, Text{secret}.substr(0, 8));
    append_app(out, app, moment);
    return Outcome::done;
  }

  void begin() { begin_.step(); }
  void begin_to_write() { begin_to_write_.step(); }
  void commit() { commit_.step(); }
  void roll_back() {
    if (sqlite3_get_autocommit(db_) == 0) sqlite3_exec(db_, "ROLLBACK", nullptr, nullptr, nullptr);
  }
  int log_pages() const { return log_pages_; }
  void copy_log() { sqlite3_wal_checkpoint_v2(db_, nullptr, SQLITE_CHECKPOINT_PASSIVE, nullptr, nullptr); }

 private:
  static sqlite3* open(const char* path, const char* pragmas) {
    sqlite3* db = nullptr;
    require(sqlite3_open_v2(path, &db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, nullptr) == SQLITE_OK,
            "cannot open the database");
    sqlite3_busy_timeout(db, 5'000);
    const auto all = std::string{"PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;"} + pragmas;
    require(sqlite3_exec(db, all.c_str(), nullptr, nullptr, nullptr) == SQLITE_OK, sqlite3_errmsg(db));
    return db;
  }

  int log_pages_ = 0;
  sqlite3* db_;
  Statement begin_{db_, "BEGIN"}, begin_to_write_{db_, "BEGIN IMMEDIATE"}, commit_{db_, "COMMIT"};
  Statement find_{db_,
                  "SELECT a.id, a.uid, a.description, a.domains, a.permissions, a.status, a.recording_bucket,"
                  " length(a.recording_credential), a.created_at, a.updated_at, l.signaling, l.turn_bytes, l.sfu_bytes,"
                  " u.signaling, u.turn_bytes, u.sfu_bytes FROM access_token k CROSS JOIN tenant t ON t.id = k.tenant"
                  " LEFT JOIN app a ON a.id = ?4 AND a.tenant = t.id LEFT JOIN usage l ON l.app = a.id AND l.month = ?5"
                  " LEFT JOIN usage u ON u.app = a.id AND u.month = ?6"
                  " WHERE k.digest = ?1 AND k.expires_at > ?2 AND t.uid = ?3 AND t.status = 'active'"};
  Statement authenticate_{db_,
                          "SELECT t.id FROM access_token k CROSS JOIN tenant t ON t.id = k.tenant"
                          " WHERE k.digest = ?1 AND k.expires_at > ?2 AND t.uid = ?3 AND t.status = 'active'"};
  // Columns without a name here hold their defaults, as in the engine's rows.
  Statement insert_app_{db_,
                        "INSERT INTO app (version, tenant, uid, description, status, domains, permissions, recording_bucket,"
                        " recording_credential, extras, created_at, updated_at)"
                        " VALUES (1, ?1, ?2, ?3, 'active', ?4, '[]', '', X'', '{}', ?5, ?5)"};
  Statement insert_key_{db_,
                        "INSERT INTO key (version, tenant, owner_kind, owner, uid, digest, sealed, hint, created_at, prefix)"
                        " VALUES (1, ?1, 'app', ?2, ?3, ?4, ?5, ?6, ?7, ?8)"};
};

}  // namespace by_hand
