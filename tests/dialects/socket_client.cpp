#include "tests/dialects/socket_client.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <stdexcept>

namespace innkeeper::tests {

namespace {

constexpr int patience = 10'000;  // milliseconds

std::string text_of(const Sent& sent) {
  std::string text = sent.method + ' ' + sent.target + " HTTP/1.1\r\n";
  for (const auto& [name, value] : sent.headers) text += name + ": " + value + "\r\n";
  if (!sent.body.empty() || sent.method == "POST" || sent.method == "PUT")
    text += "Content-Length: " + std::to_string(sent.body.size()) + "\r\n";
  return text + "\r\n" + sent.body;
}

}  // namespace

SocketClient::SocketClient(const std::string& endpoint) {
  const auto begin = endpoint.find("://") + 3;
  const auto colon = endpoint.rfind(':');
  address_ = endpoint.substr(begin, colon - begin);
  port_ = std::stoi(endpoint.substr(colon + 1));
}

SocketClient::~SocketClient() { disconnect(); }

void SocketClient::connect() {
  socket_ = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in peer{};
  peer.sin_family = AF_INET;
  peer.sin_port = htons(static_cast<std::uint16_t>(port_));
  if (::inet_pton(AF_INET, address_.c_str(), &peer.sin_addr) != 1 ||
      ::connect(socket_, reinterpret_cast<const sockaddr*>(&peer), sizeof peer) != 0)
    throw std::runtime_error("cannot connect to " + address_);
}

void SocketClient::disconnect() {
  if (socket_ >= 0) ::close(socket_);
  socket_ = -1;
  unread_.clear();
}

/// False if the server answered before it had taken all.
bool SocketClient::send(const std::string& bytes) {
  for (std::size_t done = 0; done < bytes.size();) {
    pollfd wait{socket_, POLLIN | POLLOUT, 0};
    if (::poll(&wait, 1, patience) <= 0) throw std::runtime_error("the server takes nothing");
    if ((wait.revents & POLLIN) != 0) return false;
    const auto sent = ::send(socket_, bytes.data() + done, std::min<std::size_t>(bytes.size() - done, 16'384), MSG_NOSIGNAL);
    if (sent < 0) return false;
    done += static_cast<std::size_t>(sent);
  }
  return true;
}

void SocketClient::receive() {
  pollfd wait{socket_, POLLIN, 0};
  char buffer[16'384];
  const auto count = ::poll(&wait, 1, patience) > 0 ? ::recv(socket_, buffer, sizeof buffer, 0) : 0;
  if (count <= 0) throw std::runtime_error("the server gives no whole answer");
  unread_.append(buffer, static_cast<std::size_t>(count));
}

Answer SocketClient::read_answer(bool is_head) {
  std::size_t head_end = 0;
  while ((head_end = unread_.find("\r\n\r\n")) == std::string::npos) receive();
  Answer answer;
  if (!unread_.starts_with("HTTP/1.1 ")) throw std::runtime_error("not an HTTP/1.1 answer");
  answer.status = std::stoi(unread_.substr(9, 3));
  std::size_t length = 0;
  bool is_feed = false;
  for (auto at = unread_.find("\r\n") + 2; at < head_end;) {
    const auto end = unread_.find("\r\n", at);
    const auto line = unread_.substr(at, end - at);
    const auto colon = line.find(": ");
    answer.headers.emplace_back(line.substr(0, colon), colon == std::string::npos ? "" : line.substr(colon + 2));
    if (answer.headers.back().first == "Content-Length") length = std::stoul(answer.headers.back().second);
    is_feed = is_feed || answer.headers.back() == std::pair<std::string, std::string>{"Content-Type", "text/event-stream"};
    at = end + 2;
  }
  unread_.erase(0, head_end + 4);
  if (is_head) return answer;
  if (is_feed) {
    // It never ends: what comes first is all that is looked at.
    constexpr std::string_view end_of_event = "\n\n";
    std::size_t end = 0;
    while ((end = unread_.find(end_of_event)) == std::string::npos) receive();
    answer.body = unread_.substr(0, end + end_of_event.size());
    disconnect();
    return answer;
  }
  while (unread_.size() < length) receive();
  answer.body = unread_.substr(0, length);
  unread_.erase(0, length);
  return answer;
}

Answer SocketClient::exchange(const Sent& sent) {
  if (socket_ < 0) connect();
  const bool was_taken = send(text_of(sent));
  auto answer = read_answer(sent.method == "HEAD");
  if (!unread_.empty()) throw std::runtime_error("bytes after the answer");
  bool is_last = !was_taken;
  for (const auto& [name, value] : answer.headers) is_last = is_last || (name == "Connection" && value == "close");
  if (is_last) disconnect();
  return answer;
}

}  // namespace innkeeper::tests
