#pragma once

#include <algorithm>
#include <cstddef>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

namespace innkeeper::beast {

/// Gives back a text with its memory. Assigning an empty one keeps the memory.
inline void give_back(std::string& text) { std::string{}.swap(text); }

/// What is to go out over a connection, and which parts of it should not be torn: clients exist that parse each TLS record by
/// itself.
class Output {
 public:
  static constexpr std::size_t unbounded = std::numeric_limits<std::size_t>::max();

  /// What more goes out is appended here.
  std::string& text() { return text_; }
  /// The last bytes of the text come in one piece, where pieces may be that long.
  void keep_whole(std::size_t size) {
    if (size > 0) blocks_.push_back({text_.size() - size, text_.size()});
  }

  std::size_t size() const { return text_.size(); }
  std::size_t capacity() const { return text_.capacity(); }
  bool is_sent() const { return sent_ == text_.size(); }
  /// What to send next, in one piece of at most that many bytes. What is put behind it may make it longer, never shorter.
  std::string_view next(std::size_t most) const {
    std::size_t end = sent_ + std::min(most, text_.size() - sent_);
    const auto torn = std::find_if(blocks_.begin(), blocks_.end(), [&](const Block& each) { return each.end > end; });
    if (torn != blocks_.end() && torn->begin > sent_ && torn->begin < end && torn->end - torn->begin <= most) end = torn->begin;
    return std::string_view{text_}.substr(sent_, end - sent_);
  }
  void note_sent(std::size_t size) { sent_ += size; }

  /// Forgets what was sent, and gives back the memory if that has become much.
  void clear(std::size_t memory_to_keep) {
    if (text_.capacity() > memory_to_keep) give_back(text_);
    text_.clear();
    blocks_.clear();
    sent_ = 0;
  }

 private:
  struct Block {
    std::size_t begin, end;
  };

  std::string text_;
  /// In the order they stand. Their memory is kept: made anew it would lie above a long text and keep the heap from giving that
  /// back.
  std::vector<Block> blocks_;
  std::size_t sent_ = 0;
};

}  // namespace innkeeper::beast
