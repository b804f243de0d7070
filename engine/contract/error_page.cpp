#include <innkeeper/contract/error_page.hpp>

#include <algorithm>

namespace innkeeper::contract {

namespace {

Wording found_in(const ErrorPage& page, const Error& error, std::string_view operation) {
  if (!error.violations.empty())
    if (const auto* row = find_code(page, error.violations.front().code)) return {row->status, row->code, row->text};
  const auto kind = page.kind_of != nullptr ? page.kind_of(error) : error.code;
  const auto fits = [&](const ErrorCase& each) {
    return (!each.reason || each.reason == error.reason) && (each.operation.empty() || each.operation == operation) &&
           (!each.errc || *each.errc == kind);
  };
  const auto found = std::find_if(page.cases.begin(), page.cases.end(), fits);
  return found != page.cases.end() ? found->wording : page.by_errc[static_cast<std::size_t>(kind)];
}

}  // namespace

Wording wording_of(const ErrorPage& page, const Error& error, std::string_view operation) {
  auto wording = found_in(page, error, operation);
  const auto* row = find_code(page, wording.code);
  if (wording.status == 0 && row != nullptr) wording.status = row->status;
  if (wording.text.empty() && row != nullptr) wording.text = row->text;
  return wording;
}

}  // namespace innkeeper::contract
