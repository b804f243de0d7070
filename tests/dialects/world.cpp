#include "tests/dialects/world.hpp"

#include <innkeeper/dialects.hpp>
#include <innkeeper/json/parse.hpp>
#include <innkeeper/operations.hpp>
#include <innkeeper/transfer.hpp>

#include "engine/base/time.hpp"
#include "engine/crypto/digest.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <utility>

namespace innkeeper::tests {

namespace {

namespace fs = std::filesystem;

bool leads_to_path(const std::string& path, const Sent& sent) {
  std::istringstream wanted{path + "/"};
  std::istringstream given{sent.target.substr(0, sent.target.find('?')) + "/"};
  std::string a, b;
  for (;;) {
    const bool has_a = static_cast<bool>(std::getline(wanted, a, '/'));
    const bool has_b = static_cast<bool>(std::getline(given, b, '/'));
    if (has_a != has_b) return false;
    if (!has_a) return true;
    if (a.starts_with('{') ? b.empty() : a != b) return false;
  }
}

template <class Status, class Draft, class Out>
void set_status(Engine& engine, const Operation<Edit<Draft>, Out>& update, const std::string& uid, const std::string& status) {
  const Principal host{.kind = Principal::Kind::host};
  engine.call(update, host, Edit<Draft>{.ref = uid, .draft = {.status = from_name<Status>(status).value()}}).value();
}

}  // namespace

fs::path transcript_root() { return fs::path{INNKEEPER_SOURCE_DIR} / "tests" / "transcripts"; }

std::string text_of(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

std::vector<Transcript> all_transcripts() {
  std::vector<Transcript> all;
  for (const auto* dialect : all_dialects())
    for (auto& each : read_transcripts(transcript_root() / dialect->name)) all.push_back(std::move(each));
  return all;
}

Captures credentials_in(const std::string& setup) {
  Captures known;
  const auto document = json::parse(setup).value();
  for (const auto tenant : document.root().find("tenants")->elements()) {
    const auto apps = tenant.find("apps");
    if (!apps) continue;
    for (const auto app : apps->elements())
      if (const auto name = app.find("name"), secret = app.find("secret"); name && secret)
        known["app:" + std::string{name->text()}] =
            crypto::base64_encode(std::string{app.find("uid")->text()}.append(":").append(secret->text()));
  }
  return known;
}

bool leads_to(const Dialect& dialect, const Route& route, const Sent& sent) {
  if (sent.method != to_string(route.method)) return false;
  const auto leads = [&](std::string_view base) { return leads_to_path(std::string{base}.append(route.path), sent); };
  return dialect.bases.empty() ? leads("") : std::any_of(dialect.bases.begin(), dialect.bases.end(), leads);
}

World::World(const Front& front, const std::string& setup) : front_(front), store_(front.open_store()) {
  open();
  const auto imported = import_document(*engine_, setup);
  BOOST_REQUIRE_MESSAGE(imported.has_value(), "the set-up is refused: " << (imported ? "" : imported.error().detail));
}

void World::apply(const std::string& directive) {
  std::istringstream words{directive};
  std::string what, first, second;
  words >> what >> first >> second;
  if (what == "clock")
    clock_.set(base::from_rfc3339(first).value());
  else if (what == "restart")
    open();
  else if (what == "drain")
    engine_->drain();
  else if (what == "store" && (first == "fails" || first == "works"))
    store_.set_failing(first == "fails");
  else if (what == "tenant")
    set_status<TenantStatus>(*engine_, tenants::update, first, second);
  else if (what == "app")
    set_status<AppStatus>(*engine_, apps::update, first, second);
  else
    throw std::runtime_error("no such directive: " + directive);
}

void World::open() {
  client_.reset();
  engine_.reset();
  engine_ = Engine::open(
                {.store = store_, .master_key = master_key_, .environment = {.clock = &clock_, .random = &random_, .log = &log_}})
                .value();
  client_ = front_.open_client(*engine_);
}

}  // namespace innkeeper::tests
