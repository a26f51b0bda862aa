//! A sign-in that waits ends with the command that began it: by Ctrl-C, with its terminal, or when it is told to stop.
//! Otherwise it would go on waiting, and whoever finishes it in the browser would open what was given up.

use std::thread;

use control::{Client, Place, Request};
use signal_hook::{
    consts::{SIGHUP, SIGINT, SIGTERM},
    iterator::Signals,
    low_level::emulate_default_handler,
};

/// Sees to it that the sign-in is called off before a signal ends this process.
pub fn with_this_command(sign_in: &str) {
    // Where signals cannot be caught, the sign-in ends by itself after its time.
    let Ok(mut signals) = Signals::new([SIGHUP, SIGINT, SIGTERM]) else { return };
    let sign_in = sign_in.to_owned();
    thread::spawn(move || {
        let Some(signal) = signals.forever().next() else { return };
        let place = Place::from_environment();
        let client = place.and_then(|place| Client::connect(&place.control_socket()).ok());
        if let Some(mut client) = client {
            // If it has ended meanwhile, there is nothing to call off.
            drop(client.call(Request::SignInCancel { sign_in }, None));
        }
        drop(emulate_default_handler(signal));
    });
}
