#include "engine/pipeline/pipeline.hpp"

#include "engine/base/target.hpp"

#include <array>
#include <exception>
#include <memory>
#include <utility>

namespace innkeeper::pipeline {

namespace {

std::string_view host_of(const Request& request) {
  auto host = request.headers.find(header::host).value_or("");
  // A colon ends the name, but not those inside the brackets of an IPv6 address.
  const auto bracket = host.rfind(']');
  const auto colon = host.find(':', bracket == std::string_view::npos ? 0 : bracket);
  return host.substr(0, colon);
}

/// One request on its way. It lives on the heap until its answer is given, and then deletes itself.
class Exchange {
 public:
  Exchange(House& house, const Request& request, Caller caller)
      : house_(house),
        started_(house.clock.ticks()),
        request_id_(house.request_ids.next()),
        context_(house.context(request_id_)),
        method_(request.method),
        caller_(caller) {
    const auto target = base::split_target(request.target);
    found_ = house.router.find(request.method, target.path, host_of(request), request.origin.listener);
  }

  void start(const Request& request, Reply reply) {
    reply_ = std::move(reply);
    switch (house_.gate.enter()) {
      case Gate::Entry::admitted:
        break;
      case Gate::Entry::full:
        return answer_outside(
            Error{.code = Errc::overloaded, .reason = Reason{"engine.full"}, .retry_after = std::chrono::seconds{1}});
      case Gate::Entry::closed:
        return answer_outside(Error{.code = Errc::unavailable, .reason = Reason{"engine.draining"}});
    }
    if (found_.route == nullptr) return start_lost(request);
    if (request.body.size() > house_.limits.body) return fail(Error{Errc::too_large, Reason{"body.too_large"}});

    const auto decoded = guarded([&]() -> Result<void> {
      if (!found_.route->is_open && found_.dialect->read_credentials != nullptr)
        credentials_ = found_.dialect->read_credentials(request);
      job_ = found_.route->handler.decode(Call{request, found_.path, base::split_target(request.target).query});
      return {};
    });
    if (!decoded) return fail(decoded.error());
    if (is_reading() || needs_admission())
      house_.store.run(
          Access::read, [this](Transaction& tx) { return guarded([&] { return admit(tx); }); },
          [this](const Result<void>& result) { after_admission(result); });
    else
      after_admission({});
  }

  /// For a request that is refused before any of this: no gate, no store.
  Response refuse(const Error& error) {
    Response response = rendered(error);
    record(response);
    return response;
  }

 private:
  bool is_reading() const { return found_.route->handler.access == Access::read; }
  bool needs_admission() const { return job_->refusal() != nullptr || !found_.route->is_open || found_.route->admit != nullptr; }

  template <class Step>
  Result<void> guarded(Step&& step) const {
    return run_guarded(context_, found_.route ? found_.route->handler.operation : "none", std::forward<Step>(step));
  }

  Result<void> authenticate(Transaction& tx) {
    if (found_.dialect->authenticate == nullptr) return {};
    auto principal = found_.dialect->authenticate(tx, context_, credentials_, found_.path);
    if (!principal) return principal.error();
    context_.principal = *principal;
    return {};
  }

  /// Everything that is decided before an operation may change something, in the order the contracts ask for: who calls, what the
  /// path names, and only then the body. An operation that only reads runs in the same snapshot.
  Result<void> admit(Transaction& tx) {
    context_.principal = {};
    tx.confine(Id::none);
    if (!found_.route->is_open)
      if (auto known = authenticate(tx); !known) return known;
    tx.confine(context_.principal.tenant);
    if (found_.route->admit != nullptr)
      if (auto admitted = found_.route->admit(tx, context_, found_.path); !admitted) return admitted;
    if (const auto* refusal = job_->refusal()) return *refusal;
    return is_reading() ? job_->run(tx, context_) : Result<void>{};
  }

  void after_admission(const Result<void>& result) {
    if (!result) return fail(result.error());
    if (is_reading()) return finish();
    house_.store.run(
        Access::write,
        [this](Transaction& tx) {
          return guarded([&] {
            tx.confine(context_.principal.tenant);
            return job_->run(tx, context_);
          });
        },
        [this](const Result<void>& written) { written ? finish() : fail(written.error()); }, caller_);
  }

