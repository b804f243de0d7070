#include <innkeeper/transaction.hpp>

#include "engine/pipeline/pipeline.hpp"

#include "engine/base/field_lists.hpp"
#include "engine/base/target.hpp"
#include "engine/base/text.hpp"
#include "engine/base/trace.hpp"
#include "engine/crypto/keyring.hpp"
#include "engine/pipeline/admission.hpp"
#include "engine/pipeline/request_fields.hpp"
#include "engine/pipeline/request_limits.hpp"

#include <algorithm>
#include <array>
#include <exception>
#include <memory>
#include <new>
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

/// Whether a caller's name for a request may stand in headers and logs.
bool is_request_id(std::string_view text) {
  const auto may_stand = [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' || c == '_' || c == '.';
  };
  return !text.empty() && text.size() <= 128 && std::all_of(text.begin(), text.end(), may_stand);
}

/// Whether a caller has an answer already, by what its `If-None-Match` says (RFC 9110 §13.1.2).
bool is_known(std::string_view etag, std::string_view if_none_match) {
  const auto known = base::read_entity_tags(if_none_match);
  return known.is_any || known.has(etag);
}

Found find_route(const EngineState& state, const Request& request) {
  const auto path = base::split_target(request.target).path;
  return state.router.find(request.method, path, host_of(request), request.origin.listener);
}

std::size_t most_body(const EngineState& state, const Route& route) {
  return route.most_body > 0 ? std::min(route.most_body, state.limits.body) : state.limits.body;
}

/// What an operation gets that needs no store.
class NoTransaction final : public Transaction {
 private:
  static Error refusal() { return {Errc::internal, Reason{"route.needs_store"}, "the route says that it needs no store"}; }
  Result<void> select(const Table&, const Selection&, const Visit&) override { return refusal(); }
  Result<std::int64_t> count(const Table&, const Selection&) override { return refusal(); }
  Result<Id> insert(const Table&, std::span<const Value>) override { return refusal(); }
  Result<std::int64_t> update(const Table&, const Selection&, std::span<const Value>) override { return refusal(); }
  Result<std::int64_t> erase(const Table&, const Selection&) override { return refusal(); }
  Result<std::int64_t> add(const Table&, const Selection&, std::uint8_t, std::int64_t) override { return refusal(); }
};

/// One request on its way. It lives on the heap until its answer is given, and then deletes itself.
class Exchange {
 public:
  /// How far it goes.
  enum class Part : std::uint8_t {
    whole,
    head,  ///< Until its body is wanted.
    rest,  ///< From the start again, but counted already.
  };

  Exchange(EngineState& state, const Request& request, Caller caller, Part part = Part::whole)
      : state_(state),
        request_id_(state.request_ids.next()),
        context_(state.context(request_id_, pending_events_)),
        method_(request.method),
        caller_(caller),
        part_(part),
        found_(find_route(state, request)) {
    context_.mount = found_.mount;
    if (found_.route != nullptr) context_.operation = found_.route->handler.operation;
    if (const auto trace = base::valid_traceparent(request.headers.find(header::traceparent).value_or(""))) {
      trace_ = *trace;
      context_.trace = trace_;
    }
    if (!conventions().accepts_request_id) return;
    if (const auto given = request.headers.find(header::x_request_id); given && is_request_id(*given)) request_id_ = *given;
    context_.request_id = request_id_;
  }

