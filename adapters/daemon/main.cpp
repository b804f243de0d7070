#include "adapters/daemon/audit.hpp"
#include "adapters/daemon/complain.hpp"
#include "adapters/daemon/house.hpp"
#include "adapters/daemon/serve.hpp"
#include "adapters/daemon/settings.hpp"
#include "adapters/daemon/transfer.hpp"

#include <innkeeper/sqlite.hpp>

#include <CLI/CLI.hpp>

#include <exception>
#include <iostream>
#include <string>
#include <vector>

namespace innkeeper::daemon {

namespace {

/// What the command line says.
struct Arguments {
  std::string config{};
  Values flags{};
  std::string file{};
  std::string name{};
  std::string head{};
  bool with_secrets = false;
};

int print_openapi(const Arguments& arguments) {
  if (arguments.name.empty()) {
    for (const auto* each : all_dialects()) std::cout << each->name << '\n';
    return 0;
  }
  auto house = open_empty_house();
  if (!house) return complain(house.error());
  const auto document = house->engine->openapi(arguments.name);
  if (document) {
    std::cout << *document << '\n';
    return 0;
  }
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
        ->expected(1, setting.is_list ? 1'000 : 1);
  }
}

std::string about_settings() {
  std::string text{
      "Flags go over environment variables, those over the file of --config, that over the defaults.\n"
      "The file is TOML; its keys are the flags' names: listen = [\"127.0.0.1:8080\"].\n\nEnvironment:\n"};
  for (const auto& setting : all_settings())
    if (!setting.environment.empty())
      text.append("  ").append(setting.environment).append(setting.is_list ? "  (separated by commas)\n" : "\n");
  text +=
      "  INNKEEPER_MASTER_KEY  the master key itself, 64 hexadecimal digits\n\n"
      "The master key is the file of --master-key, else INNKEEPER_MASTER_KEY, else\n"
      "$CREDENTIALS_DIRECTORY/innkeeper.key, else the file that the configuration names, else PATH.key.\n"
      "It is made for a new database only. Exit status: 0, 1 for a failure, 2 for a missing or wrong\n"
      "master key, 64 for a wrong command line or setting.";
  return text;
}

int run(int argc, char** argv) {
  turn_off_sqlite_statistics();
  Arguments arguments;
  CLI::App app{"innkeeperd: an API engine for app provisioning, over one SQLite database", "innkeeperd"};
  app.require_subcommand(1);
  auto* serve_command = app.add_subcommand("serve", "Serve until SIGTERM or SIGINT");
  auto* import_command = app.add_subcommand("import", "Create or update what a JSON file lists, all or nothing");
  auto* export_command = app.add_subcommand("export", "Write what is stored as such a JSON file");
  auto* audit_command = app.add_subcommand("audit", "Check the audit trail, or write it out");
  audit_command->require_subcommand(1);
  auto* verify_command = audit_command->add_subcommand("verify", "Check that no row was changed, added, moved or taken out");
  auto* trail_command = audit_command->add_subcommand("export", "Write it as JSON, a line for each row");
  auto* openapi_command = app.add_subcommand("openapi", "Print a contract's OpenAPI 3.1 document, or the names of the contracts");
  auto* version_command = app.add_subcommand("version", "Print the version");
  auto* help_command = app.add_subcommand("help", "Print this, or the help of a command");
  for (auto* each : {serve_command, import_command, export_command, verify_command, trail_command}) {
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
  help_command->add_option("COMMAND", arguments.name)->type_name("");

  try {
    app.parse(argc, argv);
  } catch (const CLI::Success& success) {
    return app.exit(success);
  } catch (const CLI::ParseError& error) {
    std::cerr << "innkeeperd: " << error.what() << "\ninnkeeperd: see innkeeperd help\n";
    return exit_usage;
  }

  if (*version_command) {
    std::cout << "innkeeperd " INNKEEPER_VERSION "\n";
    return 0;
  }
  if (*help_command) {
    const auto about = app.get_subcommands([&](const CLI::App* each) { return each->get_name() == arguments.name; });
    if (about.empty() && !arguments.name.empty())
      return complain({Errc::not_found, Reason{"settings.invalid"}, "no such command"}, arguments.name);
    app.clear();  // or it answers with the help of the command that was given, which is this one
    std::cout << (about.empty() ? app.help() : about.front()->help("innkeeperd"));
    return 0;
  }
  if (*openapi_command) return print_openapi(arguments);

  const auto settings = resolve(arguments.flags, arguments.config);
  if (!settings) return complain(settings.error());
  if (*import_command) return import_file(*settings, arguments.file);
  if (*export_command) return export_file(*settings, arguments.file, arguments.with_secrets);
  if (*verify_command) return verify_audit(*settings, arguments.head);
  if (*trail_command) return export_audit_file(*settings, arguments.file);
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
