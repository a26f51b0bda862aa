//! Tests that reach into the open database, as nobody outside can.

use std::{
    path::{Path, PathBuf},
    process::Command,
};

use broker::{
    Account, AccountId, ActivityFilter, AppId, AuditEvent, AuditKind, Change, ConsentId, Delivery, GrantId,
    GrantState, Lease, LeaseId, ProviderId, ScopeSet, Secret, SecretOf, Timestamp, TokenHash, UpstreamGrant,
    VaultError,
};
use rusqlite::Connection;
use tempfile::TempDir;
use tokio::sync::oneshot;

use crate::{
    activity, database, directory::Directory, instance_lock::InstanceLock, reserve::Reserve, sealing::Key,
    sentences, store::Store, writer::Writer,
};

/// Of the kept database `fixtures/schema_1.db`.
const FIXTURE_KEY: [u8; 32] = [7; 32];

fn directory(root: &TempDir) -> Directory {
    Directory::open_or_make(&root.path().join("vault")).unwrap()
}

fn fresh(root: &TempDir, key: &Key) -> Connection {
    let directory = directory(root);
    directory.make_file(database::NAME).unwrap();
    database::fill(&directory, key).unwrap()
}

fn put_grant(id: &str, secret: &str) -> Change {
    let grant = UpstreamGrant {
        id: GrantId::from_text(id),
        account: AccountId::from_text("acc_1"),
        scopes: ScopeSet::default(),
        state: GrantState::Active,
        refreshable: true,
        since: Timestamp(0),
        version: 1,
        separate: false,
        upkeep: broker::Upkeep::default(),
    };
    Change::PutGrant(grant, Some(Secret::from(secret)))
}

fn put_account(id: &str) -> Change {
    Change::PutAccount(Account {
        id: AccountId::from_text(id),
        provider: ProviderId::from_text("acme"),
        subject: "1".into(),
        name: "ada@example.org".into(),
        label: "work".into(),
        added_at: Timestamp(1),
        way: broker::provider::SignInWay::Code,
    })
}

fn lease() -> Lease {
    Lease {
        id: LeaseId::from_text("lea_1"),
        app: AppId::from_text("app_1"),
        account: AccountId::from_text("acc_1"),
        consent: ConsentId::from_text("con_1"),
        family: None,
        scopes: ScopeSet::default(),
        delivery: Delivery::Gateway,
        audience: String::new(),
        token: TokenHash::of(&"t".into()),
        key: None,
        by_details: false,
        since: Timestamp(1),
        until: Timestamp(2),
        exchanged: None,
        narrowed_by: None,
    }
}

fn of(id: &str) -> SecretOf {
    SecretOf::Grant(GrantId::from_text(id))
}

#[test]
fn sto_01_sealed_rows_that_were_swapped_or_rolled_back_are_refused() {
    let (root, key, sealing) = (TempDir::new().unwrap(), Key::generate().unwrap(), Key::generate().unwrap());
    let store = Store::new(fresh(&root, &key), sealing);
    store.apply(&put_grant("grant_1", "one")).unwrap();
    store.apply(&put_grant("grant_2", "two")).unwrap();
    store.run("UPDATE secrets SET owner = 'spare' WHERE owner = 'grant_1'").unwrap();
    store.run("UPDATE secrets SET owner = 'grant_1' WHERE owner = 'grant_2'").unwrap();
    assert!(matches!(store.secret(&of("grant_1")), Err(VaultError::Unusable(_))), "another's token");
    store.run("UPDATE secrets SET owner = 'grant_2' WHERE owner = 'grant_1'").unwrap();
    assert_eq!(store.secret(&of("grant_2")).unwrap().unwrap().expose(), "two");
    store.run("UPDATE secrets SET version = version + 1").unwrap();
    assert!(matches!(store.secret(&of("grant_2")), Err(VaultError::Unusable(_))), "another version");
    store.run("UPDATE secrets SET version = version - 1, kind = 'client'").unwrap();
    let client = SecretOf::Client(ProviderId::from_text("grant_2"));
    assert!(matches!(store.secret(&client), Err(VaultError::Unusable(_))), "another kind");
}

#[test]
fn sto_12_pages_are_wiped_and_the_file_is_one_persons_alone() {
    let root = TempDir::new().unwrap();
    let connection = fresh(&root, &Key::generate().unwrap());
    let pragma = |name: &str| {
        connection
            .query_row(&format!("PRAGMA {name}"), [], |row| row.get::<_, rusqlite::types::Value>(0))
            .unwrap()
    };
    assert_eq!(pragma("secure_delete"), 1.into());
    assert_eq!(pragma("synchronous"), 2.into());
    assert_eq!(pragma("temp_store"), 2.into());
    assert_eq!(pragma("journal_mode"), "wal".to_owned().into());
    assert_eq!(pragma("locking_mode"), "exclusive".to_owned().into());
    assert_eq!(pragma("cipher_memory_security"), "1".to_owned().into());
}

