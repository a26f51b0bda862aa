//! Locks when the system says so: before sleep and with the session's lock (logind, on the system bus), and with the screen
//! (the desktop's screen saver, on the session bus).

use broker::{
    Broker,
    preferences::{Setting, setting},
};
use futures_util::StreamExt;
use zbus::{
    Connection, MatchRule, MessageStream,
    message::Type,
    zvariant::{OwnedFd, OwnedObjectPath},
};

const LOGIN: &str = "org.freedesktop.login1";
const LOGIN_PATH: &str = "/org/freedesktop/login1";
const SCREEN_SAVERS: [&str; 2] = ["org.freedesktop.ScreenSaver", "org.gnome.ScreenSaver"];

/// logind: `PrepareForSleep`, and `Lock` of a session of this person's.
pub async fn sleep_and_session(bus: &Connection, broker: &Broker) -> zbus::Result<()> {
    let rule = MatchRule::builder().msg_type(Type::Signal).sender(LOGIN)?.build();
    let mut signals = MessageStream::for_match_rule(rule, bus, None).await?;
    // Holds the sleep back until Keylodge is locked.
    let mut held = hold_sleep(bus).await;
    while let Some(message) = signals.next().await {
        let message = message?;
        let header = message.header();
        let member = header.member().map(zbus::names::MemberName::as_str);
        match member {
            Some("PrepareForSleep") => {
                let sleeps: bool = message.body().deserialize()?;
                if sleeps {
                    lock(broker, &setting::LOCK_ON_SLEEP, "the computer goes to sleep").await;
                    drop(held.take());
                } else {
                    held = hold_sleep(bus).await;
                }
            }
            Some("Lock") => {
                let path = header.path().map(ToString::to_string).unwrap_or_default();
                if is_ours(bus, &path).await {
                    lock(broker, &setting::LOCK_WITH_SCREEN, "the session is locked").await;
                }
            }
            _ => {}
        }
    }
    Ok(())
}

/// The desktop's screen saver. Anybody on the session bus can say this: it narrows, so it is believed.
pub async fn screen(bus: &Connection, broker: &Broker) -> zbus::Result<()> {
    let rule = MatchRule::builder().msg_type(Type::Signal).member("ActiveChanged")?.build();
    let mut signals = MessageStream::for_match_rule(rule, bus, None).await?;
    while let Some(message) = signals.next().await {
        let message = message?;
        let header = message.header();
        let known = header.interface().is_some_and(|name| SCREEN_SAVERS.contains(&name.as_str()));
        if known && message.body().deserialize::<bool>().unwrap_or(false) {
            lock(broker, &setting::LOCK_WITH_SCREEN, "the screen is locked").await;
        }
    }
    Ok(())
}

async fn lock(broker: &Broker, setting: &'static Setting, why: &'static str) {
    // While it is locked already there is nothing to look a setting up in, and nothing to do.
    if !broker.preferences().is_ok_and(|set| set.on(setting)) {
        return;
    }
    match broker.lock().await {
        Ok(()) => tracing::info!("locked, for {why}"),
        Err(error) => tracing::error!(%error, "Keylodge could not be locked, though {why}"),
    }
}

/// logind waits up to some seconds for those who hold the sleep back.
async fn hold_sleep(bus: &Connection) -> Option<OwnedFd> {
    let reason = ("sleep", "Keylodge", "Lock before the computer sleeps", "delay");
    let manager = Some("org.freedesktop.login1.Manager");
    let reply = bus.call_method(Some(LOGIN), LOGIN_PATH, manager, "Inhibit", &reason).await.ok()?;
    reply.body().deserialize().ok()
}

/// Whether a session of logind's is this person's.
async fn is_ours(bus: &Connection, path: &str) -> bool {
    let wanted = ("org.freedesktop.login1.Session", "User");
    let properties = Some("org.freedesktop.DBus.Properties");
    let Ok(reply) = bus.call_method(Some(LOGIN), path, properties, "Get", &wanted).await else {
        return false;
    };
    let Ok(value) = reply.body().deserialize::<zbus::zvariant::OwnedValue>() else { return false };
    let user: Option<(u32, OwnedObjectPath)> = value.try_into().ok();
    user.is_some_and(|(uid, _)| uid == rustix::process::geteuid().as_raw())
}
