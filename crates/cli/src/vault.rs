//! The lock, the window, and how Keylodge is.

use std::process::ExitCode;

use control::{Answer, KeyringState, Page, Request, Status, VaultState};

use crate::{
    arguments::Global,
    connection::{Broker, done, unexpected},
    exit::Failed,
    output, passphrase,
};

/// `keylodge open`.
pub fn open(global: &Global) -> Result<ExitCode, Failed> {
    let answer = Broker::connect(global)?.ask(Request::Open { page: Page::Accounts })?;
    done(&answer, global, "The window is open.")
}

/// `keylodge status`.
pub fn status(global: &Global) -> Result<ExitCode, Failed> {
    let status = read_status(&mut Broker::connect(global)?)?;
    if global.json {
        return output::json(&status);
    }
    let waiting = status.waiting_for_unlock;
    let waiting_for_unlock = if waiting == 0 { String::new() } else { waiting.to_string() };
    Ok(output::facts(&[
        ("Version", status.version.clone()),
        ("Vault", vault_words(&status).to_owned()),
        ("Loopback API", status.url.clone()),
        ("Socket", status.socket.clone()),
        ("Accounts", status.accounts.to_string()),
        ("Programs", status.apps.to_string()),
        ("Tokens out", status.leases.to_string()),
        ("Waiting for you", status.waiting.to_string()),
        ("Waiting until you unlock", waiting_for_unlock),
    ]))
}

/// Asks the broker how it is.
pub fn read_status(broker: &mut Broker) -> Result<Status, Failed> {
    match broker.ask(Request::Status)? {
        Answer::Status(status) => Ok(status),
        other => unexpected(&other),
    }
}

/// The vault's state in words.
pub fn vault_words(status: &Status) -> &'static str {
    match (status.vault, &status.keyring) {
        (VaultState::Absent, KeyringState::Available) => "not made yet; open the window",
        (VaultState::Absent, KeyringState::Unavailable { .. }) => {
            "not made yet; choose a passphrase: `keylodge unlock`"
        }
        (VaultState::LockedByKeyring, _) => "locked; opens with the keyring, in the window",
        (VaultState::LockedByPassphrase, _) => "locked; `keylodge unlock`",
        (VaultState::Open, _) => "open",
    }
}

/// `keylodge lock`.
pub fn lock(global: &Global) -> Result<ExitCode, Failed> {
    done(&Broker::connect(global)?.ask(Request::Lock)?, global, "Locked.")
}

/// `keylodge panic`.
pub fn panic(global: &Global) -> Result<ExitCode, Failed> {
    let sentence = "Every token was ended, every waiting request refused, and Keylodge is locked.";
    done(&Broker::connect(global)?.ask(Request::Panic)?, global, sentence)
}

/// `keylodge unlock`; where there is no vault yet, makes one with a chosen passphrase.
pub fn unlock(global: &Global) -> Result<ExitCode, Failed> {
    let mut broker = Broker::connect(global)?;
    let absent = read_status(&mut broker)?.vault == VaultState::Absent;
    let given = match global.passphrase_fd {
        Some(fd) => Some(passphrase::from_descriptor(fd)?),
        None if absent => passphrase::chosen()?,
        None => passphrase::typed("Keylodge passphrase: ")?,
    };
    let passphrase = given.ok_or_else(|| {
        Failed::usage(
            "There is no terminal to ask at. Give the passphrase with --passphrase-fd, or use the window.",
        )
    })?;
    let request = if absent {
        Request::Setup { lock: control::LockChoice::Passphrase { passphrase } }
    } else {
        Request::Unlock { passphrase: Some(passphrase) }
    };
    done(&broker.ask(request)?, global, "Unlocked.")
}
