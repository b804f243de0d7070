#include "tests/dialects/privileges.hpp"
#include "tests/dialects/statement_log.hpp"
#include "tests/dialects/world.hpp"

#include <innkeeper/courier.hpp>
#include <innkeeper/dialects.hpp>
#include <innkeeper/field_names.hpp>
#include <innkeeper/json/parse.hpp>
#include <innkeeper/sqlite.hpp>

#include "engine/base/text.hpp"
#include "engine/crypto/digest.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <array>
#include <chrono>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

using namespace innkeeper;
using namespace innkeeper::tests;

/// What SQLite does for a request must not grow with what others, or the caller's app, have stored: each statement is found its
/// rows by an index, in the order in which they are wanted.
namespace {

std::unique_ptr<Store> open_file(const TemporaryFolder& folder) {
  return open_sqlite({.path = (folder.path() / "plans.db").string(), .is_durable = false}).value();
}

/// Which query parameters of which routes were part of a success, as `GET /path?name`.
using Exercised = std::set<std::string>;

std::string name_of_route(const Dialect& dialect, const Route& route) {
  return std::string{dialect.name}.append(" ").append(to_string(route.method)).append(" ").append(route.path);
}

void note(Exercised& exercised, const Dialect& dialect, const Sent& sent, int status) {
  for (const auto& route : dialect.routes) {
    if (status != route.status || !leads_to(dialect, route, sent)) continue;
    const auto name = name_of_route(dialect, route);
    exercised.insert(name);
    const auto query = sent.target.find('?');
    for (const auto& parameter : route.query) {
      const auto given = query == std::string::npos ? std::string{} : "&" + sent.target.substr(query + 1) + "&";
      const auto at = given.find("&" + std::string{parameter.name});
      const auto end = at == std::string::npos ? at : at + parameter.name.size() + 1;
      if (at != std::string::npos && (given[end] == '=' || given[end] == '&'))
        exercised.insert(name + "?" + std::string{parameter.name});
    }
  }
}

/// All that the transcripts ask, of a database in memory: which is the same to a statement.
void replay_transcripts(Exercised& exercised) {
  const Front front{"direct call over sqlite", [] { return open_sqlite({.path = ":memory:"}).value(); },
                    fronts().front().open_client};
  for (const auto* dialect : all_dialects())
    for (const auto& transcript : read_transcripts(transcript_root() / dialect->name)) {
      const auto setup = text_of(transcript.path.parent_path() / "setup.json");
      World world(front, setup);
      auto captures = credentials_in(setup);
      for (const auto& step : transcript.steps) {
        if (!step.directive.empty()) {
          world.apply(filled_in(step.directive, captures));
          continue;
        }
        const auto sent = filled_in(step.sent, captures);
        const auto answer = world.exchange(sent);
        // What later steps refer to; whether the answers are right is tested elsewhere.
        for (const auto& [name, expected] : step.expected.headers)
          for (const auto& [present, value] : answer.headers)
            if (present == name) matches(filled_in(expected, captures), value, captures);
        matches(filled_in(step.expected.body, captures), answer.body, captures);
        note(exercised, *dialect, sent, answer.status);
      }
    }
}

bool is_list(const Route& route) {
  return std::any_of(route.query.begin(), route.query.end(), [](const Parameter& each) { return each.name == "cursor"; });
}

/// Something that a parameter may be.
std::string example_of(const Parameter& parameter) {
  if (!parameter.values.empty()) return std::string{parameter.values.front()};
  if (parameter.type == "boolean") return "true";
  if (parameter.format == "date-time")
    return parameter.name.ends_with("_before") ? "2030-01-01T00:00:00Z" : "2020-01-01T00:00:00Z";
  return "1";
}

/// Every list of the native contract: in each order, with each filter, the part after the first, as whoever may see it.
class Lists {
 public:
  Lists(Fixture& fixture, Exercised& exercised) : fixture_(fixture), exercised_(exercised) {
    for (const auto& holder : {fixture.root, fixture.my_operator, fixture.my_app})
      callers_.push_back(fixture.give_key(holder).secret);
    callers_.push_back(fixture.give_key(fixture.my_operator, {.mode = Mode::test}).secret);
  }