  void start(const Request& request, Reply reply) {
    reply_ = std::move(reply);
    switch (state_.in_flight.enter()) {
      case InFlightLimit::Entry::admitted:
        break;
      case InFlightLimit::Entry::full:
        return answer_outside(
            Error{.code = Errc::overloaded, .reason = Reason{"engine.full"}, .retry_after = std::chrono::seconds{1}});
      case InFlightLimit::Entry::closed:
        return answer_outside(Error{.code = Errc::unavailable, .reason = Reason{"engine.draining"}});
    }
    if (auto charged = limits_.charge_address(request.origin.address, context_.ticks); !charged) return fail(charged.error());
    if (auto single = state_.single_fields.require(request.headers); !single) return fail(single.error());
    if (found_.route == nullptr) return start_lost(request);
    if (request.body.size() > most_body(state_, *found_.route))
      return fail(Error{.code = Errc::too_large, .detail = "The body is too large."});

    const auto begun = guarded([&]() -> Result<void> {
      if (auto may = read_credentials(request); !may) return may;
      if (conventions().is_conditional && (method_ == Method::get || method_ == Method::head))
        known_ = base::list_of(request.headers, header::if_none_match).value_or("");
      if (part_ == Part::head) return {};
      // A body costs work, which is not done for somebody who will be refused. Without one, a single transaction does it all.
      if (request.body.empty() || !needs_admission()) return decode(request);
      request_ = request;
      return {};
    });
    if (!begun) return fail(begun.error());
    enter();
  }

  /// For a request that is refused before any of this: no limit, no store.
  Response refuse(const Error& error) {
    Response response = rendered(error);
    record(response);
    return response;
  }

 private:
  const Conventions& conventions() const { return found_.dialect->conventions; }
  Result<void> read_credentials(const Request& request) {
    if (found_.scheme == nullptr || (found_.route != nullptr && found_.route->is_open)) return {};
    credentials_ = found_.scheme->read_credentials(request);
    credentials_.address = request.origin.address;
    return credentials_.scheme.empty() ? Result<void>{} : limits_.begin_sign_in(credentials_.id, context_.ticks);
  }
  Result<void> read_idempotency_key(const Request& request) {
    if (!conventions().is_idempotent || method_ != Method::post || is_reading()) return {};
    const auto key = request.headers.find(header::idempotency_key);
    if (!key) return {};
    if (!is_idempotency_key(*key))
      return Error{Errc::invalid, Reason{"idempotency.key"}, "an Idempotency-Key is 1 to 255 visible ASCII characters"};
    // Keyed, as there may be a secret in it that could be guessed.
    const auto body =
        state_.keyring.mac(crypto::Purpose::idempotency, std::string{request.target}.append(1, '\n').append(request.body));
    idempotent_request_.emplace(IdempotentRequest{.body = {std::string{crypto::as_text(body)}}});
    // The caller is added to the digest once it is known.
    idempotent_request_->digest.data = std::string{base::split_target(request.target).path}.append(1, '\n').append(*key);
    return {};
  }
  bool is_reading() const { return found_.route->handler.access == Access::read; }
  /// Whether the job finds out who calls, as one does that issues tokens for passwords.
  bool signs_in() const { return job_ && !job_->account().empty(); }
  bool needs_admission() const { return !found_.route->is_open || found_.route->admit != nullptr; }

  Result<void> decode(const Request& request) {
    job_ = pipeline::decode(found_.route->handler,
                            Call{request, found_.path, base::split_target(request.target).query, state_.limits.object});
    if (const auto account = job_->account(); !account.empty()) {
      if (auto may = limits_.begin_sign_in(account, context_.ticks); !may) return may;
      if (auto may = limits_.charge_account(context_, *found_.dialect, account); !may) return may;
    }
    return read_idempotency_key(request);
  }

  /// Runs what the next transaction for reading is for, if there is anything.
  void enter() {
    const auto step = [this](Transaction& tx) { return guarded([&] { return admit(tx); }); };
    if (!found_.route->needs_store) {
      NoTransaction none;
      after_admission(step(none));
    } else if (needs_admission() || (job_ && (is_reading() || job_->is_slow()))) {
      state_.store.run(Access::read, step, [this](const Result<void>& result) { after_admission(result); });
    } else {
      after_admission(job_ && job_->refusal() ? Result<void>{*job_->refusal()} : Result<void>{});
    }
  }

  template <class Step>
  Result<void> guarded(Step&& step) const {
    return run_guarded(context_, found_.route ? found_.route->handler.operation : "none", std::forward<Step>(step));
  }

