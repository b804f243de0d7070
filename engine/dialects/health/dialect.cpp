#include "engine/dialects/health/dialect.hpp"

#include <innkeeper/contract/error_page.hpp>
#include <innkeeper/json/writer.hpp>
#include <innkeeper/model.hpp>
#include <innkeeper/schema/model.hpp>

#include "engine/base/records.hpp"
#include "engine/base/status.hpp"

#include <array>

namespace innkeeper::health {

namespace {

Result<Nothing> live(Transaction&, const Context&, const Nothing&) { return Nothing{}; }

/// Ready means that the store answers a read and takes writes.
Result<StoreStatus> ready(Transaction& tx, const Context& context, const Nothing&) {
  if (auto read = tx.count(Query<Setting>{}); !read) return read.error();
  const auto status = context.store.status();
  if (!status.is_writable)
    return Error{Errc::unavailable, Reason{"store.read_only"},
                 std::string{status.fault.empty() ? "the store cannot write now" : status.fault}};
  return status;
}

constexpr Operation<Nothing, Nothing> check_live{"house.live", Access::read, live};
constexpr Operation<Nothing, StoreStatus> check_ready{"house.ready", Access::read, ready};

Result<Nothing> read_nothing(const Call&) { return Nothing{}; }

void write_live(const Nothing&, const Context&, Response& response) {
  response.headers.add(header::content_type, "application/json");
  response.body = R"({"status":"ok"})";
}

void write_ready(const StoreStatus& status, const Context&, Response& response) {
  response.headers.add(header::content_type, "application/json");
  json::Writer{response.body}
      .begin_object()
      .key("status")
      .string("ok")
      .key("store")
      .string(status.kind)
      .key("durability")
      .string(status.durability)
      .end_object();
}

constexpr auto page = contract::checked({.by_errc = contract::standard_wordings});

void render_error(const Error& error, const Context& context, Response& response) {
  response.status = contract::wording_of(page, error, context.operation).status;
  response.headers.add(header::content_type, "application/problem+json");
  json::Writer writer{response.body};
  writer.begin_object().key("type").string("about:blank").key("title").string(base::reason_phrase(response.status));
  writer.key("status").integer(response.status).key("code").string(base::name_of(error.code));
  if (!error.detail.empty()) writer.key("detail").string(error.detail);
  writer.key("request_id").string(context.request_id).end_object();
}

constexpr std::array<Route, 2> routes{{
    {.method = Method::get,
     .path = "/livez",
     .handler = serve<check_live, read_nothing, write_live>,
     .summary = "The process answers",
     .is_open = true,
     .needs_store = false},
    {.method = Method::get,
     .path = "/readyz",
     .handler = serve<check_ready, read_nothing, write_ready>,
     .summary = "The store answers and takes writes",
     .is_open = true},
}};
constexpr std::array<PathFamily, 1> path_families{{{.prefix = ""}}};

}  // namespace

constinit const Dialect dialect{
    .name = "house", .title = "Health", .routes = routes, .path_families = path_families, .render_error = render_error};

}  // namespace innkeeper::health