  /// No route: the owner of the path says so, to authenticated callers only where it wants that.
  void start_lost(const Request& request) {
    const Error lost = found_.allow.empty() ? Error{Errc::not_found, Reason{"route.unknown"}}
                                            : Error{Errc::method_not_allowed, Reason{"route.method"}};
    if (!found_.is_authenticated_before_routing || found_.dialect->read_credentials == nullptr) return fail(lost);
    const auto read = guarded([&]() -> Result<void> {
      credentials_ = found_.dialect->read_credentials(request);
      return {};
    });
    if (!read) return fail(read.error());
    house_.store.run(
        Access::read, [this](Transaction& tx) { return guarded([&] { return authenticate(tx); }); },
        [this, lost](const Result<void>& known) { fail(known ? lost : known.error()); });
  }

  void finish() {
    Response response;
    const auto written = guarded([&]() -> Result<void> {
      job_->write(context_, response);
      return {};
    });
    if (!written) return fail(written.error());
    if (found_.dialect->finish != nullptr) found_.dialect->finish(context_, response);
    send(std::move(response));
  }

  void fail(const Error& error) { send(rendered(error)); }

  Response rendered(const Error& error) const {
    Response response;
    found_.dialect->render_error(error, context_, response);
    if (response.status == 405) response.headers.set(header::allow, found_.allow);
    if (error.retry_after.count() > 0) response.headers.set(header::retry_after, std::to_string(error.retry_after.count()));
    if (found_.dialect->finish != nullptr) found_.dialect->finish(context_, response);
    return response;
  }

  void answer_outside(const Error& error) {
    is_inside_ = false;
    fail(error);
  }

  void send(Response response) {
    record(response);
    // The reply may end the engine's owner's wait, so nothing of this object or the engine is touched after it, but the gate,
    // which the engine's drain waits for.
    const auto reply = std::move(reply_);
    auto& gate = house_.gate;
    const bool is_inside = is_inside_;
    delete this;
    reply(std::move(response));
    if (is_inside) gate.leave();
  }

  void record(const Response& response) const {
    if (house_.log.threshold() > Severity::info) return;
    const std::array<LogField, 7> fields{{
        {"request_id", request_id_},
        {"dialect", found_.dialect->name},
        {"method", to_string(method_)},
        {"route", found_.route != nullptr ? found_.route->path : std::string_view{"-"}},
        {"status", std::int64_t{response.status}},
        {"us", static_cast<std::int64_t>(house_.clock.ticks() - started_)},
        {"tenant", number(context_.principal.tenant)},
    }};
    house_.log.write(Severity::info, "request", fields);
  }

  House& house_;
  const std::uint64_t started_;
  const std::string request_id_;
  Context context_;
  const Method method_;
  const Caller caller_;
  Found found_;
  Credentials credentials_;
  std::unique_ptr<Job> job_;
  Reply reply_;
  bool is_inside_ = true;
};

}  // namespace

void serve_request(House& house, const Request& request, Reply reply, Caller caller) {
  (new Exchange(house, request, caller))->start(request, std::move(reply));
}

Response refuse_request(House& house, const Request& as_far_as_known, const Error& error) {
  return Exchange(house, as_far_as_known, Caller::moves_on).refuse(error);
}

Result<void> run_guarded(const Context& context, std::string_view operation, const std::function<Result<void>()>& work) {
  std::string fault;
  try {
    auto result = work();
    if (result || result.error().code != Errc::internal) return result;
    fault = result.error().detail.empty() ? std::string{result.error().reason.name} : result.error().detail;
  } catch (const std::exception& exception) {
    fault = exception.what();
  } catch (...) {
    fault = "an exception of unknown type";
  }
  if (context.log.threshold() <= Severity::error) {
    const std::array<LogField, 3> fields{{{"request_id", context.request_id}, {"operation", operation}, {"fault", fault}}};
    context.log.write(Severity::error, "fault", fields);
  }
  return Error{Errc::internal, Reason{"engine.fault"}};
}

}  // namespace innkeeper::pipeline
