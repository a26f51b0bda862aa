//! Notifications (`org.freedesktop.Notifications`): what waits or has happened while no window shows it. A click opens the
//! window at the right place, and does nothing else: there is no button that decides (UI-10).

mod note;
mod slots;

use std::{
    collections::HashMap,
    convert::Infallible,
    future::pending,
    sync::{Arc, Mutex, PoisonError},
    time::Instant,
};

use broker::{Tiding, preferences::setting};
use futures_util::StreamExt;
use tokio::time::{Duration, sleep};
use zbus::{Connection, MatchRule, MessageStream, message::Type, zvariant::Value};

use self::{
    note::{Kind, News, Note, Wish},
    slots::{APART, Slots, Step},
};
use crate::{
    tray::{Hands, changed},
    words::Words,
};

const NAME: &str = "org.freedesktop.Notifications";
const PATH: &str = "/org/freedesktop/Notifications";
/// The only thing that a click can ask for.
const OPEN: &str = "default";
/// The interface's number for a notification that the person has closed.
const BY_THE_PERSON: u32 = 2;
/// So many tidings are kept for a server that is not there yet.
const TIDINGS: usize = 32;
/// What ends soon comes near without anybody's doing: it is looked for so often.
const AT_LEAST: Duration = Duration::from_secs(600);

/// What happened and the person has not been told yet, or not looked at.
#[derive(Default)]
pub struct Tidings(Mutex<Vec<Tiding>>);

impl Tidings {
    /// Keeps one more, for the oldest if need be.
    pub fn keep(&self, tiding: Tiding) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() == TIDINGS {
            kept.remove(0);
        }
        kept.push(tiding);
    }

    fn all(&self) -> Vec<Tiding> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Forgets those of a kind: the person has looked. `false` if a kind does not tell of tidings.
    fn forget(&self, kind: Kind) -> bool {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match kind {
            Kind::Alarm => kept.retain(|tiding| !tiding.is_alarm()),
            Kind::Lapsed => kept.retain(Tiding::is_alarm),
            _ => return false,
        }
        true
    }
}

/// Notifies for as long as the bus is there. What goes wrong with it is nobody else's matter.
pub async fn notify(bus: &Connection, hands: &Arc<Hands>) -> Infallible {
    if let Err(error) = keep_told(bus, hands).await {
        tracing::debug!(%error, "nobody can be notified");
    }
    pending().await
}

async fn keep_told(bus: &Connection, hands: &Arc<Hands>) -> zbus::Result<()> {
    let mut events = hands.events.subscribe();
    let mut signals = MessageStream::for_match_rule(of_the_server()?, bus, None).await?;
    let mut server = MessageStream::for_match_rule(server_changes()?, bus, None).await?;
    let mut teller = Teller { slots: Slots::default(), on: true };
    loop {
        let again = teller.tell(bus, hands).await;
        tokio::select! {
            () = changed(&mut events) => {}
            Some(signal) = signals.next() => {
                if let Some(looked) = teller.heard(&signal?) {
                    teller.looked_at(looked, hands);
                }
            }
            Some(_) = server.next() => teller.slots.lost(),
            () = sleep(again) => {}
        }
    }
}

/// A click, and that a notification has gone: only from whoever owns the server's name.
fn of_the_server() -> zbus::Result<MatchRule<'static>> {
    let rule = MatchRule::builder().msg_type(Type::Signal).sender(NAME)?;
    Ok(rule.interface(NAME)?.path(PATH)?.build())
}

fn server_changes() -> zbus::Result<MatchRule<'static>> {
    let rule = MatchRule::builder().msg_type(Type::Signal).sender("org.freedesktop.DBus")?;
    Ok(rule.member("NameOwnerChanged")?.arg(0, NAME)?.build())
}

/// Opens the window where the notification leads.
fn open(hands: &Hands, kind: Kind) {
    if kind == Kind::Questions {
        hands.desktop.show_prompts();
    }
    if let Err(why) = hands.desktop.show(kind.page()) {
        tracing::warn!(why, "a notification was clicked, but the window cannot be shown");
    }
}

