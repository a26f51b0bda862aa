//! What the person copies from their browser to finish a sign-in: read from standard input while the sign-in waits. Never
//! an argument, which every program of the user could see.

use std::{
    io::{BufRead, IsTerminal, Read},
    thread,
};

use control::{ByHand, CallError, Client, Passphrase, Place, Request, SignInStarted};

/// A line is not longer than this.
const MAX_BYTES: u64 = 20 * 1024;

/// What to paste, where anything may be: what the sign-in needs, or, where no browser was opened here, the address that
/// one on another machine cannot open.
pub fn question(started: &SignInStarted) -> Option<&'static str> {
    match started.by_hand {
        Some(ByHand::Address) => Some(
            "After signing in you end up at a page that may be empty or not open. Copy its whole address from the \
             browser, paste it here, and press Enter.",
        ),
        Some(ByHand::Code) => {
            Some("After signing in, the page shows a code. Copy it, paste it here, and press Enter.")
        }
        None if is_elsewhere(started) => Some(
            "Is the browser on another machine? Then it ends at a page that does not open. Copy that page's whole \
             address, paste it here, and press Enter.",
        ),
        None => None,
    }
}

/// Reads lines until one is taken or there are no more. It ends with the process: the sign-in may end without it.
pub fn take_in_background(started: &SignInStarted) {
    if question(started).is_some() {
        let sign_in = started.sign_in.clone();
        // What is typed is seen: a code is good once, and for this sign-in alone.
        thread::spawn(move || while next_line().is_some_and(|pasted| !is_taken(&sign_in, pasted)) {});
    }
}

fn is_elsewhere(started: &SignInStarted) -> bool {
    let returns = started.device.is_none() && !started.redirect_uri.is_empty();
    returns && !started.browser_opened && std::io::stdin().is_terminal()
}

fn next_line() -> Option<Passphrase> {
    let mut line = String::new();
    let read = std::io::stdin().lock().take(MAX_BYTES).read_line(&mut line);
    let pasted = Passphrase::new(line);
    read.is_ok_and(|bytes| bytes > 0).then_some(pasted)
}

/// Whether there is nothing more to paste: it was taken, or the sign-in is over. Says why not.
fn is_taken(sign_in: &str, pasted: Passphrase) -> bool {
    // Exposed to see that there is anything.
    if pasted.expose().trim().is_empty() {
        return false;
    }
    let request = Request::SignInPaste { sign_in: sign_in.to_owned(), pasted };
    let client = Place::from_environment().map(|place| Client::connect(&place.control_socket()));
    match client.map(|client| client.and_then(|mut client| client.call(request, None))) {
        Some(Err(CallError::Refused(failure))) if failure.code == control::FailureCode::InvalidRequest => {
            anstream::eprintln!("{failure}");
            false
        }
        _ => true,
    }
}