#[test]
fn a_database_of_a_newer_schema_is_refused_and_left_alone() {
    let (root, key) = (TempDir::new().unwrap(), Key::generate().unwrap());
    let connection = fresh(&root, &key);
    connection.execute_batch("PRAGMA user_version = 99").unwrap();
    drop(connection);
    let path = root.path().join("vault").join(database::NAME);
    let before = std::fs::read(&path).unwrap();
    assert_eq!(database::open(&directory(&root), &key).unwrap_err(), sentences::newer());
    assert!(std::fs::read(&path).unwrap() == before);
}

#[test]
fn a_database_of_schema_1_opens_with_all_that_is_in_it() {
    let root = TempDir::new().unwrap();
    let (directory, key) = (directory(&root), Key::from_bytes(&FIXTURE_KEY).unwrap());
    let mut file = directory.make_file(database::NAME).unwrap();
    std::io::Write::write_all(&mut file, include_bytes!("../fixtures/schema_1.db")).unwrap();
    let store = Store::new(database::open(&directory, &key).unwrap(), key);
    assert_eq!(store.load().unwrap().accounts[0].name, "ada@example.org");
    assert_eq!(store.load().unwrap().grants.len(), 1);
    assert_eq!(store.secret(&of("grant_1")).unwrap().unwrap().expose(), "refresh token");
    assert_eq!(store.signing_keys().unwrap()[0].0, "key_1");
}

fn happened(sentence: &str) -> Change {
    Change::Audit(AuditEvent {
        at: Timestamp(1),
        kind: AuditKind::Vault,
        sentence: sentence.to_owned(),
        said: None,
        app: None,
        app_name: Some("Editor".to_owned()),
        account: None,
        account_label: None,
        failure: None,
        scopes: ScopeSet::default(),
        because: String::new(),
        because_said: None,
    })
}

fn found(store: &Store, word: &str) -> Vec<u32> {
    let words = vec![broker::Word { word: word.to_owned(), messages: None, scopes: Vec::new() }];
    let filter = ActivityFilter { words, ..ActivityFilter::default() };
    let found = activity::list(store.connection(), &filter, None, 10).unwrap();
    found.into_iter().map(|record| record.number).collect()
}

#[test]
fn events_from_before_looks_were_kept_are_found_by_what_they_show() {
    let (root, key) = (TempDir::new().unwrap(), Key::from_bytes(&FIXTURE_KEY).unwrap());
    let store = Store::new(fresh(&root, &key), key);
    for sentence in ["It was so.", "It was not so.", "It was so."] {
        store.apply(&happened(sentence)).unwrap();
    }
    let back =
        "DROP INDEX activity_by_look; ALTER TABLE activity DROP COLUMN look; DROP TABLE activity_looks;
        PRAGMA user_version = 3;";
    store.connection().execute_batch(back).unwrap();
    drop(store);
    let key = Key::from_bytes(&FIXTURE_KEY).unwrap();
    let store = Store::new(database::open(&directory(&root), &key).unwrap(), key);
    assert_eq!((found(&store, "was SO"), found(&store, "not")), (vec![3, 1], vec![2]));
    assert_eq!(looks(&store), 2, "each once");
    store.apply(&happened("It was so.")).unwrap();
    assert_eq!((found(&store, "was so"), looks(&store)), (vec![4, 3, 1], 2));
}

#[test]
fn what_was_cut_is_not_kept_to_be_searched() {
    let (root, key) = (TempDir::new().unwrap(), Key::from_bytes(&FIXTURE_KEY).unwrap());
    let store = Store::new(fresh(&root, &key), key);
    for sentence in ["Once.", "Twice.", "Twice."] {
        store.apply(&happened(sentence)).unwrap();
    }
    assert_eq!(activity::cut(store.connection(), Timestamp(0), 1), Ok(2));
    assert_eq!((found(&store, "wice"), looks(&store)), (vec![3], 1));
}

fn looks(store: &Store) -> u32 {
    store.connection().query_row("SELECT count(*) FROM activity_looks", [], |row| row.get(0)).unwrap()
}

