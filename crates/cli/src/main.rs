//! `keylodge`: the broker itself (`serve`), and everything a person or a script can do with it from a terminal.

mod account;
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
mod run;
mod serve;
mod token;
mod vault;
mod words;

use std::process::ExitCode;

use clap::Parser;

use crate::{
    arguments::{Arguments, Command},
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
        Command::Audit(command) => consent::audit(&command, &global),
        Command::Lock => vault::lock(&global),
        Command::Unlock => vault::unlock(&global),
        Command::Panic => vault::panic(&global),
        Command::Completions { shell } => Ok(arguments::completions(shell)),
        Command::Man => arguments::man(),
    }
}
