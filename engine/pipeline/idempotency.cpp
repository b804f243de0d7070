#include "engine/pipeline/idempotency.hpp"

#include <innkeeper/model.hpp>
#include <innkeeper/operations/keys.hpp>
#include <innkeeper/transaction.hpp>

#include "engine/base/internals.hpp"
#include "engine/base/records.hpp"
#include "engine/base/text.hpp"
#include "engine/crypto/keyring.hpp"

#include <algorithm>

namespace innkeeper::pipeline {

namespace {

void append(std::string& out, std::string_view text) {
  base::append_number(out, static_cast<std::int64_t>(text.size()));
  out.append(":").append(text);
}

/// The next text that `append` wrote.
std::optional<std::string_view> take(std::string_view& packed) {
  const auto colon = packed.find(':');
  if (colon == std::string_view::npos) return std::nullopt;
  const auto size = base::to_number(packed.substr(0, colon));
  packed.remove_prefix(colon + 1);
  if (!size || static_cast<std::size_t>(*size) > packed.size()) return std::nullopt;
  const auto text = packed.substr(0, static_cast<std::size_t>(*size));
  packed.remove_prefix(text.size());
  return text;
}

/// An answer, and the key that it was given to.
struct Given {
  Id key{};
  Response response{};
};

std::string pack(Id key, const Response& response) {
  std::string packed;
  append(packed, std::to_string(number(key)));
  append(packed, std::to_string(response.status));
  append(packed, response.body);
  for (std::size_t i = 0; i < response.headers.size(); ++i) {
    append(packed, response.headers[i].name);
    append(packed, response.headers[i].value);
  }
  return packed;
}

std::optional<Given> unpack(std::string_view packed) {
  Given given;
  auto& response = given.response;
  const auto key = take(packed);
  const auto status = take(packed);
  const auto body = take(packed);
  if (!key || !status || !body) return std::nullopt;
  given.key = Id{base::to_number(*key).value_or(0)};
  response.status = static_cast<int>(base::to_number(*status).value_or(500));
  response.body = *body;
  while (!packed.empty()) {
    const auto name = take(packed);
    const auto value = take(packed);
    if (!name || !value) return std::nullopt;
    response.headers.add(*name, *value);
  }
  return given;
}

std::string binding_of(const IdempotentRequest& request) { return "answer:" + request.digest.data; }

}  // namespace

bool is_idempotency_key(std::string_view key) {
  return !key.empty() && key.size() <= 255 && std::all_of(key.begin(), key.end(), [](char c) { return c > ' ' && c < 0x7f; });
}

Result<std::optional<Response>> find_answer(Transaction& tx, const Context& context, const IdempotentRequest& request) {
  auto stored = tx.first(Query<StoredAnswer>{}.where(&StoredAnswer::digest, request.digest));
  if (!stored) return stored.error().code == Errc::not_found ? Result<std::optional<Response>>{std::nullopt} : stored.error();
  if (stored->expires_at <= context.now) {
    if (auto erased = tx.erase<StoredAnswer>(stored->id); !erased) return erased.error();
    return std::optional<Response>{};
  }
  if (stored->body != request.body)
    return Error{Errc::invalid, Reason{"idempotency.reused"}, "this Idempotency-Key was used for another request"};
  const auto packed = context.internals.keyring.open(stored->sealed, binding_of(request));
  auto given = packed ? unpack(*packed) : std::nullopt;
  if (!given) return Error{Errc::internal, Reason{"idempotency.seal_broken"}, "a stored answer does not open"};
  if (auto may = keys::require_covers(tx, context, given->key); !may) return may.error();
  given->response.headers.set(header::idempotency_replayed, "true");
  return std::move(given->response);
}

Result<void> store_answer(Transaction& tx, const Context& context, const IdempotentRequest& request, const Response& response) {
  StoredAnswer answer{.digest = request.digest,
                      .body = request.body,
                      .sealed = context.internals.keyring.seal(pack(context.principal.key, response), binding_of(request)),
                      .expires_at = context.now + idempotency_life,
                      .tenant = context.principal.tenant,
                      .app = context.principal.app()};
  return tx.insert(answer);
}

}  // namespace innkeeper::pipeline
