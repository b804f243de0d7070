#include <innkeeper/master_key.hpp>

#include "engine/base/text.hpp"

#include <botan/mem_ops.h>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <system_error>
#include <utility>
#include <vector>

namespace innkeeper {

namespace {

/// A file descriptor that closes itself.
class File {
 public:
  File(const std::string& path, int flags, mode_t mode = 0) : number_(::open(path.c_str(), flags | O_CLOEXEC, mode)) {}
  ~File() {
    if (number_ >= 0) ::close(number_);
  }
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  bool is_open() const { return number_ >= 0; }
  int number() const { return number_; }

 private:
  int number_;
};

std::string cause() { return std::generic_category().message(errno); }

Error cannot(Errc code, std::string_view what, const std::string& path) {
  return {code, Reason{"master_key.file"}, std::string{what} + " " + path + ": " + cause()};
}

bool is_own_group(gid_t group) {
  if (group == ::getegid()) return true;
  std::vector<gid_t> groups(static_cast<std::size_t>(std::max(::getgroups(0, nullptr), 0)));
  groups.resize(static_cast<std::size_t>(std::max(::getgroups(static_cast<int>(groups.size()), groups.data()), 0)));
  return std::find(groups.begin(), groups.end(), group) != groups.end();
}

/// Only its owner may read it, or a group of this process too: that is how orchestrators mount secrets.
Result<void> require_private(const std::string& path, const struct stat& about) {
  const bool is_for_group = (about.st_mode & S_IRGRP) != 0;
  const bool is_exposed = (about.st_mode & (S_IWGRP | S_IXGRP | S_IRWXO)) != 0;
  if (!is_exposed && (!is_for_group || is_own_group(about.st_gid))) return {};
  std::array<char, 5> mode;
  std::snprintf(mode.data(), mode.size(), "%04o", static_cast<unsigned>(about.st_mode) & 0777U);
  return Error{Errc::forbidden, Reason{"master_key.exposed"},
               path + " has the mode " + mode.data() + " and the group " + std::to_string(about.st_gid) +
                   "; its mode must be 0600 or 0400, or 0640 or 0440 with a group of this process"};
}

}  // namespace

Result<MasterKey> MasterKey::from_text(std::string_view text) {
  while (!text.empty() && std::strchr(" \t\r\n", text.front()) != nullptr) text.remove_prefix(1);
  while (!text.empty() && std::strchr(" \t\r\n", text.back()) != nullptr) text.remove_suffix(1);
  auto bytes = base::from_hex(text);
  if (!bytes || bytes->size() != size)
    return Error{Errc::invalid, Reason{"master_key.form"}, "a master key is 64 hexadecimal digits"};
  MasterKey key;
  std::memcpy(key.bytes_.data(), bytes->data(), size);
  Botan::secure_scrub_memory(bytes->data(), bytes->size());
  return key;
}

Result<MasterKey> MasterKey::from_file(const std::string& path) {
  const File file(path, O_RDONLY);
  if (!file.is_open()) return cannot(errno == ENOENT ? Errc::not_found : Errc::unavailable, "cannot read", path);
  struct stat about {};
  if (::fstat(file.number(), &about) != 0) return cannot(Errc::unavailable, "cannot read", path);
  if (auto is_private = require_private(path, about); !is_private) return is_private.error();
  std::array<char, 256> text;
  const auto got = ::read(file.number(), text.data(), text.size());
  if (got < 0) return cannot(Errc::unavailable, "cannot read", path);
  auto key = from_text({text.data(), static_cast<std::size_t>(got)});
  Botan::secure_scrub_memory(text.data(), text.size());
  if (!key) return Error{key.error().code, key.error().reason, path + ": " + key.error().detail};
  return key;
}

Result<MasterKey> MasterKey::create_file(const std::string& path, Random& random) {
  const File file(path, O_WRONLY | O_CREAT | O_EXCL, S_IRUSR | S_IWUSR);
  if (!file.is_open()) return cannot(errno == EEXIST ? Errc::already_exists : Errc::unavailable, "cannot make", path);
  auto key = generate(random);
  const auto text = base::to_hex(key.bytes()) + "\n";
  const auto parent = std::filesystem::path(path).parent_path();
  const File folder(parent.empty() ? "." : parent.string(), O_RDONLY | O_DIRECTORY);
  if (::write(file.number(), text.data(), text.size()) != static_cast<ssize_t>(text.size()) || ::fsync(file.number()) != 0 ||
      !folder.is_open() || ::fsync(folder.number()) != 0) {
    const auto failed = cannot(Errc::unavailable, "cannot write", path);
    ::unlink(path.c_str());
    return failed;
  }
  return key;
}

MasterKey MasterKey::generate(Random& random) {
  MasterKey key;
  random.fill(key.bytes_);
  return key;
}

MasterKey::~MasterKey() { Botan::secure_scrub_memory(bytes_.data(), bytes_.size()); }

}  // namespace innkeeper
