//! The real Secret Service, on a bus of the test's own: there, locked away, and missing.
#![expect(clippy::unwrap_used, reason = "tests")]
#![cfg(target_os = "linux")]

mod support;

use std::{
    path::Path,
    process::{Command, Stdio},
    sync::Arc,
};

use broker::{NewLock, Secret, Vault, VaultState};
use support::Turned;
use vault::{FileVault, PassphraseCost, secret_service};

const ROLE: &str = "KEYLODGE_TEST_KEYRING";
/// A bus that starts nothing by itself: the usual one would start whatever keyring is installed.
const BUS: &str = r#"<busconfig>
    <type>session</type><listen>unix:tmpdir=HOME</listen><auth>EXTERNAL</auth>
    <policy context="default"><allow send_destination="*"/><allow receive_sender="*"/><allow own="*"/></policy>
</busconfig>"#;
const SERVICE: &str = "[D-BUS Service]
Name=org.freedesktop.secrets
Exec=/usr/bin/gnome-keyring-daemon --start --foreground --components=secrets
";
/// Unlocks a login keyring, runs the test named in `$CHILD`, and ends the daemon, which would outlive its bus.
const WITH_KEYRING: &str = r#"
    eval "$(printf pw | gnome-keyring-daemon --unlock --components=secrets)"
    # The bus itself waits until the keyring answers.
    dbus-send --session --print-reply --dest=org.freedesktop.secrets / org.freedesktop.DBus.Peer.Ping >/dev/null
    pid=$(dbus-send --session --print-reply --dest=org.freedesktop.DBus / \
        org.freedesktop.DBus.GetConnectionUnixProcessID string:org.freedesktop.secrets | awk '/uint32/ { print $2 }')
    "$@"; code=$?
    kill "$pid"; exit $code
"#;
const WITHOUT_KEYRING: &str = r#""$@""#;

/// Runs this binary's ignored test `name` on a private bus. `false`: the machine has not what it takes.
fn on_a_private_bus(bus: &str, script: &str, name: &str) -> bool {
    if !["dbus-run-session", "gnome-keyring-daemon", "dbus-send"].iter().all(|program| has(program)) {
        println!("skipped: dbus and gnome-keyring are not installed");
        return false;
    }
    let home = tempfile::tempdir().unwrap();
    let config = home.path().join("bus.conf");
    std::fs::write(&config, bus.replace("HOME", &home.path().display().to_string())).unwrap();
    std::fs::create_dir(home.path().join("services")).unwrap();
    std::fs::write(home.path().join("services/org.freedesktop.secrets.service"), SERVICE).unwrap();
    let status = Command::new("dbus-run-session")
        .arg(format!("--config-file={}", config.display()))
        .args(["--", "bash", "-c", script, "bash"])
        .arg(std::env::current_exe().unwrap())
        .args(["--exact", name, "--ignored", "--nocapture"])
        .env_remove("DISPLAY")
        .env_remove("WAYLAND_DISPLAY")
        .env("XDG_DATA_HOME", home.path())
        .env("XDG_RUNTIME_DIR", home.path())
        .env(ROLE, home.path())
        .stdin(Stdio::null())
        .status()
        .unwrap();
    assert!(status.success(), "{name}");
    true
}

/// As on a desktop: whoever calls the keyring first starts it, or waits for the one that starts already.
fn bus_that_starts_a_keyring() -> String {
    BUS.replace("</auth>", "</auth><servicedir>HOME/services</servicedir>")
}

fn has(program: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).any(|folder| folder.join(program).is_file())
}

fn vault(home: &Path) -> FileVault {
    let clock: Arc<Turned> = Arc::default();
    FileVault::with_cost(home.join("vault"), secret_service(), clock, PassphraseCost::FOR_TESTS)
}

#[test]
fn a_vault_lives_by_a_real_keyring() {
    on_a_private_bus(&bus_that_starts_a_keyring(), WITH_KEYRING, "child_with_a_keyring");
}

#[tokio::test]
#[ignore = "is started by the test above"]
async fn child_with_a_keyring() {
    let Some(home) = std::env::var_os(ROLE) else { return };
    let made = vault(home.as_ref());
    assert_eq!(made.keyring().await, Ok(()));
    made.create(NewLock::Keyring).await.unwrap();
    made.close().await;
    assert_eq!(made.state().await, VaultState::LockedByKeyring);
    vault(home.as_ref()).open(None).await.unwrap();
    tokio::task::spawn_blocking(keeps_and_forgets).await.unwrap();
}

fn keeps_and_forgets() {
    let keyring = secret_service();
    assert!(keyring.get("test-id").unwrap().is_none());
    for key in ["one", "two"] {
        keyring.set("test-id", &Secret::from(key)).unwrap();
        assert_eq!(keyring.get("test-id").unwrap().unwrap().expose(), key);
    }
    keyring.delete("test-id").unwrap();
    keyring.delete("test-id").unwrap();
    assert!(keyring.get("test-id").unwrap().is_none());
}

#[test]
fn sto_03_a_bus_without_a_keyring_is_explained() {
    on_a_private_bus(BUS, WITHOUT_KEYRING, "child_without_a_keyring");
}

#[tokio::test]
#[ignore = "is started by the tests beside it"]
async fn child_without_a_keyring() {
    let Some(home) = std::env::var_os(ROLE) else { return };
    let vault = vault(home.as_ref());
    let sentence = vault.keyring().await.unwrap_err();
    let missing = std::env::var("DBUS_SESSION_BUS_ADDRESS").is_ok_and(|bus| bus.ends_with("/none"));
    let expected = if missing { "There is no session bus" } else { "No keyring answers on the session bus." };
    assert!(sentence.starts_with(expected), "{sentence}");
    assert!(vault.create(NewLock::Keyring).await.is_err());
    assert_eq!(vault.state().await, VaultState::Absent);
}

#[test]
fn sto_03_a_machine_without_a_bus_is_explained() {
    let home = tempfile::tempdir().unwrap();
    let status = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "child_without_a_keyring", "--ignored"])
        .env("DBUS_SESSION_BUS_ADDRESS", format!("unix:path={}/none", home.path().display()))
        .env(ROLE, home.path())
        .status()
        .unwrap();
    assert!(status.success());
}

#[test]
fn sto_03_a_session_without_a_login_keyring_is_explained() {
    let locked =
        WITH_KEYRING.replace("printf pw | gnome-keyring-daemon --unlock", "gnome-keyring-daemon --start");
    on_a_private_bus(&bus_that_starts_a_keyring(), &locked, "child_without_a_login_keyring");
}

#[tokio::test]
#[ignore = "is started by the test above"]
async fn child_without_a_login_keyring() {
    let Some(home) = std::env::var_os(ROLE) else { return };
    let sentence = vault(home.as_ref()).keyring().await.unwrap_err();
    assert!(sentence.starts_with("It has no login keyring."), "{sentence}");
}