  /// What is decided before an operation may change something, in the order the contracts ask for: who calls, what the path
  /// names, and only then the body. An operation that only reads runs in the same snapshot. For one that writes this only spares
  /// the store: `write` decides anew.
  Result<void> admit(Transaction& tx) {
    auto known = authenticate(tx, context_, found_, credentials_);
    if (!signs_in()) known = limits_.judge_sign_in(std::move(known), context_.ticks);
    if (!known) return known;
    // Once, and with one outcome, however often this runs.
    if (!charged_) charged_ = limits_.charge_principal(context_, *found_.dialect);
    if (!*charged_) return *charged_;
    if (auto may = permit(tx, context_, found_); !may) return may;
    if (!job_) return {};
    if (const auto* refusal = job_->refusal()) return *refusal;
    if (job_->is_slow()) return job_->load(tx, context_);
    if (!is_reading()) return {};
    auto done = job_->run(tx, context_);
    return signs_in() ? limits_.judge_sign_in(std::move(done), context_.ticks) : done;
  }

  void after_admission(const Result<void>& result) {
    if (!result) return fail(result.error());
    if (part_ == Part::head) return reply_with({.status = 100});
    if (!job_) {
      const auto decoded = guarded([this] { return decode(*request_); });
      request_.reset();
      if (!decoded) return fail(decoded.error());
      if (is_reading() || job_->is_slow()) return enter();
      if (const auto* refusal = job_->refusal()) return fail(*refusal);
    }
    if (is_reading()) return finish();
    if (idempotent_request_) {
      // Its holder repeats a request, with whichever key it has by then.
      const auto& who = context_.principal;
      std::string whole;
      for (const auto part : {static_cast<std::int64_t>(who.kind), number(who.tenant), number(who.id)})
        whole.append(std::to_string(part)).append(1, '\n');
      whole.append(idempotent_request_->digest.data);
      idempotent_request_->digest.data = crypto::as_text(state_.keyring.mac(crypto::Purpose::idempotency, whole));
      if (!state_.running.enter(idempotent_request_->digest)) {
        idempotent_request_.reset();
        return fail(Error{.code = Errc::conflict,
                          .reason = Reason{"idempotency.running"},
                          .detail = "a request with this Idempotency-Key is being carried out",
                          .retry_after = std::chrono::seconds{1}});
      }
    }
    if (job_->is_slow())
      work();
    else
      commit();
  }

  /// Has a slow operation's work done, and goes on from there.
  void work() {
    auto rest = [this] {
      if (const auto worked = guarded([this] { return job_->work(context_); }); !worked) return give_up(worked.error());
      commit();
    };
    if (state_.executor == nullptr) return rest();
    if (!state_.executor->run(rest))
      give_up(Error{.code = Errc::overloaded, .reason = Reason{"executor.full"}, .retry_after = std::chrono::seconds{1}});
  }

  void commit() {
    state_.store.run(
        Access::write, [this](Transaction& tx) { return guarded([&] { return write(tx); }); },
        [this](const Result<void>& written) {
          if (!written) return give_up(written.error());
          if (idempotent_request_) state_.running.leave(idempotent_request_->digest);
          if (pending_events_.any) state_.feeds->wake(pending_events_.app);
          finish();
        },
        caller_);
  }

  /// Fails when the request may be under way under its `Idempotency-Key`.
  void give_up(const Error& error) {
    if (idempotent_request_) state_.running.leave(idempotent_request_->digest);
    fail(error);
  }

  /// Time has passed since the request was admitted, and others have written: what it is allowed is decided by what is so now, in
  /// the transaction that changes something.
  Result<void> write(Transaction& tx) {
    pending_events_ = {};
    context_.now = state_.clock.now();
    auto done = pipeline::admit(tx, context_, found_, credentials_);
    if (done) done = idempotent_request_ ? run_once(tx) : job_->run(tx, context_);
    return limits_.judge_sign_in(std::move(done), context_.ticks);
  }

