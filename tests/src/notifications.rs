//! A notification server (`org.freedesktop.Notifications`), and what can be done to what it shows.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use zbus::{
    blocking::{Connection, connection::Builder},
    interface,
    zvariant::OwnedValue,
};

use crate::{Bus, until_some};

const NAME: &str = "org.freedesktop.Notifications";
const PATH: &str = "/org/freedesktop/Notifications";

/// A server on a bus; gone when dropped.
#[derive(Debug)]
pub struct Notifications {
    connection: Connection,
    seen: Arc<Mutex<Seen>>,
}

/// What it was asked to show.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notified {
    /// The server's number.
    pub number: u32,
    /// Its title.
    pub title: String,
    /// Its text.
    pub body: String,
    /// What can be clicked, each as a word and a label.
    pub actions: Vec<String>,
}

#[derive(Debug, Default)]
struct Seen {
    /// Everything that was ever shown, in order.
    all: Vec<Notified>,
    up: Vec<Notified>,
}

struct Server(Arc<Mutex<Seen>>);

impl Server {
    fn seen(&self) -> MutexGuard<'_, Seen> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[interface(name = "org.freedesktop.Notifications")]
impl Server {
    #[expect(clippy::too_many_arguments, reason = "as the interface has it")]
    fn notify(
        &self,
        app_name: String,
        replaces: u32,
        icon: String,
        title: String,
        body: String,
        actions: Vec<String>,
        hints: HashMap<String, OwnedValue>,
        lasts: i32,
    ) -> u32 {
        let _not_looked_at = (app_name, icon, hints, lasts);
        let mut seen = self.seen();
        let number = if replaces > 0 { replaces } else { u32::try_from(seen.all.len()).expect("few") + 1 };
        let note = Notified { number, title, body, actions };
        seen.up.retain(|up| up.number != number);
        seen.up.push(note.clone());
        seen.all.push(note);
        number
    }

    fn close_notification(&self, number: u32) {
        self.seen().up.retain(|up| up.number != number);
    }
}

impl Notifications {
    /// Puts one on the bus.
    pub fn on(bus: &Bus) -> Self {
        let seen = Arc::default();
        let connection = Builder::address(bus.address.as_str())
            .and_then(|builder| builder.name(NAME))
            .and_then(|builder| builder.serve_at(PATH, Server(Arc::clone(&seen))))
            .and_then(Builder::build)
            .expect("a server on the bus");
        Self { connection, seen }
    }

    /// What is up now.
    pub fn up(&self) -> Vec<Notified> {
        self.seen().up.clone()
    }

    /// Everything that was ever shown, in order.
    pub fn all(&self) -> Vec<Notified> {
        self.seen().all.clone()
    }

    /// The one with this title; waits for it.
    pub fn titled(&self, title: &str) -> Notified {
        until_some(title, || self.up().into_iter().find(|note| note.title == title))
    }

    /// Tells that one of its actions was chosen, whether it has that or not.
    pub fn choose(&self, number: u32, action: &str) {
        self.emit("ActionInvoked", &(number, action));
    }

    /// Closes one as the person does.
    pub fn close(&self, number: u32) {
        self.seen().up.retain(|up| up.number != number);
        self.emit("NotificationClosed", &(number, 2u32));
    }

    fn emit(&self, signal: &str, what: &(impl serde::Serialize + zbus::zvariant::DynamicType)) {
        self.connection.emit_signal(None::<&str>, PATH, NAME, signal, what).expect("a signal");
    }

    fn seen(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