  void ask_all() {
    for (const auto& route : native.routes)
      if (is_list(route)) ask_all_of(route);
  }

 private:
  void ask_all_of(const Route& route) {
    const auto path = filled_with(route.path, fixture_.mine);
    const auto sort =
        std::find_if(route.query.begin(), route.query.end(), [](const Parameter& each) { return each.name == "sort"; });
    BOOST_REQUIRE(sort != route.query.end());
    bool has_followed = false;
    for (const auto& caller : callers_)
      for (const auto order : sort->values) {
        const auto query = "?limit=1&sort=" + std::string{order};
        const auto first = ask(route, path + query, caller);
        if (const auto next = next_of(first)) {
          has_followed = true;
          ask(route, path + query + "&cursor=" + *next, caller);
        }
        for (const auto& each : route.query)
          if (each.name != "limit" && each.name != "cursor" && each.name != "sort")
            if (const auto next =
                    next_of(ask(route, path + query + "&" + std::string{each.name} + "=" + example_of(each), caller)))
              ask(route, path + query + "&" + std::string{each.name} + "=" + example_of(each) + "&cursor=" + *next, caller);
      }
    BOOST_TEST(has_followed, "there is too little in " << route.path << " for a second part");
  }

  Response ask(const Route& route, const std::string& target, const std::string& caller) {
    auto answer = fixture_.ask(route.method, target, {{header::authorization, "Bearer " + caller}}, {});
    note(exercised_, native, {.method = std::string{to_string(route.method)}, .target = target, .headers = {}, .body = {}},
         answer.status);
    return answer;
  }

  static std::optional<std::string> next_of(const Response& response) {
    if (response.status != 200) return std::nullopt;
    const auto document = json::parse(response.body).value();
    const auto next = document.root().find("next_cursor");
    return next && next->is(json::Kind::string) ? std::optional{std::string{next->text()}} : std::nullopt;
  }

  Fixture& fixture_;
  Exercised& exercised_;
  std::vector<std::string> callers_;
};

/// More of everything, so that each list has a second part.
void make_more(Fixture& fixture) {
  const auto key = fixture.give_key(fixture.root).secret;
  for (const auto& route : native.routes)
    if (const auto* recipe = find_recipe(route); recipe != nullptr && route.method == Method::post && route.status == 201)
      for (int i = 0; i < 2; ++i)
        fixture.ask(route.method, filled_with(route.path, fixture.mine), {{header::authorization, "Bearer " + key}},
                    filled_with(recipe->body, fixture.mine));
  events::Report report{.id = "m1", .type = events::Type::usage, .at = fixture.clock.now(), .data = {"{}"}};
  std::vector<events::Report> reports{report, report, report, report};
  reports[1].at -= std::chrono::days{40};
  reports[2].type = events::Type::session_started;
  reports[2].session = "another-session";
  reports[2].room = fixture.mine.uids.at("room");
  reports[3].type = events::Type::readings;
  reports[3].device = fixture.mine.uids.at("device");
  reports[3].values = {{report.at, {"1"}}, {report.at, {"2"}}};
  for (auto& each : reports) each.signaling = 1;
  for (std::size_t i = 0; i < reports.size(); ++i) reports[i].id = "more-" + std::to_string(i);
  fixture.engine->call(events::report, fixture.host, {.app = fixture.mine.app, .reports = std::move(reports)}).value();
}

/// Columns of a table by which rows are chosen that no index leads to: others are passed over, in the order that is asked for,
/// until the part is full.
struct PassedOver {
  std::string_view table;
  std::vector<std::string_view> columns;
};
const PassedOver passed_over[] = {
    // The keys of one holder, of whom one is looked for.
    {"key", {"revoked_at", "replaced_by", "owner_kind", "id", "label"}},
    // Those of a holder's keys that were replaced: maintenance takes them out within seconds.
    {"key", {"generation"}},
    // Of those who have not been closed, who has not left: the same but for rows of schema step 2.
    {"participation", {"left_at"}},
    // The one row of a month, or of a name.
    {"usage", {"id"}},
    {"operator", {"id"}},
    // Tenants of one name of which all but one are deleted.
    {"tenant", {"status"}},
    // Ad hoc rooms that are over while a session goes on in them.
    {"room", {"is_live"}},
    // All webhooks of an app are told of each event.
    {"webhook", {"is_enabled"}},
    // The orders of an app that are not carried out yet, of which there are eight at most of a kind.
    {"task", {"kind"}},
};

/// Tables of which whoever asks without a limit wants every row: an import brings all tasks to their end.
constexpr std::string_view wanted_whole[] = {"task"};

/// What no statement here uses. A schema step that was applied stays as it is.
constexpr std::string_view unused[] = {"participation_by_member"};

/// One statement, and how SQLite goes about it.
class Search {
 public:
  Search(std::string sql, std::vector<std::string> plan) : sql_(std::move(sql)), plan_(std::move(plan)) {}

