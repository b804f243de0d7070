#pragma once

#include "tests/support/environment.hpp"

#include <innkeeper/engine.hpp>
#include <innkeeper/memory.hpp>
#include <innkeeper/operations.hpp>
#include <innkeeper/transfer.hpp>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <type_traits>

namespace innkeeper::tests {

inline const Principal host{.kind = Principal::Kind::host};

/// An engine over a store of its own, with a master key of its own.
struct Fixture {
  FakeClock clock;
  SeededRandom random;
  KeepingLog log;
  std::unique_ptr<Store> store = open_memory();
  std::unique_ptr<Engine> engine;

  explicit Fixture(std::uint64_t seed) : random(seed) {
    engine = Engine::open({.store = *store,
                           .master_key = MasterKey::generate(random),
                           .environment = {.clock = &clock, .random = &random, .log = &log}})
                 .value();
  }
  template <class In, class Out>
  Out call(const Operation<In, Out>& operation, const std::type_identity_t<In>& in) {
    return engine->call(operation, host, in).value();
  }
  Response send(Method method, std::string target, std::string body, Headers headers) {
    return engine->handle(
        {.method = method, .target = std::move(target), .headers = std::move(headers), .body = std::move(body)});
  }
  ImportReport import(std::string_view document) { return import_document(*engine, document).value(); }
  std::string dump(bool with_secrets = true) { return export_document(*engine, with_secrets).value(); }
  /// `POINTER: SENTENCE` for each thing that is wrong with a document, which changes nothing; empty if it is good.
  std::string faults_of(std::string_view document) {
    const auto before = dump();
    const auto imported = import_document(*engine, document);
    if (imported) return {};
    std::string text;
    for (const auto& each : imported.error().violations)
      text.append(text.empty() ? "" : "\n").append(each.field).append(": ").append(each.message);
    return dump() == before ? text : "something was stored";
  }
};

}  // namespace innkeeper::tests
