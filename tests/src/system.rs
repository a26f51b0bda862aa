//! What the system says on its buses: logind's sleep and sessions, the desktop's screen saver.

use std::{
    io::{PipeReader, Read},
    os::fd::OwnedFd as StdFd,
    sync::{Arc, Mutex, PoisonError},
};

use zbus::{
    blocking::{Connection, connection::Builder},
    interface,
    zvariant::{ObjectPath, OwnedFd, OwnedObjectPath},
};

use crate::{Bus, until};

const LOGIN: &str = "org.freedesktop.login1";
const MANAGER: &str = "org.freedesktop.login1.Manager";
const MANAGER_PATH: &str = "/org/freedesktop/login1";
const SESSION: &str = "org.freedesktop.login1.Session";

/// logind on a bus, with two sessions: the person's own (`mine`) and somebody else's (`other`).
#[derive(Debug)]
pub struct Login {
    connection: Connection,
    held: Arc<Mutex<Vec<PipeReader>>>,
}

struct Manager(Arc<Mutex<Vec<PipeReader>>>);

#[interface(name = "org.freedesktop.login1.Manager")]
impl Manager {
    fn inhibit(&self, what: &str, who: &str, why: &str, mode: &str) -> OwnedFd {
        assert_eq!((what, mode, who), ("sleep", "delay", "Keylodge"));
        assert!(!why.is_empty(), "the person can look who holds the sleep back");
        let (reader, writer) = std::io::pipe().expect("a pipe");
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(reader);
        StdFd::from(writer).into()
    }
}

struct Session(u32);

#[interface(name = "org.freedesktop.login1.Session")]
impl Session {
    #[zbus(property)]
    fn user(&self) -> (u32, OwnedObjectPath) {
        (self.0, ObjectPath::from_static_str_unchecked("/org/freedesktop/login1/user/x").into())
    }
}

impl Login {
    /// Puts it on the bus.
    pub fn on(bus: &Bus) -> Self {
        let held = Arc::default();
        let me = rustix::process::geteuid().as_raw();
        let connection = Builder::address(bus.address.as_str())
            .and_then(|builder| builder.serve_at(MANAGER_PATH, Manager(Arc::clone(&held))))
            .and_then(|builder| builder.serve_at(session("mine"), Session(me)))
            .and_then(|builder| builder.serve_at(session("other"), Session(me + 1)))
            .and_then(|builder| builder.name(LOGIN))
            .and_then(Builder::build)
            .expect("logind on the bus");
        Self { connection, held }
    }

    /// Says that the computer is about to sleep, or has woken.
    pub fn sleep(&self, soon: bool) {
        self.connection
            .emit_signal(None::<&str>, MANAGER_PATH, MANAGER, "PrepareForSleep", &soon)
            .expect("a signal");
    }

    /// Locks a session.
    pub fn lock(&self, whose: &str) {
        self.connection.emit_signal(None::<&str>, session(whose), SESSION, "Lock", &()).expect("a signal");
    }

    /// Waits until the sleep has been held back so often in all.
    pub fn held_back(&self, times: usize) {
        until("the sleep is held back", || {
            self.held.lock().unwrap_or_else(PoisonError::into_inner).len() == times
        });
    }

    /// Waits until the last one who held the sleep back has let go.
    pub fn let_go(&self) {
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        let _ = held.last_mut().expect("it was held back").read(&mut [0]).expect("the end of it");
    }
}

/// Says on the session's bus that the screen was locked, as a desktop's screen saver does.
pub fn lock_the_screen(bus: &Bus) {
    let saver = Builder::address(bus.address.as_str()).and_then(Builder::build).expect("the bus");
    let name = "org.freedesktop.ScreenSaver";
    let said = saver.emit_signal(None::<&str>, "/org/freedesktop/ScreenSaver", name, "ActiveChanged", &true);
    said.expect("a signal");
}

fn session(name: &str) -> String {
    format!("/org/freedesktop/login1/session/{name}")
}