  /// For a request that may have been carried out before: then the answer is the one that was given.
  Result<void> run_once(Transaction& tx) {
    const auto tenant = tx.tenant();
    const auto app = tx.app();
    answer_.reset();
    tx.confine(Id::none);
    auto former = find_answer(tx, context_, *idempotent_request_);
    if (!former) return former.error();
    if (*former) {
      answer_ = std::move(**former);
      return {};
    }
    tx.confine(tenant, app);
    if (auto done = job_->run(tx, context_); !done) return done;
    Response response;
    job_->write(context_, response);
    tx.confine(Id::none);
    if (auto stored = store_answer(tx, context_, *idempotent_request_, response); !stored) return stored;
    answer_ = std::move(response);
    return {};
  }

  /// No route: the owner of the path says so, to authenticated callers only where it wants that.
  void start_lost(const Request& request) {
    if (method_ == Method::options && found_.dialect->cors != nullptr) return answer_preflight();
    if (method_ == Method::options && conventions().answers_options && !found_.allow.empty()) return tell_methods();
    const Error lost = found_.allow.empty()
                           ? Error{Errc::not_found, Reason{"route.unknown"}}
                           : Error{Errc::method_not_allowed, Reason{"route.method"}, "the methods of this path are " + allowed()};
    if (!found_.is_authenticated_before_routing || found_.scheme == nullptr) return fail(lost);
    const auto read = guarded([&] { return read_credentials(request); });
    if (!read) return fail(read.error());
    state_.store.run(
        Access::read,
        [this](Transaction& tx) {
          return guarded([&]() -> Result<void> {
            auto known = found_.scheme->authenticate(tx, context_, credentials_, found_.path);
            auto judged = limits_.judge_sign_in(known ? Result<void>{} : known.error(), context_.ticks);
            if (!judged) return judged;
            context_.principal = *known;
            if (!charged_) charged_ = limits_.charge_principal(context_, *found_.dialect);
            return *charged_;
          });
        },
        [this, lost](const Result<void>& known) { fail(known ? lost : known.error()); });
  }

  /// The methods of the path, with those that the engine answers by itself.
  std::string allowed() const {
    if (!conventions().answers_options) return found_.allow;
    return found_.allow + (found_.allow.find("GET") != std::string::npos ? ", HEAD" : "") + ", OPTIONS";
  }

  void answer_preflight() {
    const auto& cors = *found_.dialect->cors;
    Response response;
    response.status = 204;
    response.headers.set("Access-Control-Allow-Methods", cors.methods);
    response.headers.set("Access-Control-Allow-Headers", cors.request_headers);
    if (cors.max_age.count() > 0) response.headers.set("Access-Control-Max-Age", std::to_string(cors.max_age.count()));
    complete(response);
    send(std::move(response));
  }

  void tell_methods() {
    Response response;
    response.status = 204;
    response.headers.set(header::allow, allowed());
    complete(response);
    send(std::move(response));
  }

  void finish() {
    Response response;
    const auto written = guarded([&]() -> Result<void> {
      // A stored response is repeated as it is: nothing was run.
      auto source = answer_ ? std::nullopt : job_->feed();
      if (answer_)
        response = std::move(*answer_);
      else
        job_->write(context_, response);
      if (source) {
        const auto& who = context_.principal;
        auto feed = state_.feeds->open(found_, std::move(credentials_), std::move(*source), {who.key, who.member()});
        if (!feed) return feed.error();
        response.feed = std::move(*feed);
      }
      if (response.feed && !response.feed->has_end()) forbid_buffering(response);
      return {};
    });
    if (!written) return fail(written.error());
    if (!known_.empty() && response.status == 200)
      if (const auto etag = response.headers.find(header::etag); etag && is_known(*etag, known_)) {
        response.status = 304;
        response.body.clear();
        response.headers.remove(header::content_type);
      }
    complete(response);
    send(std::move(response));
  }

  /// What every answer carries.
  void complete(Response& response) const {
    if (conventions().accepts_request_id) response.headers.set(header::x_request_id, request_id_);
    limits_.write_headers(response.headers, conventions().rate_headers, context_.now);
    if (const auto* cors = found_.dialect->cors) {
      response.headers.set("Access-Control-Allow-Origin", cors->origin);
      if (!cors->exposed_headers.empty()) response.headers.set("Access-Control-Expose-Headers", cors->exposed_headers);
    }
    if (found_.dialect->finish != nullptr) found_.dialect->finish(context_, response);
  }

