#include "engine/base/network.hpp"

#include "engine/base/text.hpp"

#include <algorithm>
#include <charconv>
#include <cstddef>

namespace innkeeper::base {

namespace {

constexpr std::array<std::uint8_t, 12> v4_mark{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF};
constexpr unsigned v4_prefix = 96;
constexpr std::size_t groups = 8;

bool read_v4(std::string_view text, std::uint8_t* out) {
  for (std::size_t i = 0; i < 4; ++i) {
    const auto end = i < 3 ? text.find('.') : text.size();
    if (end == std::string_view::npos) return false;
    const auto number = to_number(text.substr(0, end));
    if (!number || *number > 255) return false;
    out[i] = static_cast<std::uint8_t>(*number);
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return true;
}

/// The first so many groups of an address of version 6; an address of version 4 at the end counts as two.
struct Groups {
  std::array<std::uint8_t, 16> bytes{};
  std::size_t count = 0;
};

/// Groups with one colon between any two; none for an empty text.
std::optional<Groups> read_groups(std::string_view text) {
  Groups read;
  for (bool is_last = text.empty(); !is_last;) {
    const auto end = text.find(':');
    is_last = end == std::string_view::npos;
    const auto group = text.substr(0, end);
    if (read.count == groups || group.empty()) return std::nullopt;
    auto* const at = read.bytes.data() + read.count * 2;
    if (is_last && group.find('.') != std::string_view::npos) {
      if (read.count + 2 > groups || !read_v4(group, at)) return std::nullopt;
      read.count += 2;
      break;
    }
    unsigned value = 0;
    const auto [stop, fault] = std::from_chars(group.data(), group.data() + group.size(), value, 16);
    if (fault != std::errc{} || stop != group.data() + group.size() || group.size() > 4) return std::nullopt;
    at[0] = static_cast<std::uint8_t>(value >> 8U);
    at[1] = static_cast<std::uint8_t>(value & 0xFFU);
    ++read.count;
    if (!is_last) text.remove_prefix(end + 1);
  }
  return read;
}

std::optional<Address> parse_v6(std::string_view text) {
  const auto gap = text.find("::");
  const auto head = read_groups(text.substr(0, gap));
  if (!head) return std::nullopt;
  if (gap == std::string_view::npos) return head->count == groups ? std::optional{Address{head->bytes}} : std::nullopt;
  const bool head_is_v6 = text.substr(0, gap).find('.') == std::string_view::npos;
  const auto tail = read_groups(text.substr(gap + 2));
  if (!head_is_v6 || !tail || head->count + tail->count >= groups) return std::nullopt;
  Address address{head->bytes};
  std::copy_n(tail->bytes.begin(), tail->count * 2, address.bytes.end() - static_cast<std::ptrdiff_t>(tail->count * 2));
  return address;
}

bool has_host_bits(const Network& network) {
  for (unsigned bit = network.prefix; bit < 128; ++bit)
    if ((network.address.bytes[bit / 8] & (0x80U >> bit % 8)) != 0) return true;
  return false;
}

void append_hex(std::string& out, unsigned number) {
  std::array<char, 8> digits;
  out.append(digits.data(), std::to_chars(digits.data(), digits.data() + digits.size(), number, 16).ptr);
}

}  // namespace

bool Address::is_v4() const { return std::equal(v4_mark.begin(), v4_mark.end(), bytes.begin()); }

std::optional<Address> parse_address(std::string_view text) {
  if (text.find(':') != std::string_view::npos) return parse_v6(text);
  Address address;
  std::copy(v4_mark.begin(), v4_mark.end(), address.bytes.begin());
  if (!read_v4(text, address.bytes.data() + v4_mark.size())) return std::nullopt;
  return address;
}

std::optional<Network> parse_network(std::string_view text) {
  const auto slash = text.find('/');
  const auto address = parse_address(text.substr(0, slash));
  if (!address) return std::nullopt;
  Network network{.address = *address};
  if (slash == std::string_view::npos) return network;
  const unsigned before = text.find(':') == std::string_view::npos ? v4_prefix : 0;
  const auto length = to_number(text.substr(slash + 1));
  if (!length || *length > 128 - before) return std::nullopt;
  network.prefix = before + static_cast<unsigned>(*length);
  if (has_host_bits(network)) return std::nullopt;
  return network;
}

bool contains(const Network& network, const Address& address) {
  const auto& ours = network.address.bytes;
  const auto whole = static_cast<std::ptrdiff_t>(network.prefix / 8);
  if (network.address.is_v4() != address.is_v4() || !std::equal(ours.begin(), ours.begin() + whole, address.bytes.begin()))
    return false;
  const unsigned left = network.prefix % 8;
  const auto at = static_cast<std::size_t>(whole);
  return left == 0 || ((ours[at] ^ address.bytes[at]) >> (8 - left)) == 0;
}

std::string to_text(const Address& address) {
  const auto& bytes = address.bytes;
  std::string out;
  if (address.is_v4()) {
    for (std::size_t i = v4_mark.size(); i < bytes.size(); ++i) {
      if (!out.empty()) out += '.';
      append_number(out, bytes[i]);
    }
    return out;
  }
  const auto group = [&](std::size_t i) { return bytes[i * 2] * 256U + bytes[i * 2 + 1]; };
  // The longest run of zeros, and the first of several, is left out if it is of two groups or more.
  std::size_t gap = groups;
  std::size_t gap_size = 1;
  for (std::size_t begin = 0; begin < groups; ++begin) {
    std::size_t end = begin;
    while (end < groups && group(end) == 0) ++end;
    if (end - begin <= gap_size) continue;
    gap = begin;
    gap_size = end - begin;
  }
  for (std::size_t i = 0; i < groups;) {
    if (i == gap) {
      out += "::";
      i += gap_size;
      continue;
    }
    if (!out.empty() && out.back() != ':') out += ':';
    append_hex(out, group(i++));
  }
  return out;
}

std::string to_text(const Network& network) {
  auto out = to_text(network.address) + "/";
  append_number(out, network.prefix - (network.address.is_v4() ? v4_prefix : 0));
  return out;
}

}  // namespace innkeeper::base
