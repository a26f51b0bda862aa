//! Making, opening and closing the vault: keyring, passphrase, and what happens when they fail.

mod support;

use std::sync::atomic::Ordering;

use broker::{Change, NewLock, Secret, Vault, VaultError, VaultState};
use support::{PASSPHRASE, Place, account};

#[expect(clippy::unnecessary_wraps, reason = "what `open` takes")]
fn passphrase(text: &str) -> Option<Secret<String>> {
    Some(Secret::from(text))
}

#[tokio::test]
async fn a_vault_is_made_closed_and_opened_by_the_keyring() {
    let place = Place::new();
    let vault = place.vault();
    assert_eq!(vault.state().await, VaultState::Absent);
    assert!(!place.folder().exists(), "asking makes nothing");
    vault.create(NewLock::Keyring).await.unwrap();
    assert_eq!(vault.state().await, VaultState::Open);
    vault.close().await;
    assert_eq!(vault.state().await, VaultState::LockedByKeyring);
    assert_eq!(vault.load().await, Err(VaultError::Locked));
    assert_eq!(vault.commit(vec![]).await, Err(VaultError::Locked));
    vault.open(None).await.unwrap();
    assert_eq!(vault.state().await, VaultState::Open);
}

#[tokio::test]
async fn a_vault_is_made_closed_and_opened_by_a_passphrase() {
    let place = Place::new();
    let vault = place.made().await;
    assert!(vault.has_passphrase().await);
    vault.close().await;
    assert_eq!(vault.state().await, VaultState::LockedByPassphrase);
    assert_eq!(vault.open(passphrase("wrong horse battery")).await, Err(VaultError::WrongPassphrase));
    place.clock.by(1);
    vault.open(passphrase(PASSPHRASE)).await.unwrap();
    assert!(place.keyring.keys.lock().unwrap().is_empty(), "the keyring was not used");
}

/// Every file of the vault's folder, to be put back later.
fn copied(place: &Place) -> Vec<(std::ffi::OsString, Vec<u8>)> {
    let files = std::fs::read_dir(place.folder()).expect("readable").map(|file| file.expect("readable"));
    files.map(|file| (file.file_name(), std::fs::read(file.path()).expect("readable"))).collect()
}

#[tokio::test]
async fn sto_02_an_older_copy_is_noticed_once() {
    let place = Place::new();
    let vault = place.vault();
    vault.create(NewLock::Keyring).await.unwrap();
    vault.close().await;
    let old = copied(&place);
    for _ in 0..2 {
        vault.open(None).await.unwrap();
        assert!(!vault.was_rolled_back().await, "it is the one used last");
        vault.commit(vec![Change::PutAccount(account("acc_1", "work"))]).await.unwrap();
        vault.close().await;
    }
    for (name, bytes) in old {
        std::fs::write(place.folder().join(name), bytes).unwrap();
    }
    let vault = place.vault();
    vault.open(None).await.unwrap();
    assert!(vault.was_rolled_back().await);
    vault.close().await;
    vault.open(None).await.unwrap();
    assert!(!vault.was_rolled_back().await, "it is now the one used last");
}

#[tokio::test]
async fn a_short_passphrase_makes_no_vault() {
    let place = Place::new();
    let made = place.vault().create(NewLock::Passphrase(Secret::from("1234567"))).await;
    assert_eq!(made, Err(VaultError::Unusable("The passphrase must have at least 8 characters.".into())));
    assert_eq!(place.vault().state().await, VaultState::Absent);
}

#[tokio::test]
async fn a_second_vault_is_not_made_over_the_first() {
    let place = Place::new();
    let vault = place.made().await;
    assert!(matches!(vault.create(NewLock::Keyring).await, Err(VaultError::Unusable(_))));
    vault.close().await;
    let before = place.files();
    assert!(matches!(place.vault().create(NewLock::Keyring).await, Err(VaultError::Unusable(_))));
    assert_eq!(place.files(), before);
}