  /// What grows with more than what is answered; empty if nothing does.
  std::string fault() const {
    const bool has_limit = sql_.find(" LIMIT ?") != std::string::npos;
    for (const auto& line : plan_) {
      // Without a limit all that is sorted is answered.
      if (line.starts_with("USE TEMP B-TREE") && has_limit) return "sorts";
      if (line.starts_with("SCAN ") && !has_limit && !is_of(wanted_whole)) return "scans";
      if (line.starts_with("SCAN ") || line.starts_with("SEARCH "))
        if (auto column = column_passed_over(line)) return "passes over rows by " + *column;
    }
    return {};
  }
  std::string text() const {
    std::string text = sql_;
    for (const auto& line : plan_) text += "\n      " + line;
    return text;
  }
  /// The indexes that are used.
  std::vector<std::string> indexes() const {
    std::vector<std::string> names;
    constexpr std::string_view before = " INDEX ";
    for (const auto& line : plan_)
      if (const auto at = line.find(before); at != std::string::npos)
        names.push_back(line.substr(at + before.size(), line.find(' ', at + before.size()) - at - before.size()));
    return names;
  }

 private:
  bool is_of(std::span<const std::string_view> tables) const {
    return std::any_of(tables.begin(), tables.end(), [&](std::string_view table) {
      return sql_.find(std::string{" FROM \""}.append(table) + '"') != std::string::npos;
    });
  }
  /// A column of a condition by which no index finds the rows, and that is not known to be passed over.
  std::optional<std::string> column_passed_over(const std::string& line) const {
    if (line.find("(rowid=?)") != std::string::npos) return std::nullopt;
    const auto words = line.substr(line.find(' ') + 1);
    const auto table = words.substr(0, words.find(' '));
    const auto open = line.find('(');
    const auto by = open == std::string::npos ? std::string{} : line.substr(open);
    for (const auto& column : conditions()) {
      const auto is_led_to = [&](std::string_view before) {
        const auto at = by.find(std::string{before} + column);
        return at != std::string::npos &&
               std::string_view{"=<>"}.find(by[at + before.size() + column.size()]) != std::string_view::npos;
      };
      if (is_led_to("(") || is_led_to(" ")) continue;
      if (column == "id" && by.find("rowid") != std::string::npos) continue;
      // What is of one thing is of one app and of one tenant.
      if ((column == "tenant" || column == "app") && by.find("=?") != std::string::npos) continue;
      const auto knows = [&](const PassedOver& each) {
        return each.table == table && std::find(each.columns.begin(), each.columns.end(), column) != each.columns.end();
      };
      if (std::none_of(std::begin(passed_over), std::end(passed_over), knows)) return table + "." + column;
    }
    return std::nullopt;
  }
  /// The columns that the WHERE clause speaks of.
  std::set<std::string> conditions() const {
    std::set<std::string> columns;
    const auto begin = sql_.find(" WHERE ");
    if (begin == std::string::npos) return columns;
    const auto clause = sql_.substr(begin, sql_.find(" ORDER BY ") - begin);
    for (auto at = clause.find('"'); at != std::string::npos; at = clause.find('"', clause.find('"', at + 1) + 1))
      columns.insert(clause.substr(at + 1, clause.find('"', at + 1) - at - 1));
    return columns;
  }

  std::string sql_;
  std::vector<std::string> plan_;
};

}  // namespace

BOOST_AUTO_TEST_SUITE(plans)

