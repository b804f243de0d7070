#include "tests/fronts/server_fixture.hpp"

#include "tests/support/certificate.hpp"

#include <innkeeper/engine.hpp>
#include <innkeeper/field_names.hpp>
#include <innkeeper/memory.hpp>

#include <algorithm>
#include <array>
#include <fstream>
#include <string_view>
#include <utility>

namespace innkeeper::tests {
namespace {

std::atomic<int> requests_served;
std::shared_ptr<ScriptedFeed> current_feed;

std::string describe(const Call& call) {
  const Request& request = call.request;
  std::string text(to_string(request.method));
  text.append(" ").append(request.target);
  text.append("\nhost ").append(request.headers.find(header::host).value_or("-"));
  text.append("\ntoken ").append(request.headers.find("X-Auth-Token").value_or("-"));
  text.append("\nscheme ").append(request.origin.is_secure ? "https" : "http");
  text.append("\nfrom ").append(request.origin.address).append(" at ").append(request.origin.listener);
  return text.append("\n\n").append(request.body);
}

Result<std::string> repeat(Transaction&, const Context&, const std::string& text) {
  ++requests_served;
  return text;
}
constexpr Operation<std::string, std::string> repeating{"test.repeat", Access::read, repeat};
constexpr Operation<std::string, std::string> writing{"test.write", Access::write, repeat};

Result<std::string> doze(Transaction&, const Context&, const std::string& milliseconds) {
  std::this_thread::sleep_for(std::chrono::milliseconds(std::stoi(milliseconds)));
  return milliseconds;
}
constexpr Operation<std::string, std::string> dozing{"test.doze", Access::read, doze};

Result<std::string> read_query(const Call& call) { return std::string(call.query); }
Result<std::string> read_all(const Call& call) { return describe(call); }
Result<std::string> read_size(const Call& call) { return std::string(std::stoul(std::string(call.query)), 'x'); }

void write_text(const std::string& text, const Context&, Response& response) {
  response.headers.add("X-Subject-Token", "token-1");
  response.body = text;
}
void write_nothing(const std::string&, const Context&, Response& response) { response.status = 204; }
void write_unchanged(const std::string&, const Context&, Response& response) { response.status = 304; }
std::atomic<int> pieces_read;
void write_nothing_yet(const std::string&, const Context&, Response&) {}
/// So many pieces as the query says; with a `!` behind the number the last of them cannot be read.
FeedSource read_on(const std::string& query, const std::string&) {
  return {.read = [left = std::stoi(query), fails = query.ends_with('!')](Transaction&, const Context&,
                                                                          bool& has_more) mutable -> Result<std::string> {
            ++pieces_read;
            has_more = --left > 0;
            if (!has_more && fails) return Error{Errc::unavailable};
            return std::string(ServerFixture::piece_size, static_cast<char>('a' + left % 26));
          },
          .has_end = true};
}
void write_feed(const std::string&, const Context&, Response& response) {
  response.body = "begin;";
  response.feed = current_feed;
}

/// The file of a certificate and its key that all tests may show.
std::string shared_certificate() {
  static const TemporaryFolder folder;
  static const std::string file = [] {
    const Certificate made = make_certificate("DNS:localhost,IP:127.0.0.1");
    std::string path = (folder.path() / "both.pem").string();
    std::ofstream(path) << made.certificate << made.key;
    return path;
  }();
  return file;
}

void render_error(const Error& error, const Context&, Response& response) {
  static constexpr std::array<int, errc_count> status{400, 400, 401, 403, 404, 405, 409, 409, 410, 403,
                                                      429, 413, 414, 431, 505, 415, 408, 503, 503, 500};
  response.status = status[static_cast<std::size_t>(error.code)];
  response.body = "refused: " + error.detail;
}

constexpr Handler echo = serve<repeating, read_all, write_text>;
constexpr Handler echo_written = serve<writing, read_all, write_text>;
constexpr Handler large = serve<repeating, read_size, write_text>;
constexpr Handler lengthy = serve_feed<repeating, read_query, write_nothing_yet, read_on>;
constexpr Handler slow = serve<dozing, read_query, write_text>;
constexpr Handler nothing = serve<repeating, read_all, write_nothing>;
constexpr Handler unchanged = serve<repeating, read_all, write_unchanged>;
constexpr Handler follow = serve<repeating, read_all, write_feed>;

constexpr std::array routes{
    Route{.method = Method::get, .path = "/echo", .handler = echo, .summary = "", .is_open = true},
    Route{.method = Method::post, .path = "/echo", .handler = echo, .summary = "", .is_open = true},
    Route{.method = Method::put, .path = "/echo", .handler = echo, .summary = "", .is_open = true},
    Route{.method = Method::options, .path = "/echo", .handler = echo, .summary = "", .is_open = true},
    Route{.method = Method::get, .path = "/", .handler = echo, .summary = "", .is_open = true},
    Route{.method = Method::post, .path = "/write", .handler = echo_written, .summary = "", .is_open = true},
    Route{.method = Method::post, .path = "/small", .handler = echo, .summary = "", .is_open = true, .most_body = 100},
    Route{.method = Method::get, .path = "/large", .handler = large, .summary = "", .is_open = true},
    Route{.method = Method::get, .path = "/long", .handler = lengthy, .summary = "", .is_open = true},
    Route{.method = Method::get, .path = "/slow", .handler = slow, .summary = "", .is_open = true},
    Route{.method = Method::post, .path = "/nothing", .handler = nothing, .summary = "", .is_open = true},
    Route{.method = Method::get, .path = "/unchanged", .handler = unchanged, .summary = "", .is_open = true},
    Route{.method = Method::get, .path = "/feed", .handler = follow, .summary = "", .is_open = true},
};
constexpr std::array<PathFamily, 1> path_families{{{"/echo"}}};
constexpr std::string_view single_headers[] = {"X-Auth-Token"};
constexpr Dialect dialect{.name = "test",
                          .title = "Test",
                          .routes = routes,
                          .path_families = path_families,
                          .single_headers = single_headers,
                          .render_error = render_error};

}  // namespace

SlowStore::SlowStore() : store_(open_memory()), thread_([this] { serve(); }) {}

SlowStore::~SlowStore() {
  release();
  {
    const std::lock_guard lock(mutex_);
    is_over_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

void SlowStore::run(Access access, Work work, Done done, Caller caller) {
  if (access == Access::read) {
    if (is_helped_.exchange(false)) help();
    return store_->run(access, std::move(work), std::move(done));
  }
  if (caller == Caller::waits) ++patient_writes_;
  const std::lock_guard lock(mutex_);
  work_.push_back([this, work = std::move(work), done = std::move(done)] { store_->run(Access::write, work, done); });
  changed_.notify_all();
}

void SlowStore::help() {
  std::unique_lock lock(mutex_);
  const auto waiting = std::exchange(work_, {});
  lock.unlock();
  for (const auto& work : waiting) work();
}

void SlowStore::hold() {
  const std::lock_guard lock(mutex_);
  is_held_ = true;
}

void SlowStore::release() {
  const std::lock_guard lock(mutex_);
  is_held_ = false;
  changed_.notify_all();
}

void SlowStore::wait_for_work() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return !work_.empty(); });
}