#[tokio::test]
async fn sto_03_without_a_keyring_there_is_no_vault_and_no_plaintext_in_its_place() {
    let place = Place::new();
    place.keyring.broken.store(true, Ordering::SeqCst);
    let vault = place.vault();
    assert_eq!(vault.keyring().await, Err("it is broken for this test.".into()));
    assert!(matches!(vault.create(NewLock::Keyring).await, Err(VaultError::Keyring(_))));
    assert_eq!(vault.state().await, VaultState::Absent);
}

#[tokio::test]
async fn sto_03_a_keyring_that_fails_later_keeps_the_vault_closed_until_it_is_back() {
    let place = Place::new();
    place.vault().create(NewLock::Keyring).await.unwrap();
    let vault = place.vault();
    place.keyring.broken.store(true, Ordering::SeqCst);
    assert!(matches!(vault.open(None).await, Err(VaultError::Keyring(_))));
    assert_eq!(vault.state().await, VaultState::LockedByKeyring);
    place.keyring.broken.store(false, Ordering::SeqCst);
    vault.open(None).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn sto_03_a_keyring_that_hangs_on_its_prompt_is_given_up() {
    let place = Place::new();
    let prompt = place.keyring.hang();
    let vault = place.vault();
    let sentence = vault.keyring().await.unwrap_err();
    assert!(sentence.contains("2 seconds"), "{sentence}");
    // The prompt still stands: the next call does not pile up behind it for ever.
    assert!(vault.keyring().await.is_err());
    drop(prompt);
}

#[tokio::test]
async fn sto_04_the_keyring_alone_and_the_files_alone_open_nothing() {
    let (mine, thief) = (Place::new(), Place::new());
    mine.vault().create(NewLock::Keyring).await.unwrap();
    // Files without the keyring.
    std::fs::create_dir(thief.folder()).unwrap();
    std::fs::set_permissions(thief.folder(), std::os::unix::fs::PermissionsExt::from_mode(0o700)).unwrap();
    for name in ["vault.keys", "vault.db"] {
        std::fs::copy(mine.folder().join(name), thief.folder().join(name)).unwrap();
    }
    assert!(matches!(thief.vault().open(None).await, Err(VaultError::Keyring(_))));
    // The keyring and the database, without the key file.
    thief.keyring.keys.lock().unwrap().clone_from(&mine.keyring.keys.lock().unwrap());
    std::fs::remove_file(thief.folder().join("vault.keys")).unwrap();
    assert!(matches!(thief.vault().open(None).await, Err(VaultError::Unusable(_))));
}

#[tokio::test]
async fn sto_04_the_keyring_sees_an_opaque_id_and_the_key_file_no_key() {
    let place = Place::new();
    place.vault().create(NewLock::Keyring).await.unwrap();
    let keys = place.keyring.keys.lock().unwrap().clone();
    let (id, key) = keys.iter().next().unwrap();
    assert!(id.len() == 32 && id.bytes().all(|byte| byte.is_ascii_hexdigit()), "{id}");
    let file = std::fs::read_to_string(place.folder().join("vault.keys")).unwrap();
    assert!(file.contains(id.as_str()) && !file.contains(key.as_str()));
}

#[tokio::test]
async fn a_keyring_entry_that_lost_its_key_is_reported() {
    let place = Place::new();
    place.vault().create(NewLock::Keyring).await.unwrap();
    for key in place.keyring.keys.lock().unwrap().values_mut() {
        *key = "bm90IGEga2V5".into();
    }
    assert!(matches!(place.vault().open(None).await, Err(VaultError::Unusable(_))));
    place.keyring.keys.lock().unwrap().clear();
    assert!(matches!(place.vault().open(None).await, Err(VaultError::Keyring(_))));
}

#[tokio::test]
async fn dos_05_each_wrong_guess_makes_the_next_wait_longer_open_or_closed() {
    let place = Place::new();
    let vault = place.made().await;
    let (right, wrong) = (Secret::from(PASSPHRASE), Secret::from("wrong horse battery"));
    assert_eq!(vault.is_passphrase(&right).await, Ok(true));
    for seconds in [1, 2, 4, 8] {
        assert_eq!(vault.is_passphrase(&wrong).await, Ok(false));
        place.clock.by(seconds - 1);
        assert_eq!(vault.is_passphrase(&right).await, Err(VaultError::TooSoon { seconds: 1 }));
        place.clock.by(1);
    }
    vault.close().await;
    assert_eq!(vault.open(Some(wrong.clone())).await, Err(VaultError::WrongPassphrase));
    assert!(matches!(vault.open(passphrase(PASSPHRASE)).await, Err(VaultError::TooSoon { .. })));
    place.clock.by(16);
    vault.open(passphrase(PASSPHRASE)).await.unwrap();
    assert_eq!(vault.is_passphrase(&wrong).await, Ok(false), "forgiven: one second again");
    place.clock.by(1);
    assert_eq!(vault.is_passphrase(&right).await, Ok(true));
}

#[tokio::test]
async fn guesses_side_by_side_count_one_after_the_other() {
    let place = Place::new();
    let vault = place.made().await;
    let wrong = Secret::from("wrong horse battery");
    let (one, two) = tokio::join!(vault.is_passphrase(&wrong), vault.is_passphrase(&wrong));
    assert_eq!([&one, &two].iter().filter(|guess| ***guess == Ok(false)).count(), 1, "{one:?} {two:?}");
}

#[tokio::test]
async fn an_open_vault_is_not_opened_by_a_wrong_passphrase() {
    let place = Place::new();
    let vault = place.made().await;
    assert_eq!(vault.open(passphrase("wrong horse battery")).await, Err(VaultError::WrongPassphrase));
    assert_eq!(vault.open(None).await, Ok(()));
    assert_eq!(vault.state().await, VaultState::Open);
}

#[tokio::test]
async fn a_passphrase_is_added_to_a_keyring_vault_and_replaced() {
    let place = Place::new();
    let vault = place.vault();
    assert!(vault.set_passphrase(&Secret::from(PASSPHRASE)).await.is_err(), "there is no vault");
    vault.create(NewLock::Keyring).await.unwrap();
    assert!(!vault.has_passphrase().await);
    assert!(matches!(vault.is_passphrase(&Secret::from(PASSPHRASE)).await, Err(VaultError::Unusable(_))));
    vault.commit(vec![Change::PutAccount(account("acc_1", "ada"))]).await.unwrap();
    vault.set_passphrase(&Secret::from("first passphrase")).await.unwrap();
    vault.set_passphrase(&Secret::from(PASSPHRASE)).await.unwrap();
    assert!(matches!(vault.set_passphrase(&Secret::from("short")).await, Err(VaultError::Unusable(_))));
    vault.close().await;
    assert_eq!(vault.set_passphrase(&Secret::from(PASSPHRASE)).await, Err(VaultError::Locked));
    assert_eq!(vault.open(passphrase("first passphrase")).await, Err(VaultError::WrongPassphrase));
    place.clock.by(1);
    vault.open(passphrase(PASSPHRASE)).await.unwrap();
    assert_eq!(vault.load().await.unwrap().accounts.len(), 1);
    vault.close().await;
    vault.open(None).await.unwrap();
}

#[tokio::test]
async fn sto_07_a_second_opener_is_refused_and_told_who_was_first() {
    let place = Place::new();
    let first = place.made().await;
    let second = place.vault();
    let refused = second.open(passphrase(PASSPHRASE)).await.unwrap_err().to_string();
    assert!(refused.contains(&format!("process {}", std::process::id())), "{refused}");
    assert!(first.load().await.is_ok(), "the first is not disturbed");
    first.close().await;
    second.open(passphrase(PASSPHRASE)).await.unwrap();
}

#[tokio::test]
async fn lek_01_debug_shows_no_secret() {
    let place = Place::new();
    let vault = place.made().await;
    let shown = format!("{vault:?}");
    assert!(shown.starts_with("FileVault") && !shown.contains(PASSPHRASE) && shown.len() < 200, "{shown}");
}
