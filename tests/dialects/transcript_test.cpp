#include "tests/dialects/transcript.hpp"
#include "tests/dialects/fronts.hpp"
#include "tests/support/environment.hpp"

#include <innkeeper/dialects.hpp>
#include <innkeeper/operations.hpp>
#include <innkeeper/transfer.hpp>

#include "engine/base/time.hpp"
#include "engine/crypto/digest.hpp"
#include "engine/json/parse.hpp"

#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <atomic>
#include <fstream>
#include <sstream>
#include <stdexcept>

using namespace innkeeper;
using namespace innkeeper::tests;
namespace data = boost::unit_test::data;
namespace fs = std::filesystem;

namespace {

const fs::path root = fs::path{INNKEEPER_SOURCE_DIR} / "tests" / "transcripts";

std::string text_of(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

std::vector<Transcript> all_transcripts() {
  std::vector<Transcript> all;
  for (const auto* dialect : all_dialects())
    for (auto& each : read_transcripts(root / dialect->name)) all.push_back(std::move(each));
  return all;
}

/// What the apps of a set-up have for HTTP Basic: `app:` and the app's name stand for uid and secret.
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

/// A store that fails while it is told to.
class FrailStore final : public Store {
 public:
  explicit FrailStore(std::unique_ptr<Store> store) : store_(std::move(store)) {}
  void set_failing(bool fails) { fails_ = fails; }

  Result<void> migrate(const Schema& schema) override { return store_->migrate(schema); }
  void run(Access access, Work work, Done done, Caller caller) override {
    if (fails_) return done(Error{Errc::unavailable, Reason{"store.failed"}, "the store fails"});
    store_->run(access, std::move(work), std::move(done), caller);
  }
  StoreStatus status() const override { return store_->status(); }

 private:
  std::unique_ptr<Store> store_;
  std::atomic<bool> fails_ = false;
};

/// The engine of one conversation, with a clock that the conversation sets and a random generator that outlives a restart.
class World {
 public:
  World(const Front& front, const std::string& setup) : front_(front), store_(front.open_store()) {
    open();
    const auto imported = import_document(*engine_, setup);
    BOOST_REQUIRE_MESSAGE(imported.has_value(), "the set-up is refused: " << (imported ? "" : imported.error().detail));
  }

  Answer exchange(const Sent& sent) { return client_->exchange(sent); }

  void apply(const std::string& directive) {
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
      set_status<TenantStatus>(tenants::update, first, second);
    else if (what == "app")
      set_status<AppStatus>(apps::update, first, second);
    else
      throw std::runtime_error("no such directive: " + directive);
  }

 private:
  void open() {
    client_.reset();
    engine_.reset();
    engine_ =
        Engine::open(
            {.store = store_, .master_key = master_key_, .environment = {.clock = &clock_, .random = &random_, .log = &log_}})
            .value();
    client_ = front_.open_client(*engine_);
  }
  template <class Status, class Draft, class Out>
  void set_status(const Operation<Edit<Draft>, Out>& update, const std::string& uid, const std::string& status) {
    const Principal host{.kind = Principal::Kind::host};
    engine_->call(update, host, Edit<Draft>{.ref = uid, .draft = {.status = from_name<Status>(status).value()}}).value();
  }

  const Front& front_;
  FakeClock clock_;
  SeededRandom random_{20240304};
  KeepingLog log_{Severity::info};
  MasterKey master_key_ = MasterKey::generate(random_);
  FrailStore store_;
  std::unique_ptr<Engine> engine_;
  std::unique_ptr<Client> client_;
};

std::string place_of(const Transcript& transcript, const Step& step) {
  return transcript.path.filename().string() + ":" + std::to_string(step.line) + " (" + step.finding + ")";
}

void check_header(const std::string& place, const std::pair<std::string, std::string>& expected, const Answer& answer,
                  Captures& captures) {
  const auto found = std::find_if(answer.headers.begin(), answer.headers.end(),
                                  [&](const auto& field) { return field.first == expected.first; });
  if (found == answer.headers.end())
    BOOST_ERROR(place << ": no header " << expected.first);
  else if (!matches(expected.second, found->second, captures))
    BOOST_ERROR(place << ": " << expected.first << "\n  expected: " << expected.second << "\n  answered: " << found->second);
}

/// Whether an answer shows what lets its holder in.
bool shows_secret(const Expected& expected) {
  constexpr std::string_view kinds[] = {"=secret}", "=whsec}", "=jwt}", "=ticket}"};
  return std::any_of(std::begin(kinds), std::end(kinds),
                     [&](std::string_view kind) { return expected.body.find(kind) != std::string::npos; });
}

void check(const std::string& place, const Transcript& transcript, const Step& step, const Answer& answer, Captures& captures) {
  const auto& expected = step.expected;
  BOOST_TEST(answer.status == expected.status, place << ": answered " << answer.status << " " << answer.body);
  if (shows_secret(expected)) check_header(place, {"Cache-Control", "no-store"}, answer, captures);
  for (const auto& field : transcript.every_answer) check_header(place, field, answer, captures);
  for (const auto& field : expected.headers) check_header(place, field, answer, captures);
  for (const auto& name : expected.absent_headers)
    for (const auto& [present, value] : answer.headers)
      BOOST_TEST(present != name, place << ": there is a header " << name << ": " << value);
  if (!matches(filled_in(expected.body, captures), answer.body, captures))
    BOOST_ERROR(place << "\n  expected: " << expected.body << "\n  answered: " << answer.body);
}

/// Whether a target, which may hold placeholders, leads to a route at that base.
bool leads_to(std::string_view base, const Route& route, const Sent& sent) {
  if (sent.method != to_string(route.method)) return false;
  std::istringstream wanted{std::string{base}.append(route.path).append("/")};
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

}  // namespace

BOOST_AUTO_TEST_SUITE(transcripts)

BOOST_DATA_TEST_CASE(every_answer_is_the_one_in_the_transcript, data::make(fronts()) * data::make(all_transcripts()), front,
                     transcript) {
  const auto setup = text_of(transcript.path.parent_path() / "setup.json");
  World world(front, setup);
  auto captures = credentials_in(setup);
  for (const auto& step : transcript.steps) {
    const auto place = place_of(transcript, step);
    BOOST_TEST_CONTEXT(place) {
      if (!step.directive.empty())
        world.apply(filled_in(step.directive, captures));
      else
        check(place, transcript, step, world.exchange(filled_in(step.sent, captures)), captures);
    }
  }
}

BOOST_AUTO_TEST_CASE(every_route_of_every_dialect_succeeds_in_some_transcript) {
  for (const auto* dialect : all_dialects()) {
    const auto conversations = read_transcripts(root / dialect->name);
    for (const auto& route : dialect->routes) {
      const auto witnesses = [&](const Step& step) {
        const auto leads = [&](std::string_view base) { return leads_to(base, route, step.sent); };
        return step.directive.empty() && step.expected.status == route.status &&
               (dialect->bases.empty() ? leads("") : std::any_of(dialect->bases.begin(), dialect->bases.end(), leads));
      };
      BOOST_TEST(std::any_of(conversations.begin(), conversations.end(),
                             [&](const auto& each) { return std::any_of(each.steps.begin(), each.steps.end(), witnesses); }),
                 dialect->name << ": no transcript of " << to_string(route.method) << " " << route.path);
    }
  }
}

BOOST_AUTO_TEST_CASE(every_error_of_every_contract_is_told_in_some_transcript) {
  for (const auto* dialect : all_dialects()) {
    const auto conversations = read_transcripts(root / dialect->name);
    std::istringstream errors{text_of(root / dialect->name / "errors.txt")};
    int count = 0;
    for (std::string line; std::getline(errors, line);) {
      if (line.empty() || line.front() == '#') continue;
      ++count;
      const auto status = std::stoi(line);
      const auto words = line.substr(line.find(' ') + 1);
      const auto tells = [&](const Step& step) {
        return step.expected.status == status && step.expected.body.find(words) != std::string::npos;
      };
      BOOST_TEST(std::any_of(conversations.begin(), conversations.end(),
                             [&](const auto& each) { return std::any_of(each.steps.begin(), each.steps.end(), tells); }),
                 dialect->name << ": no transcript tells " << line);
    }
    BOOST_TEST(count > 0, dialect->name << ": no errors.txt");
  }
}

BOOST_AUTO_TEST_CASE(every_finding_names_its_contract_and_section) {
  for (const auto* dialect : all_dialects())
    for (const auto& conversation : read_transcripts(root / dialect->name))
      for (const auto& step : conversation.steps)
        BOOST_TEST(step.finding.starts_with(std::string{dialect->name} + " §"), place_of(conversation, step));
}

BOOST_AUTO_TEST_SUITE_END()
