#include <innkeeper/json/parse.hpp>
#include <innkeeper/json/writer.hpp>

#include <boost/json/basic_parser_impl.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <limits>
#include <string>

namespace innkeeper::json {

/// Takes the events of Boost's parser and lays the cells down. Text goes to one buffer as large as the source, which unescaped
/// text never outgrows.
class Builder {
 public:
  static constexpr std::size_t max_object_size = std::numeric_limits<std::uint32_t>::max();
  static constexpr std::size_t max_array_size = max_object_size;
  static constexpr std::size_t max_key_size = max_object_size;
  static constexpr std::size_t max_string_size = max_object_size;

  explicit Builder(std::size_t source_size) {
    document_.cells_.reserve(source_size / 8 + 4);
    document_.text_ = std::make_unique_for_overwrite<char[]>(source_size);
    free_ = document_.text_.get();
  }
  Document take() { return std::move(document_); }
  Reason reason() const { return reason_; }

  using Code = boost::json::error_code;
  using Text = boost::json::string_view;
  bool on_document_begin(Code&) { return true; }
  bool on_document_end(Code&) { return true; }
  bool on_array_begin(Code&) { return open(Kind::array); }
  bool on_array_end(std::size_t count, Code&) {
    close(count);
    return true;
  }
  bool on_object_begin(Code&) { return open(Kind::object); }
  bool on_object_end(std::size_t count, Code& code) {
    const View object{close(count)};
    return has_duplicate(object) ? refuse(reason::duplicate_member, code) : true;
  }
  bool on_string_part(Text part, std::size_t, Code&) { return keep(part); }
  bool on_string(Text last, std::size_t, Code&) { return keep(last) && add_text(Kind::string); }
  bool on_key_part(Text part, std::size_t, Code&) { return keep(part); }
  bool on_key(Text last, std::size_t, Code&) { return keep(last) && add_text(Kind::string); }
  bool on_number_part(Text part, Code&) { return keep(part); }
  bool on_int64(std::int64_t number, Text last, Code&) {
    keep(last);
    add_text(Kind::number);
    document_.cells_.back().is_integer = true;
    document_.cells_.back().integer = number;
    return true;
  }
  bool on_uint64(std::uint64_t, Text last, Code&) { return keep(last) && add_text(Kind::number); }
  bool on_double(double number, Text last, Code& code) {
    keep(last);
    add_text(Kind::number);
    const auto& cell = document_.cells_.back();
    const bool is_whole = std::string_view{cell.text, cell.size}.find_first_of(".eE") == std::string_view::npos;
    const bool is_taken = std::isfinite(number) && (!is_whole || depth_ >= free_depth);
    return is_taken || refuse(reason::number_out_of_range, code);
  }
  bool on_bool(bool value, Code&) {
    document_.cells_.push_back({.kind = Kind::boolean, .is_true = value});
    return true;
  }
  bool on_null(Code&) {
    document_.cells_.push_back({});
    return true;
  }
  bool on_comment_part(Text, Code&) { return true; }
  bool on_comment(Text, Code&) { return true; }

 private:
  bool keep(Text part) {
    std::memcpy(free_, part.data(), part.size());
    free_ += part.size();
    pending_ += part.size();
    return true;
  }
  bool add_text(Kind kind) {
    document_.cells_.push_back({.kind = kind, .size = static_cast<std::uint32_t>(pending_), .text = free_ - pending_});
    pending_ = 0;
    return true;
  }
  bool open(Kind kind) {
    open_[depth_++] = static_cast<std::uint32_t>(document_.cells_.size());
    document_.cells_.push_back({.kind = kind});
    return true;
  }
  const detail::Cell* close(std::size_t count) {
    const auto at = open_[--depth_];
    auto& cell = document_.cells_[at];
    cell.size = static_cast<std::uint32_t>(count);
    cell.span = static_cast<std::uint32_t>(document_.cells_.size() - at);
    return &cell;
  }
  bool refuse(Reason why, Code& code) {
    reason_ = why;
    code = boost::json::error::extra_data;
    return false;
  }
  bool has_duplicate(View object) {
    names_.clear();
    for (auto member : object.members()) names_.push_back(member.name);
    std::sort(names_.begin(), names_.end());
    return std::adjacent_find(names_.begin(), names_.end()) != names_.end();
  }

  Document document_;
  std::array<std::uint32_t, max_depth_inside> open_{};
  std::size_t depth_ = 0;
  char* free_ = nullptr;
  std::size_t pending_ = 0;
  std::vector<std::string_view> names_;
  Reason reason_{};
};

namespace {

Reason reason_of(const boost::json::error_code& code) {
  if (code == boost::json::error::too_deep) return reason::too_deep;
  if (code == boost::json::error::exponent_overflow) return reason::number_out_of_range;
  return reason::syntax;
}

std::string sentence_of(Reason why) {
  if (why == reason::too_deep) return "nested too deep";
  if (why == reason::duplicate_member) return "an object has two members of one name";
  if (why == reason::number_out_of_range) return "a number is out of range";
  return "not valid JSON";
}

}  // namespace

Result<Document> parse(std::string_view text, std::size_t depth) {
  if (text.find_first_not_of(" \t\r\n") == std::string_view::npos)
    return Error{Errc::malformed, reason::empty, "there is no JSON text"};
  if (text.size() > std::numeric_limits<std::uint32_t>::max()) return Error{Errc::too_large};

  boost::json::parse_options options;
  options.max_depth = std::min(depth, max_depth_inside);
  boost::json::basic_parser<Builder> parser(options, text.size());
  boost::json::error_code code;
  auto used = parser.write_some(false, text.data(), text.size(), code);
  if (!code) {
    while (used < text.size() && std::string_view{" \t\r\n"}.find(text[used]) != std::string_view::npos) ++used;
    if (used == text.size()) return parser.handler().take();
  }
  auto why = parser.handler().reason();
  if (!why) why = reason_of(code);
  return Error{Errc::malformed, why, sentence_of(why) + " (at byte " + std::to_string(used) + ")"};
}

std::optional<View> View::find(std::string_view name) const {
  for (auto member : members())
    if (member.name == name) return member.value;
  return std::nullopt;
}

namespace {

void write(Writer& out, View value) {
  switch (value.kind()) {
    case Kind::null:
      out.null();
      break;
    case Kind::boolean:
      out.boolean(value.boolean());
      break;
    case Kind::number:
      out.raw(value.text());
      break;
    case Kind::string:
      out.string(value.text());
      break;
    case Kind::array:
      out.begin_array();
      for (auto element : value.elements()) write(out, element);
      out.end_array();
      break;
    case Kind::object:
      out.begin_object();
      for (auto member : value.members()) write(out.key(member.name), member.value);
      out.end_object();
      break;
  }
}

}  // namespace

JsonText View::to_json() const {
  JsonText json;
  Writer out{json.text};
  write(out, *this);
  return json;
}

}  // namespace innkeeper::json
