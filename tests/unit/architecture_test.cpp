#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <regex>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

/// The dependency rule of engine/README.md, read off the sources.

namespace {

namespace fs = std::filesystem;

const fs::path root{INNKEEPER_SOURCE_DIR};

struct Source {
  std::string path;  ///< Relative to the root.
  std::string text;
  std::vector<std::string> includes;
};

std::vector<Source> sources_under(const std::string& folder) {
  static const std::regex include{R"rx(^\s*#\s*include\s*[<"]([^>"]+)[>"])rx"};
  std::vector<Source> sources;
  for (const auto& entry : fs::recursive_directory_iterator(root / folder)) {
    const auto extension = entry.path().extension();
    if (extension != ".hpp" && extension != ".cpp") continue;
    std::ifstream file(entry.path());
    std::stringstream text;
    text << file.rdbuf();
    Source source{fs::relative(entry.path(), root).string(), text.str(), {}};
    std::string line;
    while (std::getline(text, line)) {
      std::smatch match;
      if (std::regex_search(line, match, include)) source.includes.push_back(match[1]);
    }
    sources.push_back(std::move(source));
  }
  BOOST_REQUIRE_MESSAGE(!sources.empty(), "no sources under " << folder);
  return sources;
}

/// What the files of a folder may include. An entry that ends in a slash stands for a folder, one that ends in `*` for a prefix;
/// the standard library and a folder's own files are always allowed.
struct Layer {
  std::string folder;
  std::vector<std::string> may_include;
};

const std::vector<std::string> vocabulary{"boost/system/", "boost/assert/", "boost/describe*", "boost/mp11*"};

const std::vector<Layer> layers{
    {"include/innkeeper", vocabulary},
    {"engine/base", {"innkeeper/"}},
    {"engine/json", {"innkeeper/", "engine/base/", "boost/json*"}},
    {"engine/contract", {"innkeeper/", "engine/base/", "engine/json/", "engine/crypto/"}},
    {"engine/crypto", {"innkeeper/", "engine/base/", "botan/", "sys/", "fcntl.h", "unistd.h"}},
    {"engine/changes", {"innkeeper/", "engine/base/", "engine/json/", "engine/crypto/"}},
    {"engine/domain", {"innkeeper/", "engine/base/", "engine/crypto/", "engine/changes/"}},
    {"engine/dialects",
     {"innkeeper/", "engine/base/", "engine/json/", "engine/contract/", "engine/crypto/", "engine/changes/", "engine/domain/",
      "engine/openapi/"}},
    {"engine/transfer", {"innkeeper/", "engine/base/", "engine/json/", "engine/crypto/", "engine/changes/", "engine/domain/"}},
    {"engine/pipeline", {"innkeeper/", "engine/base/", "engine/json/", "engine/crypto/"}},
    {"engine/openapi", {"innkeeper/", "engine/base/", "engine/json/"}},
    {"adapters/sqlite", {"innkeeper/", "engine/base/", "adapters/sqlite/", "sqlite3.h", "sys/", "fcntl.h", "unistd.h"}},
    {"adapters/memory", {"innkeeper/", "engine/base/", "adapters/memory/"}},
    {"adapters/beast",
     {"innkeeper/", "adapters/beast/", "boost/asio*", "boost/beast*", "boost/system*", "openssl/", "sys/", "netinet/",
      "arpa/inet.h", "unistd.h", "fcntl.h"}},
    {"adapters/courier", {"innkeeper/", "adapters/courier/", "boost/asio*", "boost/beast*", "openssl/"}},
    {"adapters/daemon",
     {"innkeeper/", "adapters/daemon/", "boost/asio*", "CLI/", "toml++/", "sys/", "unistd.h", "fcntl.h", "signal.h", "pthread.h",
      "poll.h", "malloc.h"}},
};

bool is_standard(const std::string& name) { return name.find('/') == std::string::npos && name.find('.') == std::string::npos; }

bool is_allowed(const std::string& name, const std::vector<std::string>& patterns) {
  return std::any_of(patterns.begin(), patterns.end(), [&](const std::string& pattern) {
    if (pattern.ends_with('*')) return name.starts_with(pattern.substr(0, pattern.size() - 1));
    if (pattern.ends_with('/')) return name.starts_with(pattern);
    return name == pattern;
  });
}

/// Comments and string literals do not count: only code can break a ban.
std::string code_of(const std::string& text) {
  std::string code;
  bool is_comment = false;
  bool is_string = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\n') is_comment = is_string = false;
    if (!is_string && text.compare(i, 2, "//") == 0) is_comment = true;
    if (!is_comment && text[i] == '"' && (i == 0 || text[i - 1] != '\'')) is_string = !is_string;
    if (is_string && text[i] == '\\') ++i;
    if (!is_comment && !is_string) code += text[i];
  }
  return code;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(architecture)

BOOST_AUTO_TEST_CASE(every_folder_includes_only_what_its_layer_may) {
  for (const auto& layer : layers)
    for (const auto& source : sources_under(layer.folder))
      for (const auto& name : source.includes) {
        const bool is_own = name.starts_with(layer.folder + "/") || fs::exists((root / source.path).parent_path() / name) ||
                            (layer.folder == "include/innkeeper" && name.starts_with("innkeeper/"));
        BOOST_TEST((is_standard(name) || is_own || is_allowed(name, layer.may_include)), source.path << " includes " << name);
      }
}

BOOST_AUTO_TEST_CASE(every_file_of_the_engine_and_the_adapters_lives_in_a_folder_that_has_a_layer) {
  for (const auto* folder : {"engine", "adapters"})
    for (const auto& source : sources_under(folder))
      BOOST_TEST((source.path == "engine/engine.cpp" ||
                  std::any_of(layers.begin(), layers.end(),
                              [&](const Layer& layer) { return source.path.starts_with(layer.folder + "/"); })),
                 source.path << " is in no room");
}

BOOST_AUTO_TEST_CASE(no_dialect_names_another) {
  for (const auto& source : sources_under("engine/dialects")) {
    const auto own = fs::path(source.path).parent_path().string() + "/";
    if (own == "engine/dialects/") continue;  // the list of all of them
    for (const auto& name : source.includes)
      BOOST_TEST((!name.starts_with("engine/dialects/") || name.starts_with(own)), source.path << " includes " << name);
  }
}

BOOST_AUTO_TEST_CASE(the_engine_asks_no_clock_no_environment_and_owns_no_thread_socket_or_signal) {
  const std::vector<std::regex> bans{
      std::regex{R"(system_clock::now|steady_clock::now|\btime\(nullptr\)|gettimeofday|clock_gettime)"},
      std::regex{R"(\bgetenv\b|setlocale|std::locale)"},
      std::regex{R"(std::j?thread\b(?!::id)|std::async|pthread_create|\bfork\()"},
      std::regex{R"(::socket\(|\bsocket\(|sys/socket\.h|\bsignal\(|sigaction)"},
      std::regex{R"(std::cout|std::cerr|\bprintf\(|std::exit|std::abort)"},
  };
  for (const auto& source : sources_under("engine")) {
    const auto code = code_of(source.text);
    for (const auto& ban : bans) {
      std::smatch match;
      if (std::regex_search(code, match, ban)) BOOST_ERROR(source.path << " has " << match.str());
    }
  }
}

BOOST_AUTO_TEST_CASE(the_engine_has_no_mutable_globals) {
  // At namespace scope or static in a function: `static`/`thread_local`/`inline` variables that are not constant.
  const std::regex mutable_static{
      R"(^\s*(?:static|thread_local|inline)\s+(?!constexpr|const\b|constinit const|_assert|consteval)[\w:<>,\s\*&]+\s+\w+\s*(?:=|;|\{))"};
  for (const auto& source : sources_under("engine")) {
    std::istringstream lines{code_of(source.text)};
    for (std::string line; std::getline(lines, line);) {
      if (line.find('(') != std::string::npos) continue;  // a function
      BOOST_TEST(!std::regex_search(line, mutable_static), source.path << " has " << line);
    }
  }
}

BOOST_AUTO_TEST_CASE(the_readme_quotes_an_example_that_is_compiled_and_run) {
  const auto read = [](const fs::path& path) {
    std::stringstream text;
    text << std::ifstream(path).rdbuf();
    return text.str();
  };
  const auto readme = read(root / "README.md");
  const auto begin = readme.find("```cpp\n");
  BOOST_REQUIRE(begin != std::string::npos);
  std::istringstream quoted{readme.substr(begin + 7, readme.find("```", begin + 7) - begin - 7)};
  std::string indented;
  for (std::string line; std::getline(quoted, line);) indented += (line.empty() ? "" : "  ") + line + "\n";
  BOOST_TEST(indented.size() > 100U);
  BOOST_TEST(read(root / "tests/examples/embed.cpp").find(indented) != std::string::npos);
}

BOOST_AUTO_TEST_CASE(the_rule_finds_what_breaks_it) {
  const auto may_include = [](const std::string& folder) {
    return std::find_if(layers.begin(), layers.end(), [&](const Layer& layer) { return layer.folder == folder; })->may_include;
  };
  BOOST_TEST(!is_allowed("sqlite3.h", may_include("engine/domain")));
  BOOST_TEST(!is_allowed("engine/pipeline/router.hpp", may_include("engine/dialects")));
  BOOST_TEST(!is_allowed("engine/base/text.hpp", may_include("adapters/beast")));
  BOOST_TEST(!is_standard("sqlite3.h"));
  BOOST_TEST(code_of("a(\"getenv\"); // getenv\n").find("getenv") == std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()
