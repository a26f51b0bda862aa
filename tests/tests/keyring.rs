//! The vault and the system's keyring: a real one on a bus of its own, none at all, and one that is locked.

use std::time::Instant;

use control::{Answer, FailureCode, KeyringState, LockChoice, Passphrase, Request, Status, VaultState};
use stories::{Keylodge, Keyring, PATIENCE, Provider, Setting};

fn without_passphrase(environment: Vec<(String, String)>) -> Setting {
    Setting { passphrase: false, environment, ..Setting::default() }
}

fn status(keylodge: &Keylodge) -> Status {
    match keylodge.asked_by_anyone(Request::Status) {
        Ok(Answer::Status(status)) => status,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_vault_that_the_keyring_locks_opens_by_itself_after_a_restart() {
    let keyring = Keyring::open();
    let mut keylodge = Keylodge::with(without_passphrase(keyring.environment()));
    assert_eq!(status(&keylodge).vault, VaultState::Absent);
    assert_eq!(status(&keylodge).keyring, KeyringState::Available);
    keylodge.asked_by_anyone(Request::Setup { lock: LockChoice::Keyring }).expect("a vault");
    assert_eq!(status(&keylodge).vault, VaultState::Open);
    assert!(!status(&keylodge).has_passphrase);
    keylodge.stop();
    keylodge.start_again();
    assert_eq!(status(&keylodge).vault, VaultState::Open);
    keylodge.kill();
    keylodge.start_again();
    assert_eq!(status(&keylodge).vault, VaultState::Open, "after a kill, too");
}

/// A vault without a passphrase cannot be widened from a terminal at all: there is nothing to prove presence with.
#[test]
fn a_vault_without_a_passphrase_takes_no_yes_from_a_terminal() {
    let (keyring, provider) = (Keyring::open(), Provider::start());
    let keylodge = Keylodge::with(without_passphrase(keyring.environment()));
    keylodge.asked_by_anyone(Request::Setup { lock: LockChoice::Keyring }).expect("a vault");
    let added = keylodge.cli_with_passphrase(&["provider", "add", "house", "--issuer", &provider.issuer]);
    assert_eq!(added.code, 77, "{}", added.stderr);
    assert!(added.stderr.contains("window"), "it says what to do: {}", added.stderr);
    assert!(keylodge.asked_by_anyone(Request::Lock).is_ok());
    let unlock = keylodge.asked_by_anyone(Request::Unlock { passphrase: None }).expect_err("no window");
    assert_eq!(unlock.code(), Some(FailureCode::PresenceNeeded));
}

/// The data directory alone opens nothing (STO-04): the other half is in the keyring.
#[test]
fn sto_04_the_data_without_its_keyring_stays_closed() {
    let keyring = Keyring::open();
    let mut keylodge = Keylodge::with(without_passphrase(keyring.environment()));
    keylodge.asked_by_anyone(Request::Setup { lock: LockChoice::Keyring }).expect("a vault");
    keylodge.stop();
    drop(keyring);
    keylodge.start_again();
    assert_eq!(status(&keylodge).vault, VaultState::LockedByKeyring);
    assert!(matches!(status(&keylodge).keyring, KeyringState::Unavailable { .. }));
    let accounts = keylodge.asked_by_anyone(Request::AccountList).expect_err("it is closed");
    assert_eq!(accounts.code(), Some(FailureCode::Locked));
}

#[test]
fn sto_03_without_a_keyring_it_says_why_and_takes_a_passphrase() {
    let keylodge = Keylodge::with(without_passphrase(Vec::new()));
    let KeyringState::Unavailable { why, .. } = status(&keylodge).keyring else { panic!("there is no bus") };
    assert!(why.ends_with('.') && why.len() > 15, "{why:?} is no sentence");
    let refused =
        keylodge.asked_by_anyone(Request::Setup { lock: LockChoice::Keyring }).expect_err("no keyring");
    assert!(!refused.to_string().is_empty());
    assert_eq!(status(&keylodge).vault, VaultState::Absent, "no silent fallback");
    let short = LockChoice::Passphrase { passphrase: Passphrase::new("short".into()) };
    assert!(keylodge.asked_by_anyone(Request::Setup { lock: short }).is_err());
    let lock = LockChoice::Passphrase { passphrase: Passphrase::new(stories::PASSPHRASE.into()) };
    keylodge.asked_by_anyone(Request::Setup { lock }).expect("a vault");
    assert_eq!(status(&keylodge).vault, VaultState::Open);
    assert!(status(&keylodge).has_passphrase);
    let doctor = keylodge.cli(&["doctor"]);
    assert!(doctor.stdout.to_lowercase().contains("keyring"), "{}{}", doctor.stdout, doctor.stderr);
}

/// A locked keyring may ask its own question on a display and wait for ever; Keylodge does not.
#[test]
fn sto_03_a_locked_keyring_holds_nothing_up() {
    let mut keyring = Keyring::open();
    let mut keylodge = Keylodge::with(without_passphrase(keyring.environment()));
    keylodge.asked_by_anyone(Request::Setup { lock: LockChoice::Keyring }).expect("a vault");
    keylodge.stop();
    keyring.lock();
    let began = Instant::now();
    keylodge.start_again();
    let status = status(&keylodge);
    assert!(began.elapsed() < PATIENCE, "it is up after {:?}", began.elapsed());
    assert_eq!(status.vault, VaultState::LockedByKeyring);
    let asked = Instant::now();
    assert!(keylodge.cli(&["doctor"]).stdout.to_lowercase().contains("keyring"));
    assert!(asked.elapsed() < PATIENCE);
}
