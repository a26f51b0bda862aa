//! The desktop process of Keylodge: the window in which a person sees accounts and programs, and the
//! prompt in which they say yes or no.
//!
//! It holds no secret. The broker starts it and gives it one end of a socket pair (see
//! [`inheritance`]); that channel, and no path in the file system, carries a person's *yes*. Started by
//! anybody else it never becomes a window: it asks the broker for one and leaves (see [`launcher`]).

mod arguments;
mod channel;
mod commands;
mod desk;
mod doors;
mod events;
mod files;
mod gate;
mod inheritance;
#[cfg(not(feature = "webdriver"))]
mod launcher;
mod linger;
#[cfg(feature = "webdriver")]
mod test_channel;
mod web_data;
mod web_engine;
mod windows;

use std::{os::unix::net::UnixStream, process::ExitCode};

use arguments::Said;

/// A wrong call of the program (`EX_USAGE`).
const EXIT_USAGE: u8 = 64;
/// Something this program needs is not there (`EX_UNAVAILABLE`).
const EXIT_UNAVAILABLE: u8 = 69;

fn main() -> ExitCode {
    // First of all, while there is one thread: they change the environment.
    web_engine::settle();
    let channel = inheritance::take_channel();
    match arguments::read(std::env::args_os().skip(1)) {
        Said::Nothing => {}
        Said::Print(text) => {
            println!("{text}");
            return ExitCode::SUCCESS;
        }
        Said::Unknown(sentence) => return complain(EXIT_USAGE, &sentence),
    }
    match channel {
        Ok(Some(socket)) => open_desk(socket),
        Ok(None) => without_channel(),
        Err(error) => complain(EXIT_USAGE, &format!("The channel to the broker cannot be used: {error}.")),
    }
}

fn open_desk(socket: UnixStream) -> ExitCode {
    match desk::run(socket) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => complain(EXIT_UNAVAILABLE, &format!("Keylodge cannot show its window: {error}.")),
    }
}

#[cfg(not(feature = "webdriver"))]
fn without_channel() -> ExitCode {
    match launcher::launch() {
        Ok(sentence) => {
            println!("{sentence}");
            ExitCode::SUCCESS
        }
        Err(sentence) => complain(EXIT_UNAVAILABLE, &sentence),
    }
}

#[cfg(feature = "webdriver")]
fn without_channel() -> ExitCode {
    match test_channel::connect() {
        Ok(socket) => open_desk(socket),
        Err(error) => complain(EXIT_UNAVAILABLE, &format!("No test channel: {error}.")),
    }
}

fn complain(code: u8, sentence: &str) -> ExitCode {
    eprintln!("{sentence}");
    ExitCode::from(code)
}