void SlowStore::serve() {
  for (std::unique_lock lock(mutex_);;) {
    changed_.wait(lock, [this] { return is_over_ || (!is_held_ && !work_.empty()); });
    if (work_.empty()) return;
    const auto work = std::move(work_.front());
    work_.pop_front();
    lock.unlock();
    work();
    lock.lock();
  }
}

void ScriptedFeed::when_ready(std::function<void()> wake) {
  std::unique_lock lock(mutex_);
  if (text_.empty() && !is_over_) {
    wake_ = std::move(wake);
    return;
  }
  lock.unlock();
  wake();
}

std::string ScriptedFeed::take() {
  const std::lock_guard lock(mutex_);
  return std::exchange(text_, {});
}

bool ScriptedFeed::is_over() const {
  const std::lock_guard lock(mutex_);
  return is_over_;
}

void ScriptedFeed::say(std::string text) {
  {
    const std::lock_guard lock(mutex_);
    text_ += text;
  }
  wake();
}

void ScriptedFeed::end() {
  {
    const std::lock_guard lock(mutex_);
    is_over_ = true;
  }
  wake();
}

void ScriptedFeed::wake() {
  std::unique_lock lock(mutex_);
  const auto wake = std::exchange(wake_, nullptr);
  lock.unlock();
  if (wake) wake();
}

ServerFixture::ServerFixture(HttpOptions options, Limits limits) {
  requests_served = 0;
  pieces_read = 0;
  current_feed = std::make_shared<ScriptedFeed>();
  if (options.listen == HttpOptions{}.listen) options.listen = on_loopback().listen;
  if (options.threads == 0) options.threads = on_loopback().threads;
  if (are_over_tls() && options.listen_tls.empty()) options.listen_tls.swap(options.listen);
  if (options.tls_certificate.empty()) options.tls_certificate = shared_certificate();
  engine = Engine::open({.store = store,
                         .master_key = MasterKey::generate(random),
                         .mounts = {{.dialect = &dialect}},
                         .environment = {.random = &random, .log = &log},
                         .limits = limits})
               .value();
  server = HttpServer::start(*engine, std::move(options)).value();
}

int ServerFixture::pieces() { return pieces_read; }
int ServerFixture::served() { return requests_served; }
std::shared_ptr<ScriptedFeed> ServerFixture::feed() { return current_feed; }

bool are_over_tls() {
  const auto& suite = boost::unit_test::framework::master_test_suite();
  return std::any_of(suite.argv, suite.argv + suite.argc, [](std::string_view each) { return each == "--tls"; });
}

boost::test_tools::assertion_result is_plain(boost::unit_test::test_unit_id) { return !are_over_tls(); }

HttpOptions on_loopback() { return {.listen = {"127.0.0.1:0"}, .threads = 2}; }

}  // namespace innkeeper::tests
