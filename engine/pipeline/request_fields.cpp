#include "engine/pipeline/request_fields.hpp"

#include "engine/base/field_lists.hpp"
#include "engine/base/text.hpp"

#include <algorithm>
#include <bit>
#include <string>
#include <utility>

namespace innkeeper::pipeline {

namespace {

/// Of the fields that the engine reads, those with one value. All others are lists: `base::list_of`.
constexpr std::array<std::string_view, 7> own_fields{header::authorization,   header::content_type,  header::host,
                                                     header::idempotency_key, header::last_event_id, header::traceparent,
                                                     header::x_request_id};

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

Result<SingleFields> SingleFields::build(std::span<const Mount> mounts) {
  SingleFields fields;
  const auto add = [&](std::span<const std::string_view> names) {
    for (const auto name : names)
      if (fields.set_of(name) == 0) {
        if (fields.names_.size() < most) fields.by_size_[name.size() % fields.by_size_.size()] |= Set{1} << fields.names_.size();
        fields.names_.push_back(name);
      }
  };
  add(own_fields);
  for (const auto& mount : mounts) add(mount.dialect->single_headers);
  if (fields.names_.size() > most)
    return Error{Errc::invalid, Reason{"headers.too_many"},
                 "the dialects have more than " + std::to_string(most - own_fields.size()) + " header fields of one value"};
  return fields;
}

SingleFields::Set SingleFields::set_of(std::string_view name) const {
  // For most fields of a request there is none of that size.
  auto candidates = by_size_[name.size() % by_size_.size()];
  for (; candidates != 0; candidates &= candidates - 1) {
    const auto i = static_cast<std::size_t>(std::countr_zero(candidates));
    if (base::equals_ignoring_case(name, names_[i])) return Set{1} << i;
  }
  return 0;
}

Result<void> SingleFields::require(const Headers& headers) const {
  Set seen = 0;
  for (std::size_t i = 0; i < headers.size(); ++i) {
    const auto field = set_of(headers[i].name);
    if ((seen & field) != 0)
      return Error{Errc::malformed, Reason{"field.repeated"}, "There is more than one " + std::string{headers[i].name} + "."};
    seen |= field;
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