BOOST_AUTO_TEST_CASE(no_statement_of_any_request_scans_or_sorts_more_than_it_answers) {
  StatementLog log;
  Exercised exercised;
  const TemporaryFolder folder;
  Fixture fixture{open_file(folder)};
  // What the host asked for to furnish it is no request.
  log.forget();
  replay_transcripts(exercised);
  make_more(fixture);
  Lists{fixture, exercised}.ask_all();
  for (int i = 0; i < 3; ++i) {
    fixture.engine->webhook_queue().maintain();
    for (const auto& webhook_request : fixture.engine->webhook_queue().take(16))
      fixture.engine->webhook_queue().complete(webhook_request.id, {.status = 500});
    fixture.clock.advance(std::chrono::days{40});
  }

  for (const auto* dialect : all_dialects())
    for (const auto& route : dialect->routes) {
      const auto name = name_of_route(*dialect, route);
      BOOST_TEST(exercised.contains(name), "no request of " << name << " has succeeded");
      for (const auto& each : route.query) {
        const auto with = name + "?" + std::string{each.name};
        BOOST_TEST(exercised.contains(with), "no request of " << with << " has succeeded");
      }
    }

  const auto database = (folder.path() / "plans.db").string();
  std::set<std::string> used;
  for (const auto& sql : log.searches()) {
    if (sql.find("innkeeper_schema") != std::string::npos || sql.find("sqlite_") != std::string::npos) continue;
    const Search search{sql, plan_of(database, sql)};
    BOOST_TEST(search.fault().empty(), search.fault() << ": " << search.text());
    for (auto& index : search.indexes()) used.insert(std::move(index));
  }
  for (const auto& index : indexes_of(database))
    BOOST_TEST(used.contains(index) == (std::find(std::begin(unused), std::end(unused), index) == std::end(unused)),
               "whether a statement uses the index " << index << " is not as it was");
}

BOOST_AUTO_TEST_CASE(noting_the_last_use_of_a_key_leaves_what_readers_remember_of_keys) {
  const StatementLog log;
  const TemporaryFolder folder;
  Fixture fixture{open_file(folder)};
  const auto key = fixture.give_key(fixture.my_app);
  const auto look = [&] {
    const auto answer = fixture.ask(Method::get, filled_with("/api/v1/rooms/{room}", fixture.mine),
                                    {{header::authorization, "Bearer " + key.secret}}, {});
    BOOST_TEST_REQUIRE(answer.status == 200);
  };
  const auto last_use = [&] { return fixture.engine->call(keys::find, fixture.host, key.key.id).value().last_used; };
  // The first note of a key makes a row; what is asked twice is remembered.
  for (int i = 0; i < 4; ++i) {
    look();
    fixture.engine->webhook_queue().maintain();
  }
  const auto reads = log.reads_of("key");
  for (int i = 0; i < 10; ++i) {
    fixture.clock.advance(std::chrono::seconds{1});
    look();
    fixture.engine->webhook_queue().maintain();
  }
  BOOST_TEST(log.reads_of("key") == reads);
  BOOST_TEST(last_use() == fixture.clock.now().time_since_epoch().count());
}

BOOST_AUTO_TEST_CASE(the_rooms_of_the_pages_before_are_not_read) {
  const StatementLog log;
  const TemporaryFolder folder;
  Fixture fixture{open_file(folder)};
  for (int i = 0; i < 30; ++i)
    fixture.engine->call(rooms::create, fixture.host, {fixture.mine.app, {.name = "room " + std::to_string(i)}}).value();
  const auto credential = crypto::base64_encode(fixture.mine.uids.at("app") + ":" + fixture.give_key(fixture.my_app).secret);
  const auto rows_for = [&](const std::string& page) {
    const auto before = log.rows_of("room");
    const auto answer = fixture.ask(Method::get, "/video/v2/rooms?page_length=3&page=" + page,
                                    {{header::authorization, "Basic " + credential}}, {});
    BOOST_TEST_REQUIRE(answer.status == 200);
    return log.rows_of("room") - before;
  };
  BOOST_TEST(rows_for("9") <= 4U);
  BOOST_TEST(rows_for("1000000000") == 0U);
}

BOOST_AUTO_TEST_SUITE_END()
