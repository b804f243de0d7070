#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <utility>
#include <vector>

/// Conversations in text; tests/transcripts/README.md says how they are written.
namespace innkeeper::tests {

using Fields = std::vector<std::pair<std::string, std::string>>;
using Captures = std::map<std::string, std::string>;

/// One request as it is sent.
struct Sent {
  std::string method, target;
  Fields headers;
  std::string body;
};

/// One answer as it came.
struct Answer {
  int status = 0;
  Fields headers;
  std::string body;
};

/// What an answer must be. Header values and the body may hold placeholders.
struct Expected {
  int status = 0;
  Fields headers;
  std::vector<std::string> absent_headers;
  std::string body;
};

struct Step {
  int line = 0;
  std::string finding;    ///< The title of the case it belongs to.
  std::string directive;  ///< What happens to the world; empty: a request is sent.
  Sent sent{};            ///< With placeholders.
  Expected expected{};
};

struct Transcript {
  std::filesystem::path path;
  std::vector<Step> steps;
  Fields every_answer;  ///< Headers that every answer of the conversation must have.

  friend std::ostream& operator<<(std::ostream& out, const Transcript& transcript);
};

/// Throws std::runtime_error with file and line for a text that is not a transcript.
Transcript read_transcript(const std::filesystem::path&);

/// The conversations of a folder, by name.
std::vector<Transcript> read_transcripts(const std::filesystem::path& folder);

/// Puts captured and generated text in the place of placeholders.
std::string filled_in(const std::string& text, const Captures&);
Sent filled_in(const Sent&, const Captures&);

/// Whether a text is as expected; takes what its placeholders capture. What is captured is new: it equals nothing kept so far.
bool matches(const std::string& expected, const std::string& text, Captures&);

}  // namespace innkeeper::tests
