//! What was committed stays, whatever happens next.

mod support;

use std::{
    io::{BufRead, BufReader, Write},
    path::PathBuf,
    process::{Command, Stdio},
    sync::Arc,
};

use broker::{Change, Secret, Vault};
use support::{PASSPHRASE, Place, account, fact, vault_in};

const CHILD_FOLDER: &str = "KEYLODGE_TEST_VAULT_FOLDER";

#[tokio::test]
async fn a_commit_outlives_a_vault_that_was_never_closed() {
    let place = Place::new();
    let vault = place.made().await;
    vault.commit(vec![Change::PutAccount(account("acc_1", "ada"))]).await.unwrap();
    drop(vault);
    assert_eq!(place.opened().await.load().await.unwrap().accounts.len(), 1);
}

#[tokio::test]
async fn every_acknowledged_commit_outlives_kill_9() {
    let place = Place::new();
    place.made().await.close().await;
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "child_that_commits_until_it_is_killed", "--ignored", "--nocapture"])
        .env(CHILD_FOLDER, place.folder())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let lines = BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok);
    let acknowledged = |line: String| line.strip_prefix("committed ")?.parse::<usize>().ok();
    let last = lines.filter_map(acknowledged).take(50).last().unwrap();
    child.kill().unwrap();
    child.wait().unwrap();
    let vault = place.opened().await;
    let accounts = vault.load().await.unwrap().accounts;
    assert!(accounts.len() >= last, "{} of {last}", accounts.len());
    let facts = vault.activity(&broker::ActivityFilter::default(), None, u32::MAX).await.unwrap();
    assert_eq!(facts.len(), accounts.len(), "no commit is there by half");
}

#[tokio::test]
#[ignore = "is started by the test above"]
async fn child_that_commits_until_it_is_killed() {
    let Some(folder) = std::env::var_os(CHILD_FOLDER) else { return };
    let vault = vault_in(&PathBuf::from(folder), Arc::default(), Arc::default());
    vault.open(Some(Secret::from(PASSPHRASE))).await.unwrap();
    for number in 1..100_000 {
        let id = format!("acc_{number}");
        vault.commit(vec![Change::PutAccount(account(&id, "ada")), fact(&id)]).await.unwrap();
        // The parent is gone: so is this.
        if writeln!(std::io::stdout(), "committed {number}").is_err() {
            return;
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn commits_from_many_tasks_are_all_kept_and_numbered_without_gaps() {
    let place = Place::new();
    let vault = Arc::new(place.made().await);
    let tasks: Vec<_> = (0..100)
        .map(|number| {
            let vault = Arc::clone(&vault);
            tokio::spawn(async move {
                let account = account(&format!("acc_{number}"), "ada");
                vault.commit(vec![Change::PutAccount(account), fact("added")]).await
            })
        })
        .collect();
    for task in tasks {
        task.await.unwrap().unwrap();
    }
    assert_eq!(vault.load().await.unwrap().accounts.len(), 100);
    let numbers: Vec<u32> = vault
        .activity(&broker::ActivityFilter::default(), None, 1000)
        .await
        .unwrap()
        .iter()
        .map(|fact| fact.number)
        .collect();
    assert_eq!(numbers, (1..=100).rev().collect::<Vec<u32>>());
    assert!(vault.transactions() <= 100);
}

#[tokio::test]
async fn closing_waits_for_the_commits_under_way() {
    let place = Place::new();
    let vault = place.made().await;
    let changes = || vec![Change::PutAccount(account("acc_1", "ada"))];
    let (committed, ()) = tokio::join!(vault.commit(changes()), vault.close());
    committed.unwrap();
    assert_eq!(place.opened().await.load().await.unwrap().accounts.len(), 1);
}
