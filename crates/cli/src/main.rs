//! `keylodge`: the broker itself (`serve`), and everything a person or a script can do with it from a terminal.

mod account;
mod activity;
mod api;
mod app;
mod arguments;
mod connection;
mod consent;
mod demo;
mod demo_program;
mod doctor;
mod exit;
mod output;
mod passphrase;
mod provider;
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
    arguments::{Arguments, Command, PolicyCommand},
    exit::Failed,
};

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    match dispatch(arguments) {
        Ok(code) => code,
        Err(failed) => failed.report(),
    }
}

fn dispatch(arguments: Arguments) -> Result<ExitCode, Failed> {
    let global = arguments.global;
    match arguments.command {
        Command::Serve(options) => serve::serve(&options, &global),
        Command::Demo(options) => demo::demo(&options),
        Command::DemoProgram(options) => demo_program::run(&options),
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