#[test]
#[ignore = "writes the fixture of the first schema; it is never written again"]
fn write_the_fixture_of_schema_1() {
    let (root, key) = (TempDir::new().unwrap(), Key::from_bytes(&FIXTURE_KEY).unwrap());
    let store = Store::new(fresh(&root, &key), key);
    for change in [
        put_account("acc_1"),
        put_grant("grant_1", "refresh token"),
        Change::PutSigningKey("key_1".into(), Secret::from("signing key")),
    ] {
        store.apply(&change).unwrap();
    }
    drop(store);
    let fixtures = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures");
    std::fs::create_dir_all(&fixtures).unwrap();
    std::fs::copy(root.path().join("vault").join(database::NAME), fixtures.join("schema_1.db")).unwrap();
}

/// A writer on a fresh database.
fn writer(root: &TempDir) -> Writer {
    let (key, sealing) = (Key::generate().unwrap(), Key::generate().unwrap());
    let connection = fresh(root, &key);
    let lock = InstanceLock::take(&directory(root)).unwrap();
    let reserve = Reserve::new(directory(root));
    Writer::start(lock, move || Ok((Store::new(connection, sealing), reserve))).unwrap()
}

#[tokio::test]
async fn commits_that_wait_together_share_one_transaction_and_a_bad_one_spoils_no_other() {
    let root = TempDir::new().unwrap();
    let jobs = writer(&root);
    let (thread, jobs) = (jobs.jobs(), jobs);
    // The thread is kept busy until all three wait.
    let (go, gate) = std::sync::mpsc::channel::<()>();
    let (busy, started) = oneshot::channel();
    let held = thread.read(move |store| {
        // Storing a program fails from now on.
        store
            .run("CREATE TEMP TRIGGER spoil BEFORE INSERT ON apps BEGIN SELECT RAISE(ABORT, 'no'); END")
            .unwrap();
        let _ = busy.send(());
        let _ = gate.recv();
        Ok(())
    });
    let app: broker::App = serde_json::from_str(
        r#"{"id":"app_1","name":"x","credential":{"is":"public"},"provider":null,"redirect_uris":[],
            "resources":[],"evidence":null,"registered_at":0,"last_used":null}"#,
    )
    .unwrap();
    let three = async {
        started.await.unwrap();
        let release = async { drop(go) };
        tokio::join!(
            biased;
            thread.commit(vec![put_account("acc_1")]),
            thread.commit(vec![put_account("acc_2"), Change::PutApp(app)]),
            thread.commit(vec![put_account("acc_3")]),
            release
        )
    };
    let (_, (one, two, three, ())) = tokio::join!(held, three);
    assert!(one.is_ok() && two.is_err() && three.is_ok());
    assert_eq!(thread.transactions(), 1);
    let left: Vec<_> = thread.read(Store::load).await.unwrap().accounts.into_iter().map(|it| it.id).collect();
    assert_eq!(left, [AccountId::from_text("acc_1"), AccountId::from_text("acc_3")], "all or nothing, each");
    drop(jobs);
}

#[tokio::test]
async fn a_full_disk_refuses_the_commit_with_a_sentence_and_keeps_what_was_there() {
    let root = TempDir::new().unwrap();
    let writer = writer(&root);
    let jobs = writer.jobs();
    jobs.commit(vec![put_account("acc_1")]).await.unwrap();
    jobs.read(|store| store.run("PRAGMA max_page_count = 1")).await.unwrap();
    let many = || (0..2000).map(|number| put_account(&format!("acc_{number}"))).collect();
    let full = sentences::disk_full();
    assert_eq!(jobs.commit(many()).await, Err(full));
    assert_eq!(jobs.read(Store::load).await.unwrap().accounts.len(), 1);
    jobs.read(|store| store.run("PRAGMA max_page_count = 100000")).await.unwrap();
    jobs.commit(many()).await.unwrap();
    assert_eq!(jobs.read(Store::load).await.unwrap().accounts.len(), 2000);
}

const SMALL_DISK: &str = "KEYLODGE_TEST_SMALL_DISK";

/// A disk of four megabytes of its own, where this user may have one; the test that it is for runs there.
#[test]
fn sto_08_a_rotated_token_is_kept_though_the_disk_is_full() {
    let unshare = ["--user", "--map-root-user", "--mount"];
    let may = Command::new("unshare").args(unshare).arg("true").output();
    if !may.is_ok_and(|tried| tried.status.success()) {
        eprintln!("not run: this user may not mount a small disk of its own (user namespaces)");
        return;
    }
    let root = TempDir::new().unwrap();
    let mount = r#"mount -t tmpfs -o size=4m,mode=700 none "$0" && exec "$@""#;
    let ran = Command::new("unshare")
        .args(unshare)
        .args(["sh", "-c", mount])
        .arg(root.path())
        .arg(std::env::current_exe().unwrap())
        .args(["--exact", "open_tests::on_a_small_disk", "--ignored", "--nocapture"])
        .env(SMALL_DISK, root.path())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&ran.stdout).into_owned() + &String::from_utf8_lossy(&ran.stderr);
    assert!(ran.status.success() && said.contains("1 passed"), "{said}");
}

