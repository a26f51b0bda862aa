//! The command line, in two programs: `keylodge`, everything that a person or a script can do with the broker from a
//! terminal, and `keylodge-broker`, the broker itself (`serve`) and the demo.
//!
//! They are two so that the one that scripts call all day is small: a program is loaded and relocated as a whole, and the
//! broker's has a database, TLS and the rules in it.

#[macro_use]
mod output;

mod account;
mod activity;
mod api;
mod app;
mod arguments;
mod calling_off;
mod connection;
mod consent;
mod demo;
mod demo_program;
mod doctor;
mod exit;
mod hand_over;
mod passphrase;
mod paste;
mod provider;
mod provider_check;
mod request;
mod route;
mod run;
mod safekeeping;
mod serve;
mod settings;
mod token;
mod vault;
mod waiting;
mod words;

use std::process::ExitCode;

use clap::Parser;

use crate::{
    arguments::{Arguments, Command, PolicyCommand, ProviderCommand},
    exit::Failed,
};

/// The program `keylodge`: does what its arguments say, and leaves what is the broker's to [`broker`]'s program.
#[must_use]
pub fn keylodge() -> ExitCode {
    dispatch(Arguments::parse()).unwrap_or_else(Failed::report)
}

/// The program `keylodge-broker`. It takes the same arguments, and does what `keylodge` leaves to it.
#[must_use]
pub fn broker() -> ExitCode {
    let arguments = Arguments::parse();
    let done = match arguments.command {
        Command::Serve(options) => serve::serve(&options, &arguments.global),
        Command::Demo(options) => demo::demo(&options),
        Command::DemoProgram(options) => demo_program::run(&options),
        Command::Provider(ProviderCommand::Check(options)) => {
            provider_check::check(options, &arguments.global)
        }
        _ => Err(Failed::usage("That is a command of `keylodge`, not of `keylodge-broker`.")),
    };
    done.unwrap_or_else(Failed::report)
}

fn dispatch(arguments: Arguments) -> Result<ExitCode, Failed> {
    let global = arguments.global;
    match arguments.command {
        Command::Serve(_) | Command::Demo(_) | Command::DemoProgram(_) => hand_over::to_the_broker(),
        Command::Token(options) => token::token(&options),
        Command::Run(options) => run::run(&options),
        Command::Gateway(command) => account::gateway(&command, &global),
        Command::Open => vault::open(&global),
        Command::Status => vault::status(&global),
        Command::Doctor => doctor::doctor(&global),
        Command::Provider(command) => provider::run(command, &global),
        Command::Account(command) => account::run(command, &global),
        Command::App(command) => app::run(command, &global),
        Command::Request(command) => request::run(command, &global),
        Command::Consent(command) => consent::run(command, &global),
        Command::Lease(command) => consent::lease(command, &global),
        Command::Audit(command) => activity::run(command, &global),
        Command::Settings(command) => settings::run(command, &global),
        Command::Policy(PolicyCommand::Show) => settings::policy(&global),
        Command::Route(command) => route::run(command, &global),
        Command::Backup(command) => safekeeping::backup(command, &global),
        Command::Passphrase(command) => safekeeping::passphrase(&command, &global),
        Command::Autostart { change } => settings::autostart(change, &global),
        Command::Pause { duration } => settings::pause(&duration, &global),
        Command::Resume => settings::resume(&global),
        Command::Lock => vault::lock(&global),
        Command::Unlock => vault::unlock(&global),
        Command::Panic => vault::panic(&global),
        Command::Completions { shell } => Ok(arguments::completions(shell)),
        Command::Man => arguments::man(),
    }
}
