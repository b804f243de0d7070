#include <innkeeper/contract/envelope.hpp>
#include <innkeeper/json/writer.hpp>

namespace innkeeper::contract {

namespace {

/// Calls `on_table` for the tables whose members stand beside each other, and `on_member` where the payload has one of its own.
template <class OnTable, class OnMember>
void walk(const Envelope& envelope, const PropertyTable* payload, OnTable on_table, OnMember on_member) {
  if (envelope.before != nullptr) on_table(*envelope.before);
  if (!envelope.member.empty())
    on_member();
  else if (payload != nullptr)
    on_table(*payload);
  if (envelope.after != nullptr) on_table(*envelope.after);
}

void write_answer(Writer& out, const Envelope& envelope, const Success& success, const PropertyTable* table,
                  const void* payload) {
  out.begin_object();
  walk(
      envelope, table, [&](const PropertyTable& rows) { write_members(out, rows, &rows == table ? payload : &success); },
      [&] {
        out.plain_key(envelope.member);
        if (envelope.is_list) out.begin_array();
        if (table != nullptr) write_object(out, *table, payload);
        if (envelope.is_list) out.end_array();
      });
  out.end_object();
}

std::string describe_answer(const Envelope& envelope, const PropertyTable* payload) {
  std::string text;
  Writer out{text};
  out.begin_object().key("title").string(envelope.title).key("type").string("object").key("properties").begin_object();
  walk(
      envelope, payload, [&](const PropertyTable& rows) { describe_members(out, rows); },
      [&] {
        out.key(envelope.member).begin_object();
        envelope.is_list ? describe_array(out, *payload) : describe(out, *payload);
        out.end_object();
      });
  out.end_object().key("required").begin_array();
  walk(
      envelope, payload, [&](const PropertyTable& rows) { name_required(out, rows); }, [&] { out.string(envelope.member); });
  out.end_array().end_object();
  return text;
}

}  // namespace

void encode(Writer& out, const Envelope& envelope, const Success& success) {
  write_answer(out, envelope, success, nullptr, nullptr);
}

void encode(Writer& out, const Envelope& envelope, const Success& success, const PropertyTable& table, const void* payload) {
  write_answer(out, envelope, success, &table, payload);
}

std::string head_of(const Envelope& envelope, const Success& success) {
  auto head = envelope;
  head.after = nullptr;
  std::string text;
  Writer out{text};
  encode(out, head, success);
  text.resize(text.size() - std::string_view{"]}"}.size());
  return text;
}

std::string tail_of(const Envelope& envelope, const Success& success) {
  if (envelope.after == nullptr) return "]}";
  std::string text;
  Writer out{text};
  write_object(out, *envelope.after, &success);
  return "]," + text.substr(1);
}

std::string schema(const Envelope& envelope) { return describe_answer(envelope, nullptr); }
std::string schema(const Envelope& envelope, const PropertyTable& payload) { return describe_answer(envelope, &payload); }

}  // namespace innkeeper::contract