/// How the person looked at a notification.
#[derive(Clone, Copy)]
enum Looked {
    Clicked(Kind),
    Closed(Kind),
}

/// Knows what the person was told.
struct Teller {
    slots: Slots,
    /// As the person has set it; as it was, while the vault is closed.
    on: bool,
}

impl Teller {
    /// Brings the notifications up to date; says when to look again at the latest.
    async fn tell(&mut self, bus: &Connection, hands: &Hands) -> Duration {
        self.on = hands.broker.preferences().map_or(self.on, |set| set.on(&setting::NOTIFICATIONS));
        let (matters, tidings) = (hands.broker.matters(), hands.tidings.all());
        let window = hands.desktop.may_prompt();
        let news = News { matters: &matters, tidings: &tidings, window, now: hands.broker.now() };
        let words = Words::of(hands.broker.locale().language());
        for kind in Kind::ALL {
            let wish = if self.on { news.wish(kind, &words) } else { Wish::Hide };
            match self.slots.next(kind, wish, Instant::now()) {
                Some(Step::Show(note, replaced)) => {
                    self.show(bus, kind, note, replaced, &words).await;
                }
                Some(Step::Withdraw(number)) => withdraw(bus, number).await,
                None => {}
            }
        }
        let quiet = matters.questions.is_empty() && !self.slots.fresh(Instant::now());
        if quiet { AT_LEAST } else { APART / 2 }
    }

    async fn show(&mut self, bus: &Connection, kind: Kind, note: Note, replaced: u32, words: &Words) {
        match send(bus, kind, &note, replaced, words).await {
            Ok(number) => self.slots.shown(kind, number, note, Instant::now()),
            Err(error) => tracing::debug!(%error, "nobody shows notifications"),
        }
    }

    /// What the server tells: how the person looked at one, if they did.
    fn heard(&mut self, signal: &zbus::Message) -> Option<Looked> {
        let (header, body) = (signal.header(), signal.body());
        match header.member()?.as_str() {
            "ActionInvoked" => {
                let (number, action): (u32, String) = body.deserialize().ok()?;
                let kind = self.slots.kind(number).filter(|_| action == OPEN)?;
                Some(Looked::Clicked(kind))
            }
            "NotificationClosed" => {
                let (number, why): (u32, u32) = body.deserialize().ok()?;
                // One that went by itself may not have been seen.
                self.slots.gone(number).filter(|_| why == BY_THE_PERSON).map(Looked::Closed)
            }
            _ => None,
        }
    }

    fn looked_at(&mut self, looked: Looked, hands: &Hands) {
        let (Looked::Clicked(kind) | Looked::Closed(kind)) = looked;
        if hands.tidings.forget(kind) {
            self.slots.forget(kind);
        }
        if let Looked::Clicked(kind) = looked {
            open(hands, kind);
        }
    }
}

async fn send(bus: &Connection, kind: Kind, note: &Note, replaced: u32, words: &Words) -> zbus::Result<u32> {
    // The words of the interface: low, normal, critical.
    let urgency: u8 = if kind == Kind::Alarm { 2 } else { 1 };
    let hints =
        HashMap::from([("urgency", Value::from(urgency)), ("desktop-entry", Value::from("Keylodge"))]);
    let actions = [OPEN, words.notification.open.as_str()];
    let (icon, lasts) = ("", -1i32);
    let message =
        (words.name.as_str(), replaced, icon, &note.title, &note.body, actions.as_slice(), hints, lasts);
    bus.call_method(Some(NAME), PATH, Some(NAME), "Notify", &message).await?.body().deserialize()
}

async fn withdraw(bus: &Connection, number: u32) {
    // It may have gone by itself.
    let _ = bus.call_method(Some(NAME), PATH, Some(NAME), "CloseNotification", &number).await;
}