#[tokio::test]
#[ignore = "needs a disk of its own: sto_08_a_rotated_token_is_kept_though_the_disk_is_full runs it"]
async fn on_a_small_disk() {
    let root = std::env::var_os(SMALL_DISK).map(PathBuf::from).expect("a disk");
    let full = Err(sentences::disk_full());
    let (key, sealing) = (Key::generate().unwrap(), Key::generate().unwrap());
    let open = || Directory::open(&root).unwrap().unwrap();
    open().make_file(database::NAME).unwrap();
    let connection = database::fill(&open(), &key).unwrap();
    let lock = InstanceLock::take(&open()).unwrap();
    let reserve = Reserve::new(open());
    let writer = Writer::start(lock, move || Ok((Store::new(connection, sealing), reserve))).unwrap();
    let jobs = writer.jobs();
    jobs.commit(vec![put_grant("grant_1", "one")]).await.unwrap();
    jobs.commit(vec![begin_refresh("grant_1")]).await.unwrap();
    let filler = fill(&root);
    let much = || (0..500).map(|number| put_account(&format!("acc_{number}"))).collect::<Vec<_>>();
    assert_eq!(jobs.commit(much()).await, full, "what can wait is refused");
    let two = "2".repeat(100_000);
    jobs.commit(vec![put_grant("grant_1", &two)]).await.expect("the new token is kept");
    let kept = jobs.read(|store| store.secret(&of("grant_1"))).await.unwrap().unwrap();
    assert!(*kept.expose() == two, "it is the new one");
    // What is left of the room is taken back: nothing else gets it.
    let _more = fill(&root);
    assert_eq!(jobs.commit(much()).await, full);
    for number in 0..40 {
        let ending = vec![
            Change::DeleteAccount(AccountId::from_text(format!("acc_{number}"))),
            happened("Withdrawn: read."),
        ];
        jobs.commit_narrowing(ending).await.unwrap_or_else(|error| panic!("withdrawal {number}: {error}"));
        assert_eq!(
            jobs.commit(vec![happened("Withdrawn: read.")]).await,
            full,
            "and what allows more, or the same, never has it"
        );
    }
    assert_eq!(
        jobs.commit_narrowing(vec![put_grant("grant_1", "x"), happened("Withdrawn: read.")]).await,
        Ok(()),
        "a token has it, too"
    );
    let lease = vec![Change::PutLease(lease()), happened("Withdrawn: read.")];
    assert_eq!(jobs.commit_narrowing(lease).await, full, "whatever it is called, a hand-out narrows nothing");
    for id in ["grant_1", "grant_2"] {
        jobs.commit(vec![put_grant(id, &"3".repeat(300_000))]).await.expect("kept");
    }
    assert_eq!(jobs.commit(vec![begin_refresh("grant_1")]).await, full, "no refresh begins without room");
    assert_eq!(jobs.commit(vec![put_grant("grant_3", &"4".repeat(600_000))]).await, full);
    jobs.commit_narrowing(vec![
        Change::DeleteAccount(AccountId::from_text("acc_1")),
        happened("Withdrawn: read."),
    ])
    .await
    .expect("still");
    std::fs::remove_file(filler).unwrap();
    jobs.commit(vec![begin_refresh("grant_1")]).await.expect("there is room again");
    assert!(root.join(crate::reserve::NAME).exists());
}

/// Takes all room that is left, in a file of its own.
fn fill(root: &Path) -> PathBuf {
    let path = root.join(format!("filler-{}", std::fs::read_dir(root).unwrap().count()));
    let mut file = std::fs::File::create(&path).unwrap();
    let mut bytes = vec![0_u8; 64 * 1024];
    while !bytes.is_empty() {
        if std::io::Write::write_all(&mut file, &bytes).is_err() {
            bytes.truncate(bytes.len() / 2);
        }
    }
    path
}

fn begin_refresh(id: &str) -> Change {
    let Change::PutGrant(mut grant, _) = put_grant(id, "") else { panic!("a grant") };
    grant.upkeep.in_doubt_since = Some(broker::Timestamp(1));
    Change::PutGrant(grant, None)
}
