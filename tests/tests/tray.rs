//! The sign in the desktop's tray, on a bus of its own with a panel of ours: what it tells and what its menu can do.

use std::{os::unix::net::UnixListener, time::Instant};

use control::{Answer, Request, Status, VaultState};
use stories::{Bus, Home, Keylodge, Panel, Setting, Sign, until};

fn with_bus(bus: &Bus, more: &[(&str, &str)]) -> Keylodge {
    let mut environment = bus.environment();
    environment.extend(more.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
    Keylodge::with(Setting { environment, ..Setting::default() })
}

fn status(keylodge: &Keylodge) -> Status {
    match keylodge.asked_by_anyone(Request::Status) {
        Ok(Answer::Status(status)) => status,
        other => panic!("{other:?}"),
    }
}

fn unlock(keylodge: &Keylodge) {
    keylodge.ask(Request::Unlock { passphrase: None });
}

fn shows(sign: &Sign, text: &str) {
    until(text, || sign.text() == text);
}

/// A tray that comes late gets the sign, one that comes back gets it again; it tells the state by picture and words.
#[test]
fn the_sign_tells_how_keylodge_is_in_whichever_tray_there_is() {
    let bus = Bus::start();
    let keylodge = with_bus(&bus, &[]);
    let panel = Panel::on(&bus);
    let sign = panel.sign();
    assert_eq!((sign.text().as_str(), sign.property::<String>("Status").as_str()), ("Unlocked", "Active"));
    let (open, sizes) = (sign.picture(), [16, 22, 32, 48]);
    assert_eq!(open.iter().map(|(width, ..)| *width).collect::<Vec<_>>(), sizes);
    assert!(
        open.iter().all(
            |(width, height, pixels)| pixels.len() == usize::try_from(width * height * 4).expect("small")
        )
    );

    keylodge.asked_by_anyone(Request::Lock).expect("locked");
    shows(&sign, "Locked");
    assert_ne!(sign.picture(), open, "and it looks different");
    drop((sign, panel));
    let panel = Panel::on(&bus);
    shows(&panel.sign(), "Locked");
}

/// Nothing in the menu widens, whoever clicks: what needs the person opens the window, and here there is none.
#[test]
fn the_menu_narrows_at_once_and_widens_never() {
    let bus = Bus::start();
    let keylodge = with_bus(&bus, &[]);
    let panel = Panel::on(&bus);
    let sign = panel.sign();
    assert_eq!(
        sign.labels(),
        ["Unlocked", "Open Keylodge", "Pause for an hour", "Lock", "Stop everything", "Quit"]
    );
    assert!(!sign.menu()[0].enabled, "the first line only tells");

    sign.click("Pause for an hour");
    shows(&sign, "Paused");
    sign.click("Go on…");
    sign.click("Lock");
    shows(&sign, "Locked");
    sign.click("Unlock…");
    sign.activate();
    every_event(&sign, &["opened", "hovered", "closed", "x-approve"]);
    // Clicks are carried out one after the other: with this one all before it are done.
    until("a yes by nobody", || keylodge.log().matches("could not be done").count() >= 3);
    let now = status(&keylodge);
    assert!(now.paused_until.is_some() && now.vault == VaultState::LockedByPassphrase, "{now:?}");

    unlock(&keylodge);
    shows(&sign, "Paused");
    sign.click("Stop everything");
    assert_eq!(status(&keylodge).vault, VaultState::Open, "a slip of the hand ends nothing");
    sign.click("Yes: end every token and lock, now");
    shows(&sign, "Locked");
}

fn every_event(sign: &Sign, events: &[&str]) {
    for id in [i32::MIN, -1, 0, 1, 2, 3, 99, 100, 101, 107, 199, i32::MAX] {
        for event in events {
            sign.event(id, event);
        }
    }
}

/// The person's language, the setting that takes the sign away, and the end.
#[test]
fn the_sign_speaks_the_persons_language_and_goes_when_they_want() {
    let bus = Bus::start();
    let mut keylodge = with_bus(&bus, &[("LC_MESSAGES", "de_DE.UTF-8")]);
    let panel = Panel::on(&bus);
    shows(&panel.sign(), "Entsperrt");
    let set = |key: &str, value: &str| {
        let request = Request::SettingsSet { key: key.to_owned(), value: value.to_owned() };
        keylodge.asked_by_anyone(request).expect("a matter of taste takes no proof");
    };
    set("desktop.language", "en");
    shows(&panel.sign(), "Unlocked");
    set("desktop.tray", "off");
    until("no sign", || panel.sign_now().is_none());
    set("desktop.tray", "on");
    panel.sign().click("Quit");
    assert!(keylodge.ended().success());
    assert!(panel.sign_now().is_none());
}

/// A bus that takes connections and never answers holds nobody up.
#[test]
fn a_bus_that_hangs_holds_nobody_up() {
    let home = Home::new();
    let path = home.path().join("bus");
    let _silent = UnixListener::bind(&path).expect("a socket");
    let address = ("DBUS_SESSION_BUS_ADDRESS".to_owned(), format!("unix:path={}", path.display()));
    let begun = Instant::now();
    let mut keylodge = Keylodge::with(Setting { environment: vec![address], ..Setting::default() });
    let _ = keylodge.accounts();
    assert_eq!(status(&keylodge).vault, VaultState::Open);
    assert!(begun.elapsed().as_secs() < 8, "{:?}", begun.elapsed());
    keylodge.stop();
}
