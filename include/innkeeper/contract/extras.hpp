#pragma once

#include <innkeeper/json/parse.hpp>
#include <innkeeper/json/writer.hpp>

#include <optional>
#include <string_view>

/// A row's `extras`: an object with what only one contract understands, under the contract's name.
namespace innkeeper::contract {

/// What a contract keeps in a row's `extras`. Views last as long as this does.
class Extras {
 public:
  Extras(const JsonText& all, std::string_view contract)
      : document_(json::parse(all.text, json::max_depth_inside)), contract_(contract) {}
  /// What is at a path of names in it, if anything is.
  template <class... Names>
  std::optional<json::View> find(const Names&... names) const {
    auto at = document_ ? document_->root().find(contract_) : std::nullopt;
    for (const std::string_view name : {std::string_view{names}...}) at = at ? at->find(name) : std::nullopt;
    return at;
  }

 private:
  Result<json::Document> document_;
  std::string_view contract_;
};

/// `all` with `own` as what the contract keeps, in place of what it kept, beside what others keep.
inline JsonText with_extras(const JsonText& all, std::string_view contract, const JsonText& own) {
  JsonText text;
  json::Writer out{text.text};
  out.begin_object();
  if (const auto document = json::parse(all.text, json::max_depth_inside))
    for (const auto& [name, value] : document->root().members())
      if (name != contract) out.key(name).raw(value.to_json());
  out.key(contract).raw(own).end_object();
  return text;
}

}  // namespace innkeeper::contract
