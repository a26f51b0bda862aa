//! A thief, a stranger's folder, and a failing disk.
#![expect(clippy::unwrap_used, reason = "tests")]

mod support;

use std::{
    fs::Permissions,
    os::unix::fs::{PermissionsExt, symlink},
    path::Path,
};

use broker::{
    Change, ClientRegistration, GrantId, NewLock, ProviderId, Secret, SecretOf, Timestamp, Vault, VaultError,
    VaultState,
};
use support::{PASSPHRASE, Place, account, app, fact, grant};

const CANARIES: [&str; 6] = [
    "canary-refresh-token-7f3a91",
    "canary-client-secret-02bd55",
    "canary.person@example.org",
    "canary-program-44c1",
    "canary-signing-key-9e0d",
    "canary fact c0ffee",
];

async fn plant(vault: &vault::FileVault) {
    let client = ClientRegistration {
        provider: ProviderId::from_text("acme"),
        issuer: "https://acme.example".into(),
        client_id: "id".into(),
        has_secret: true,
        dynamic: false,
        redirect_uri: None,
        since: Timestamp(0),
        known: broker::ClientFacts::default(),
    };
    let changes = vec![
        Change::PutGrant(grant("grant_1", 1), Some(Secret::from(CANARIES[0]))),
        Change::PutClient(client, Some(Secret::from(CANARIES[1]))),
        Change::PutAccount(account("acc_1", CANARIES[2])),
        Change::PutApp(app("app_1", CANARIES[3])),
        Change::PutSigningKey("key_1".into(), Secret::from(CANARIES[4])),
        fact(CANARIES[5]),
    ];
    vault.commit(changes).await.unwrap();
}

fn assert_no_canary(place: &Place, when: &str) {
    let contains = |bytes: &[u8], word: &str| bytes.windows(word.len()).any(|part| part == word.as_bytes());
    for (name, bytes) in place.files() {
        for word in CANARIES.iter().chain(&["SQLite format", "refresh", "acme"]) {
            assert!(!contains(&bytes, word), "{word} in {name} {when}");
        }
    }
}

async fn refused(place: &Place) -> String {
    match place.vault().open(Some(Secret::from(PASSPHRASE))).await.unwrap_err() {
        VaultError::Unusable(sentence) => sentence.to_string(),
        other => panic!("{other:?}"),
    }
}

fn set_mode(path: &Path, mode: u32) {
    std::fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
}

#[tokio::test]
async fn sto_01_lek_09_no_file_of_the_vault_shows_a_thief_anything() {
    let place = Place::new();
    let vault = place.made().await;
    plant(&vault).await;
    assert!(place.files().iter().any(|(name, _)| name == "vault.db-wal"), "the log is searched, too");
    assert_no_canary(&place, "while open");
    vault.close().await;
    assert_no_canary(&place, "after closing");
}

#[tokio::test]
async fn sto_01_every_flipped_page_and_every_truncation_fails_closed_and_changes_nothing() {
    let place = Place::new();
    let vault = place.made().await;
    plant(&vault).await;
    vault.close().await;
    let path = place.folder().join("vault.db");
    let good = std::fs::read(&path).unwrap();
    assert_eq!(good.len() % 4096, 0);
    let spots = (0..good.len()).step_by(4096).flat_map(|page| [page + 5, page + 2000, page + 4090]);
    let damaged = spots.map(|spot| {
        let mut bytes = good.clone();
        bytes[spot] ^= 1;
        bytes
    });
    let cuts =
        [0, 1, 4096, good.len() / 2, good.len() - 4096, good.len() - 1].map(|length| good[..length].to_vec());
    for bytes in damaged.chain(cuts) {
        std::fs::write(&path, &bytes).unwrap();
        let sentence = refused(&place).await;
        assert!(sentence.contains("Restore a backup"), "{sentence}");
        assert!(std::fs::read(&path).unwrap() == bytes, "it was written to");
    }
    std::fs::write(&path, &good).unwrap();
    assert_eq!(place.opened().await.load().await.unwrap().accounts[0].name, CANARIES[2]);
}

#[tokio::test]
async fn sto_01_a_changed_key_file_fails_closed_and_is_left_alone() {
    let place = Place::new();
    place.made().await.close().await;
    let path = place.folder().join("vault.keys");
    let good = std::fs::read(&path).unwrap();
    for spot in (0..good.len()).step_by(37) {
        let mut bytes = good.clone();
        bytes[spot] ^= 4;
        std::fs::write(&path, &bytes).unwrap();
        assert!(refused(&place).await.contains("Restore a backup"));
        assert_ne!(place.vault().state().await, VaultState::Absent);
        assert!(std::fs::read(&path).unwrap() == bytes);
    }
}

