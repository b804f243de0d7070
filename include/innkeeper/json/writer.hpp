#pragma once

#include <innkeeper/types.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace innkeeper::json {

/// Appends compact JSON to a text as it is told; no tree. The caller must end every object and array, and name every member.
/// Strings must be UTF-8. The text outlives the writer; a value is in it when it is whole, not before.
class Writer {
 public:
  explicit Writer(std::string& out) : out_(out) {}
  Writer(const Writer&) = delete;
  Writer& operator=(const Writer&) = delete;

  Writer& begin_object() { return begin('{'); }
  Writer& end_object() { return end('}'); }
  Writer& begin_array() { return begin('['); }
  Writer& end_array() { return end(']'); }

  /// The name of the next value; it is escaped like any string.
  Writer& key(std::string_view name) {
    separate();
    put_string(name);
    put(':');
    needs_comma_ = false;
    return *this;
  }

  /// The same for a name that is known to need no escaping.
  Writer& plain_key(std::string_view name) {
    separate();
    put('"');
    put(name);
    put("\":");
    needs_comma_ = false;
    return *this;
  }

  Writer& string(std::string_view value) {
    separate();
    put_string(value);
    return settle();
  }
  /// The same for a text that is known to need no escaping.
  Writer& plain_string(std::string_view value) {
    separate();
    put('"');
    put(value);
    put('"');
    return settle();
  }
  Writer& integer(std::int64_t value);
  /// An integer between quotation marks.
  Writer& quoted(std::int64_t value);
  Writer& boolean(bool value) { return raw(value ? "true" : "false"); }
  Writer& null() { return raw("null"); }
  /// Text that is JSON already.
  Writer& raw(std::string_view json) {
    separate();
    put(json);
    return settle();
  }
  Writer& raw(const JsonText& json) { return raw(json.text); }

 private:
  Writer& begin(char bracket) {
    separate();
    put(bracket);
    ++depth_;
    needs_comma_ = false;
    return *this;
  }
  Writer& end(char bracket) {
    put(bracket);
    --depth_;
    needs_comma_ = true;
    return settle();
  }
  void separate() {
    if (needs_comma_) put(',');
    needs_comma_ = true;
  }
  Writer& settle() {
    if (depth_ == 0) flush();
    return *this;
  }

  void put(char c) {
    if (gathered_ == chunk_.size()) flush();
    chunk_[gathered_++] = c;
  }
  void put(std::string_view text) {
    if (text.size() > chunk_.size() - gathered_) return put_long(text);
    std::copy(text.begin(), text.end(), chunk_.data() + gathered_);
    gathered_ += text.size();
  }
  void put_long(std::string_view text) {
    flush();
    out_ += text;
  }
  void put_string(std::string_view value);
  void put_number(std::int64_t value);
  void flush() {
    out_.append(chunk_.data(), gathered_);
    gathered_ = 0;
  }

  std::string& out_;
  std::size_t gathered_ = 0;
  unsigned depth_ = 0;
  bool needs_comma_ = false;
  std::array<char, 1'024> chunk_;  ///< What is not in the text yet: one append costs more than many copies.
};

}  // namespace innkeeper::json
