#pragma once

#include <innkeeper/entity.hpp>

#include <cstdint>
#include <string>
#include <string_view>

namespace innkeeper::json {

/// Appends compact JSON to a text as it is told; no tree. The caller sees to it that objects and arrays end and that every member
/// has a name. Strings must be UTF-8. The text outlives the writer.
class Writer {
 public:
  explicit Writer(std::string& out) : out_(out) {}

  Writer& begin_object() { return begin('{'); }
  Writer& end_object() { return end('}'); }
  Writer& begin_array() { return begin('['); }
  Writer& end_array() { return end(']'); }

  /// The name of the next value; it is escaped like any string.
  Writer& key(std::string_view name) {
    separate();
    append_string(name);
    out_ += ':';
    needs_comma_ = false;
    return *this;
  }

  /// The same for a name that is known to need no escaping.
  Writer& plain_key(std::string_view name);

  Writer& string(std::string_view value) {
    separate();
    append_string(value);
    return *this;
  }
  Writer& integer(std::int64_t value);
  /// An integer between quotation marks.
  Writer& quoted(std::int64_t value);
  Writer& boolean(bool value) { return raw(value ? "true" : "false"); }
  Writer& null() { return raw("null"); }
  /// Text that is JSON already.
  Writer& raw(std::string_view json) {
    separate();
    out_ += json;
    return *this;
  }
  Writer& raw(const JsonText& json) { return raw(json.text); }

 private:
  Writer& begin(char bracket) {
    separate();
    out_ += bracket;
    needs_comma_ = false;
    return *this;
  }
  Writer& end(char bracket) {
    out_ += bracket;
    needs_comma_ = true;
    return *this;
  }
  void separate() {
    if (needs_comma_) out_ += ',';
    needs_comma_ = true;
  }
  void append_string(std::string_view value);

  std::string& out_;
  bool needs_comma_ = false;
};

}  // namespace innkeeper::json