#[tokio::test]
async fn sto_01_another_vaults_database_does_not_open() {
    let (one, two) = (Place::new(), Place::new());
    one.made().await.close().await;
    two.made().await.close().await;
    std::fs::copy(one.folder().join("vault.db"), two.folder().join("vault.db")).unwrap();
    assert!(refused(&two).await.contains("Restore a backup"));
}

#[tokio::test]
async fn sto_01_half_a_vault_is_reported_and_never_made_anew() {
    for missing in ["vault.keys", "vault.db"] {
        let place = Place::new();
        place.made().await.close().await;
        std::fs::remove_file(place.folder().join(missing)).unwrap();
        let before = place.files();
        assert!(refused(&place).await.contains(&format!("`{missing}` is missing")));
        let made = place.vault().create(NewLock::Keyring).await;
        assert!(matches!(made, Err(VaultError::Unusable(_))), "{made:?}");
        assert_ne!(place.vault().state().await, VaultState::Absent);
        assert_eq!(place.files(), before);
    }
}

#[tokio::test]
async fn sto_12_a_deleted_grant_leaves_no_secret_and_no_log() {
    let place = Place::new();
    let vault = place.made().await;
    plant(&vault).await;
    let of = SecretOf::Grant(GrantId::from_text("grant_1"));
    assert_eq!(vault.secret(&of).await.unwrap().unwrap().expose(), CANARIES[0]);
    let before = place.files();
    vault.commit(vec![Change::DeleteGrant(GrantId::from_text("grant_1"))]).await.unwrap();
    assert!(vault.secret(&of).await.unwrap().is_none());
    let length = |files: &[(String, Vec<u8>)]| {
        files.iter().find(|(name, _)| name == "vault.db-wal").map_or(0, |(_, bytes)| bytes.len())
    };
    assert!(length(&before) > 0);
    assert_eq!(length(&place.files()), 0, "its sealed form stood in the log");
    vault.commit(vec![Change::PutGrant(grant("grant_1", 2), None)]).await.unwrap();
    assert!(vault.secret(&of).await.unwrap().is_none(), "it does not come back");
}

#[tokio::test]
async fn sto_05_files_and_folder_are_private_from_the_start() {
    let place = Place::new();
    let _vault = place.made().await;
    let mode = |path: &Path| path.metadata().unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&place.folder()), 0o700);
    for (name, _) in place.files() {
        assert_eq!(mode(&place.folder().join(&name)), 0o600, "{name}");
    }
}

#[tokio::test]
async fn sto_05_a_folder_or_file_that_others_may_read_is_refused() {
    let place = Place::new();
    place.made().await.close().await;
    for path in [place.folder(), place.folder().join("vault.db"), place.folder().join("vault.keys")] {
        let before = path.metadata().unwrap().permissions().mode();
        set_mode(&path, before | 0o040);
        assert!(refused(&place).await.contains("is open to other users"));
        set_mode(&path, before);
    }
    place.opened().await;
}

#[tokio::test]
async fn sto_05_a_linked_folder_is_refused() {
    let place = Place::new();
    let elsewhere = place.root.path().join("elsewhere");
    std::fs::create_dir(&elsewhere).unwrap();
    set_mode(&elsewhere, 0o700);
    symlink(&elsewhere, place.folder()).unwrap();
    let made = place.vault().create(NewLock::Keyring).await;
    assert!(matches!(made, Err(VaultError::Unusable(_))), "{made:?}");
    assert_eq!(std::fs::read_dir(&elsewhere).unwrap().count(), 0);
}

#[tokio::test]
async fn sto_05_a_linked_file_is_refused_and_its_target_left_alone() {
    for name in ["vault.db", "vault.keys", "vault.lock", "vault.db-wal"] {
        let place = Place::new();
        place.made().await.close().await;
        let (path, target) = (place.folder().join(name), place.root.path().join("target"));
        if path.exists() {
            std::fs::rename(&path, &target).unwrap();
        } else {
            std::fs::write(&target, b"precious").unwrap();
        }
        let before = std::fs::read(&target).unwrap();
        symlink(&target, &path).unwrap();
        assert!(refused(&place).await.contains("link"), "{name}");
        assert_eq!(std::fs::read(&target).unwrap(), before, "{name}");
        std::fs::remove_file(&path).unwrap();
        std::fs::hard_link(&target, &path).unwrap();
        set_mode(&target, 0o600);
        assert!(refused(&place).await.contains("hard link"), "{name}");
    }
}

#[tokio::test]
async fn sto_05_another_users_folder_is_refused() {
    let place = Place::new();
    place.made().await.close().await;
    // Only root can give a folder away; for others there is nothing to try.
    if std::os::unix::fs::chown(place.folder(), Some(65_534), None).is_ok() {
        assert!(refused(&place).await.contains("belongs to another user"));
    }
}
