#include "engine/transfer/document.hpp"

#include "engine/base/text.hpp"
#include "engine/base/time.hpp"
#include "engine/json/codecs.hpp"
#include "engine/json/parse.hpp"

#include <algorithm>
#include <array>
#include <span>
#include <utility>

namespace innkeeper::transfer {

namespace {

using Faults = std::vector<Violation>;

/// One member that an object of the document may have. `read` puts its value into the entry, or adds what is wrong with it.
template <class E>
struct Field {
  std::string_view name;
  void (*read)(json::View, const std::string& pointer, E&, Faults&);
};

/// The fields of an entry, specialised below.
template <class E>
struct FieldsOf;

void add_fault(Faults& faults, const std::string& pointer, std::string sentence) {
  faults.push_back({.field = pointer, .code = {}, .message = std::move(sentence)});
}

/// A member name as a step of a JSON pointer (RFC 6901 §3).
std::string step(std::string_view name) {
  std::string out{"/"};
  for (char c : name) {
    if (c == '~' || c == '/')
      out += c == '~' ? "~0" : "~1";
    else
      out += c;
  }
  return out;
}

template <class E>
E read_entry(json::View value, const std::string& pointer, Faults& faults) {
  E entry{};
  entry.pointer = pointer;
  if (!value.is(json::Kind::object)) {
    add_fault(faults, entry.pointer, "must be an object");
    return entry;
  }
  const auto& fields = FieldsOf<E>::table;
  for (const auto member : value.members()) {
    const auto at = entry.pointer + step(member.name);
    const auto known =
        std::find_if(std::begin(fields), std::end(fields), [&](const auto& field) { return field.name == member.name; });
    if (known == std::end(fields))
      add_fault(faults, at, "is not a field of this entry");
    else
      known->read(member.value, at, entry, faults);
  }
  FieldsOf<E>::require(entry, faults);
  return entry;
}

// ---- kinds of values
// -----------------------------------------------------------------------------------------------------------

template <auto member, class E>
void read_text(json::View value, const std::string& pointer, E& entry, Faults& faults) {
  if (!value.is(json::Kind::string)) return add_fault(faults, pointer, "must be a string");
  entry.*member = std::string{value.text()};
}

template <auto member, class E>
void read_label(json::View value, const std::string& pointer, E& entry, Faults& faults) {
  if (!value.is(json::Kind::string) || value.text().empty())
    return add_fault(faults, pointer, "must be a string that is not empty");
  entry.*member = std::string{value.text()};
}

template <class E>
void read_id(json::View value, const std::string& pointer, E& entry, Faults& faults) {
  const auto given = value.is(json::Kind::string) || value.is_integer() ? base::to_number(value.text()) : std::nullopt;
  if (!given || *given == 0)
    return add_fault(faults, pointer, "must be an id from 1 to 9007199254740991, or its digits in a string");
  entry.id = Id{*given};
}

template <auto member, class E>
void read_count(json::View value, const std::string& pointer, E& entry, Faults& faults) {
  const auto given = value.integer();
  if (!given || *given < 0) return add_fault(faults, pointer, "must be an integer, zero or more");
  entry.*member = *given;
}

template <auto member, class E>
void read_instant(json::View value, const std::string& pointer, E& entry, Faults& faults) {
  const auto given = value.is(json::Kind::string) ? base::from_rfc3339(value.text()) : std::nullopt;
  if (!given) return add_fault(faults, pointer, R"(must be a time such as "2024-03-04T01:02:03.000000Z")");
  entry.*member = *given;
}

template <auto member, class E>
void read_name(json::View value, const std::string& pointer, E& entry, Faults& faults) {
  using Names = typename std::remove_cvref_t<decltype(entry.*member)>::value_type;
  const auto given = value.is(json::Kind::string) ? from_name<Names>(value.text()) : std::nullopt;
  if (given) {
    entry.*member = *given;
    return;
  }
  std::string sentence{"must be "};
  const auto& names = names_of<Names>;
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (i > 0) sentence += i + 1 == names.size() ? " or " : ", ";
    sentence.append("\"").append(names[i]).append("\"");
  }
  add_fault(faults, pointer, std::move(sentence));
}

template <auto member, const json::TextSet& codec, class E>
void read_texts(json::View value, const std::string& pointer, E& entry, Faults& faults) {
  auto given = codec.read(value);
  if (!given) return add_fault(faults, pointer, "must be an array of strings");
  entry.*member = *std::move(given);
}

template <auto member, class E>
void read_object(json::View value, const std::string& pointer, E& entry, Faults& faults) {
  if (!value.is(json::Kind::object)) return add_fault(faults, pointer, "must be an object");
  entry.*member = value.to_json();
}

void read_month(json::View value, const std::string& pointer, UsageEntry& entry, Faults& faults) {
  const auto text = value.is(json::Kind::string) ? value.text() : std::string_view{};
  const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  const auto digits = std::string{text.substr(0, 4)}.append(text.size() == 7 ? text.substr(5) : std::string_view{});
  if (digits.size() != 6 || text[4] != '-' || !std::all_of(digits.begin(), digits.end(), is_digit))
    return add_fault(faults, pointer, R"(must be a month such as "2024-03")");
  const auto month = std::stoll(digits);
  if (month % 100 < 1 || month % 100 > 12) return add_fault(faults, pointer, R"(must be a month such as "2024-03")");
  entry.month = month;
}

template <auto member, class E>
void read_entries(json::View value, const std::string& pointer, E& entry, Faults& faults) {
  using Item = typename std::remove_cvref_t<decltype(entry.*member)>::value_type;
  if (!value.is(json::Kind::array)) return add_fault(faults, pointer, "must be an array");
  std::size_t position = 0;
  for (auto element : value.elements())
    (entry.*member).push_back(read_entry<Item>(element, pointer + "/" + std::to_string(position++), faults));
}

/// A place for entities that the model does not have.
template <class E>
void read_none(json::View value, const std::string& pointer, E&, Faults& faults) {
  if (!value.is(json::Kind::array) || value.size() > 0)
    add_fault(faults, pointer, "must be an empty array: this version keeps no such entries");
}

template <class E>
void require_name(const E& entry, Faults& faults) {
  const auto told = [&](const Violation& fault) { return fault.field == entry.pointer + "/name"; };
  if (!entry.name && std::none_of(faults.begin(), faults.end(), told)) add_fault(faults, entry.pointer + "/name", "is required");
}

// ---- the fields
// ----------------------------------------------------------------------------------------------------------------

template <>
struct FieldsOf<OperatorEntry> {
  using E = OperatorEntry;
  static constexpr Field<E> table[] = {
      {"id", read_id<E>},
      {"uid", read_label<&E::uid, E>},
      {"name", read_label<&E::name, E>},
      {"secret", read_label<&E::secret, E>},
      {"created_at", read_instant<&E::created_at, E>},
  };
  static void require(const E& entry, Faults& faults) { require_name(entry, faults); }
};

template <>
struct FieldsOf<UsageEntry> {
  using E = UsageEntry;
  static constexpr Field<E> table[] = {
      {"month", read_month},
      {"signaling", read_count<&E::signaling, E>},
      {"turn_bytes", read_count<&E::turn_bytes, E>},
      {"sfu_bytes", read_count<&E::sfu_bytes, E>},
  };
  static void require(const E& entry, Faults& faults) {
    const auto told = [&](const Violation& fault) { return fault.field == entry.pointer + "/month"; };
    if (!entry.month && std::none_of(faults.begin(), faults.end(), told))
      add_fault(faults, entry.pointer + "/month", "is required");
  }
};

template <>
struct FieldsOf<AppEntry> {
  using E = AppEntry;
  static constexpr Field<E> table[] = {
      {"id", read_id<E>},
      {"uid", read_label<&E::uid, E>},
      {"name", read_label<&E::name, E>},
      {"secret", read_label<&E::secret, E>},
      {"description", read_text<&E::description, E>},
      {"status", read_name<&E::status, E>},
      {"domains", read_texts<&E::domains, json::text_set, E>},
      {"permissions", read_texts<&E::permissions, json::sorted_text_set, E>},
      {"recording_bucket", read_text<&E::recording_bucket, E>},
      {"recording_credential", read_text<&E::recording_credential, E>},
      {"extras", read_object<&E::extras, E>},
      {"created_at", read_instant<&E::created_at, E>},
      {"updated_at", read_instant<&E::updated_at, E>},
      {"usage", read_entries<&E::usage, E>},
      {"members", read_none<E>},
      {"devices", read_none<E>},
      {"rooms", read_none<E>},
  };
  static void require(const E& entry, Faults& faults) {
    if (!entry.uid) require_name(entry, faults);
  }
};

template <>
struct FieldsOf<TenantEntry> {
  using E = TenantEntry;
  static constexpr Field<E> table[] = {
      {"id", read_id<E>},
      {"uid", read_label<&E::uid, E>},
      {"name", read_label<&E::name, E>},
      {"status", read_name<&E::status, E>},
      {"created_at", read_instant<&E::created_at, E>},
      {"updated_at", read_instant<&E::updated_at, E>},
      {"operators", read_entries<&E::operators, E>},
      {"apps", read_entries<&E::apps, E>},
  };
  static void require(const E& entry, Faults& faults) { require_name(entry, faults); }
};

template <>
struct FieldsOf<Document> {
  using E = Document;
  static constexpr Field<E> table[] = {
      {"operators", read_entries<&E::operators, E>},
      {"tenants", read_entries<&E::tenants, E>},
  };
  static void require(const E&, Faults&) {}
};

}  // namespace

Result<Document> read_document(std::string_view json) {
  const auto parsed = json::parse(json);
  if (!parsed) return parsed.error();
  Faults faults;
  auto document = read_entry<Document>(parsed->root(), "", faults);
  if (!faults.empty()) return refused(std::move(faults));
  return document;
}

Error refused(std::vector<Violation> violations) {
  return {Errc::invalid, Reason{"transfer.refused"}, "the document breaks rules; nothing was stored", std::move(violations)};
}

}  // namespace innkeeper::transfer
