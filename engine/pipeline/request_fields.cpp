#include "engine/pipeline/request_fields.hpp"

#include "engine/base/field_lists.hpp"
#include "engine/base/text.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <string>
#include <utility>

namespace innkeeper::pipeline {

namespace {

/// The fields with one value that somebody here reads. All others that are read are lists: `base::list_of`.
constexpr std::array<std::string_view, 9> single_fields{header::authorization,   header::content_type,  header::host,
                                                        header::idempotency_key, header::last_event_id, header::traceparent,
                                                        header::x_request_id,    "X-Auth-Token",        "X-Subject-Token"};

using Set = std::uint16_t;
static_assert(single_fields.size() <= 16);

/// Which of them have a name of that size: for most fields of a request, none.
constexpr auto sets_by_size = [] {
  std::array<Set, 16> sets{};
  for (std::size_t i = 0; i < single_fields.size(); ++i)
    sets[single_fields[i].size()] = static_cast<Set>(sets[single_fields[i].size()] | (1U << i));
  return sets;
}();

/// The single field of that name, as a set of one; empty if it is another.
Set set_of(std::string_view name) {
  if (name.size() >= sets_by_size.size()) return 0;
  for (std::size_t i = 0; i < single_fields.size(); ++i)
    if (((sets_by_size[name.size()] >> i) & 1U) != 0 && base::equals_ignoring_case(name, single_fields[i]))
      return static_cast<Set>(1U << i);
  return 0;
}

bool is_coded(const Request& request) {
  if (request.body.empty()) return false;
  const auto codings = base::list_of(request.headers, "Content-Encoding").value_or("");
  for (std::string_view rest = codings; !rest.empty();) {
    const auto comma = std::min(rest.find(','), rest.size());
    const auto coding = base::trimmed(rest.substr(0, comma));
    if (!coding.empty() && !base::equals_ignoring_case(coding, "identity")) return true;
    rest.remove_prefix(std::min(comma + 1, rest.size()));
  }
  return false;
}

/// Stands for the job of a request that nobody decodes.
class RefusedJob final : public Job {
 public:
  explicit RefusedJob(Error refusal) : refusal_(std::move(refusal)) {}
  const Error* refusal() const override { return &refusal_; }
  Result<void> run(Transaction&, const Context&) override { return refusal_; }
  void write(const Context&, Response&) override {}

 private:
  const Error refusal_;
};

}  // namespace

Result<void> require_single_fields(const Headers& headers) {
  Set seen = 0;
  for (std::size_t i = 0; i < headers.size(); ++i) {
    const auto field = set_of(headers[i].name);
    if ((seen & field) != 0)
      return Error{Errc::malformed, Reason{"field.repeated"}, "There is more than one " + std::string{headers[i].name} + "."};
    seen = static_cast<Set>(seen | field);
  }
  return {};
}

std::unique_ptr<Job> decode(const Handler& handler, const Call& call) {
  if (is_coded(call.request))
    return std::make_unique<RefusedJob>(
        Error{Errc::unsupported_media, coded_body, "the body must come as it is, without a Content-Encoding"});
  return handler.decode(call);
}

}  // namespace innkeeper::pipeline