  void fail(const Error& error) {
    const auto judged = error.code == Errc::unauthenticated ? limits_.judge_sign_in(error, context_.ticks) : Result<void>{error};
    send(rendered(judged.error()));
  }

  Response rendered(const Error& error) const {
    Response response;
    found_.dialect->render_error(error, context_, response);
    if (response.status == 405) response.headers.set(header::allow, allowed());
    if (error.reason == coded_body) response.headers.set("Accept-Encoding", "identity");
    if (error.retry_after.count() > 0) response.headers.set(header::retry_after, std::to_string(error.retry_after.count()));
    complete(response);
    return response;
  }

  void answer_outside(const Error& error) {
    is_inside_ = false;
    fail(error);
  }

  void send(Response response) {
    record(response);
    reply_with(std::move(response));
  }

  void reply_with(Response response) {
    // The reply may end the engine's owner's wait, so nothing of this object or the engine is touched after it, but the gate,
    // which the engine's drain waits for.
    const auto reply = std::move(reply_);
    auto& in_flight = state_.in_flight;
    const bool is_inside = is_inside_;
    delete this;
    reply(std::move(response));
    if (is_inside) in_flight.leave();
  }

  void record(const Response& response) const {
    if (state_.log.threshold() > Severity::info) return;
    const std::array<LogField, 9> fields{{
        {"request_id", request_id_},
        {"dialect", found_.dialect->name},
        {"method", to_string(method_)},
        {"route", found_.route != nullptr ? found_.route->path : std::string_view{"-"}},
        {"status", std::int64_t{response.status}},
        {"us", static_cast<std::int64_t>(state_.clock.ticks() - context_.ticks)},
        {"tenant", number(context_.principal.tenant)},
        {"key", number(context_.principal.key)},
        {"trace", trace_},
    }};
    state_.log.write(Severity::info, "request", {fields.data(), fields.size() - (trace_.empty() ? 1 : 0)});
  }

  EngineState& state_;
  std::string request_id_;
  std::string trace_;
  PendingEvents pending_events_;
  Context context_;
  const Method method_;
  const Caller caller_;
  const Part part_;
  const Found found_;
  Credentials credentials_;
  std::optional<Request> request_;  ///< Until its body is decoded, where that has to wait.
  std::unique_ptr<Job> job_;
  Reply reply_;
  std::string known_;  ///< The entity tags that the caller has.
  std::optional<IdempotentRequest> idempotent_request_;
  std::optional<Response> answer_;  ///< What was stored for `idempotent_request_`.
  RequestLimits limits_{state_.rate_limits, part_ == Part::rest};
  std::optional<Result<void>> charged_;  ///< What the principal's limits said.
  bool is_inside_ = true;
};

}  // namespace

void serve_request(EngineState& state, const Request& request, Reply reply, Caller caller, Examined examined) {
  const auto part = examined == Examined::yes ? Exchange::Part::rest : Exchange::Part::whole;
  (new Exchange(state, request, caller, part))->start(request, std::move(reply));
}

void examine_head(EngineState& state, const Request& head, Reply reply) {
  (new Exchange(state, head, Caller::moves_on, Exchange::Part::head))->start(head, std::move(reply));
}

std::size_t body_limit(const EngineState& state, const Request& head) {
  const auto* route = find_route(state, head).route;
  return route != nullptr ? most_body(state, *route) : state.limits.body;
}

Response refuse_request(EngineState& state, const Request& as_far_as_known, const Error& error) {
  return Exchange(state, as_far_as_known, Caller::moves_on).refuse(error);
}

Result<void> run_guarded(const Context& context, std::string_view operation, const std::function<Result<void>()>& work) {
  std::string fault;
  try {
    auto result = work();
    if (result || result.error().code != Errc::internal) return result;
    fault = result.error().detail.empty() ? std::string{result.error().reason.name} : result.error().detail;
  } catch (const std::bad_alloc&) {
    return Error{.code = Errc::unavailable, .reason = Reason{"engine.no_memory"}, .retry_after = std::chrono::seconds{1}};
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
