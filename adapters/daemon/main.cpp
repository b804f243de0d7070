#include "adapters/daemon/audit.hpp"
#include "adapters/daemon/check.hpp"
#include "adapters/daemon/complain.hpp"
#include "adapters/daemon/files.hpp"
#include "adapters/daemon/instance.hpp"
#include "adapters/daemon/operator.hpp"
#include "adapters/daemon/serve.hpp"
#include "adapters/daemon/settings.hpp"
#include "adapters/daemon/transfer.hpp"

#include <innkeeper/contract/dialect.hpp>
#include <innkeeper/sqlite.hpp>

#include <CLI/CLI.hpp>

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <exception>
#include <iostream>
#include <optional>
#include <sstream>
#include <string>
#include <vector>

namespace innkeeper::daemon {

namespace {

/// What the command line says.
struct Arguments {
  std::optional<std::string> config{};
  Values flags{};
  std::string file{};
  std::string name{};
  std::vector<std::string> command{};
  std::string head{};
  WantedOperator wanted{};
  bool with_secrets = false;
};

/// Prints to standard output; what was not printed is told.
int print(std::string_view text) {
  const auto written = write_all("", text);
  return written ? 0 : complain(written.error());
}

int print_openapi(const Arguments& arguments) {
  if (arguments.name.empty()) {
    std::string names;
    for (const auto* each : all_dialects()) names.append(each->name).append("\n");
    return print(names);
  }
  auto instance = open_empty_instance();
  if (!instance) return complain(instance.error());
  const auto document = instance->engine->openapi(arguments.name);
  if (document) return print(*document + "\n");
  std::string known;
  for (const auto* each : all_dialects()) known.append(known.empty() ? "" : ", ").append(each->name);
  return complain({Errc::not_found, {}, "no such contract; there are: " + known}, arguments.name);
}

void add_settings(CLI::App& command, Arguments& arguments, bool only_for_store) {
  command.add_option("--config", arguments.config, "A TOML file with the settings below")->type_name("FILE");
  for (const auto& setting : all_settings()) {
    if (only_for_store && !setting.is_for_store) continue;
    const std::string name{setting.name};
    command
        .add_option_function<std::vector<std::string>>(
            "--" + name, [&arguments, name](const std::vector<std::string>& given) { arguments.flags[name] = given; },
            std::string{setting.help})
        ->type_name(std::string{setting.placeholder})
        ->allow_extra_args(false)
        ->expected(1, setting.is_list() ? 1'000 : 1);
  }
}

std::string about_exit() {
  std::string text{"Exit status:\n"};
  for (const auto& [code, meaning] : exit_statuses)
    text.append(code < 10 ? "   " : "  ").append(std::to_string(code)).append("  ").append(meaning).append("\n");
  return text;
}

std::string about_settings() {
  std::string text{
      "Flags go over environment variables, those over the file of --config, that over the defaults.\n"
      "The file is TOML; its keys are the flags' names: listen = [\"127.0.0.1:8080\"].\n\nEnvironment:\n"};
  for (const auto& setting : all_settings())
    if (!setting.environment.empty())
      text.append("  ").append(setting.environment).append(setting.is_list() ? "  (separated by commas)\n" : "\n");
  text +=
      "  INNKEEPER_MASTER_KEY  the master key itself, 64 hexadecimal digits\n\n"
      "The master key is the file of --master-key, else INNKEEPER_MASTER_KEY, else\n"
      "$CREDENTIALS_DIRECTORY/innkeeper.key, else the file that the configuration names, else PATH.key.\n"
      "It is made for a new database only.\n\n";
  return text + about_exit();
}

/// Follows the words of the command line down to the command that they name. Errors: the word that names none.
Result<CLI::App*> find_command(CLI::App& app, const std::vector<std::string>& words) {
  CLI::App* command = &app;
  for (const auto& word : words) {
    if (command->get_subcommands({}).empty()) break;
    const auto named = command->get_subcommands([&](const CLI::App* each) { return each->get_name() == word; });
    if (!named.empty()) {
      command = named.front();
      continue;
    }
    std::string known;
    for (const auto* each : command->get_subcommands({})) known.append(known.empty() ? "" : ", ").append(each->get_name());
    return Error{Errc::not_found, Reason{"settings.invalid"}, "unknown command '" + word + "'; there are: " + known};
  }
  return command;
}

/// The words before the first option.
std::vector<std::string> leading_words(int argc, char** argv) {
  std::vector<std::string> words(argv + std::min(argc, 1), argv + argc);
  words.erase(std::find_if(words.begin(), words.end(), [](const std::string& word) { return word.starts_with('-'); }),
              words.end());
  return words;
}

/// Descriptors 0 to 2 that were closed before the start would else be given to a database or a connection. What stands in for
/// them can be neither read nor written.
void occupy_standard_descriptors() {
  for (int file = 0; file <= STDERR_FILENO;) {
    file = ::open("/", O_PATH);
    if (file < 0) return;
    if (file > STDERR_FILENO) ::close(file);
  }
}

int run(int argc, char** argv) {
  occupy_standard_descriptors();
  // A reader that left and a file that may not grow are told by the write that meets them.
  std::signal(SIGPIPE, SIG_IGN);
  std::signal(SIGXFSZ, SIG_IGN);
  turn_off_sqlite_statistics();
  Arguments arguments;
  CLI::App app{"innkeeperd: an API engine for app provisioning, over one SQLite database", "innkeeperd"};
  app.require_subcommand(1);
  app.set_version_flag("--version", "innkeeperd " INNKEEPER_VERSION, "Print the version");
  app.footer(about_exit());
  auto* serve_command = app.add_subcommand("serve", "Serve until SIGTERM or SIGINT");
  auto* import_command = app.add_subcommand("import", "Create or update what a JSON file lists, all or nothing");
  auto* export_command = app.add_subcommand("export", "Write what is stored as such a JSON file");
  auto* operator_command = app.add_subcommand("operator", "Make operators");
  operator_command->require_subcommand(1);
  auto* create_command = operator_command->add_subcommand("create", "Make an operator and print its secret, this once");
  auto* audit_command = app.add_subcommand("audit", "Check the audit trail, or write it out");
  audit_command->require_subcommand(1);
  auto* verify_command = audit_command->add_subcommand("verify", "Check that no row was changed, added, moved or taken out");
  auto* trail_command = audit_command->add_subcommand("export", "Write it as JSON, a line for each row");
  auto* check_command =
      app.add_subcommand("check", "Read the whole database and say what is wrong with it, also while it is in use");
  auto* openapi_command = app.add_subcommand("openapi", "Print a contract's OpenAPI 3.1 document, or the names of the contracts");
  auto* version_command = app.add_subcommand("version", "Print the version");
  auto* help_command = app.add_subcommand("help", "Print this, or the help of a command");
  for (auto* each :
       {serve_command, import_command, export_command, create_command, verify_command, trail_command, check_command}) {
    add_settings(*each, arguments, each != serve_command);
    each->footer(about_settings());
  }
  export_command->add_flag("--with-secrets", arguments.with_secrets, "Write the secrets in the clear too");
  import_command->add_option("FILE", arguments.file, "The document; - is standard input")->required()->type_name("");
  export_command->add_option("FILE", arguments.file, "Where to write (default standard output)")->type_name("");
  verify_command->add_option("--head", arguments.head, "A head noted earlier: shows whether rows were cut off the end")
      ->type_name("HEX");
  trail_command->add_option("FILE", arguments.file, "Where to write (default standard output)")->type_name("");
  openapi_command->add_option("DIALECT", arguments.name, "The contract's name, such as skyway; without one the names are printed")
      ->type_name("");
  help_command->add_option("COMMAND", arguments.command, "The command")->type_name("");
  create_command->add_option("NAME", arguments.wanted.name, "Its name, which no other operator there has")
      ->required()
      ->type_name("");
  create_command->add_option("--tenant", arguments.wanted.tenant, "The tenant that it administers (default all of them)")
      ->type_name("NAME|UID");
  create_command
      ->add_option("--scopes", arguments.wanted.scopes, "What its key may do, such as apps:write,keys:read (default all)")
      ->type_name("SCOPE,...")
      ->allow_extra_args(false);

  if (const auto named = find_command(app, leading_words(argc, argv)); !named) return complain(named.error());
  try {
    app.parse(argc, argv);
  } catch (const CLI::Success& success) {
    std::ostringstream text;
    app.exit(success, text, text);
    return print(text.str());
  } catch (const CLI::ParseError& error) {
    std::cerr << "innkeeperd: " << error.what() << "\ninnkeeperd: see innkeeperd help\n";
    return exit_usage;
  }

  if (*version_command) return print("innkeeperd " INNKEEPER_VERSION "\n");
  if (*help_command) {
    const auto about = find_command(app, arguments.command);
    if (!about) return complain(about.error());
    app.clear();  // or it answers with the help of the command that was given, which is this one
    return print((*about)->help("innkeeperd"));
  }
  if (*openapi_command) return print_openapi(arguments);

  const auto settings = resolve(arguments.flags, arguments.config);
  if (!settings) return complain(settings.error());
  if (*import_command) return import_file(*settings, arguments.file);
  if (*export_command) return export_file(*settings, arguments.file, arguments.with_secrets);
  if (*create_command) return create_operator(*settings, arguments.wanted);
  if (*verify_command) return verify_audit(*settings, arguments.head);
  if (*trail_command) return export_audit_file(*settings, arguments.file);
  if (*check_command) return check_database(*settings);
  return serve(*settings);
}

}  // namespace

}  // namespace innkeeper::daemon

int main(int argc, char** argv) {
  try {
    return innkeeper::daemon::run(argc, argv);
  } catch (const std::exception& error) {
    std::cerr << "innkeeperd: " << error.what() << '\n';
    return innkeeper::daemon::exit_failure;
  }
}
