//! The one thread that owns the open database. Others hand it jobs and wait for the answer without blocking.
//!
//! Commits that wait at the same time share one transaction, and so one `fsync`; each keeps its own savepoint, so that
//! a commit that fails takes none of the others with it. An answer is given only after the shared one is durable.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
        mpsc::{Receiver, Sender, channel},
    },
    thread::JoinHandle,
};

use broker::{Change, VaultError};
use tokio::sync::oneshot;

use crate::{instance_lock::InstanceLock, reserve::Reserve, sentences, store::Store};

/// So many commits share a transaction at the most.
const MAX_GROUP: usize = 256;

/// Hands jobs to the thread. Dropping it ends the thread, after the jobs that wait.
#[derive(Debug)]
pub(crate) struct Writer {
    jobs: Jobs,
    thread: Option<JoinHandle<()>>,
}

/// A way to hand over jobs.
#[derive(Clone, Debug)]
pub(crate) struct Jobs {
    sender: Sender<Job>,
    transactions: Arc<AtomicU64>,
}

enum Job {
    Commit(Commit),
    Read(Box<dyn FnOnce(&Store) + Send>),
    Close,
}

struct Commit {
    changes: Vec<Change>,
    /// It allows less than before: it is carried out on a full disk, too.
    narrows: bool,
    reply: oneshot::Sender<Result<(), VaultError>>,
}

impl Writer {
    /// Starts the thread, which opens the database with `open`, and returns once that is done. Blocks: not for an
    /// async thread.
    pub(crate) fn start(
        lock: InstanceLock,
        open: impl FnOnce() -> Result<(Store, Reserve), VaultError> + Send + 'static,
    ) -> Result<Self, VaultError> {
        let (sender, receiver) = channel();
        let (ready, opened) = channel();
        let transactions = Arc::new(AtomicU64::new(0));
        let jobs = Jobs { sender, transactions: Arc::clone(&transactions) };
        let work = move || match open() {
            Ok((store, mut reserve)) => {
                let _ = ready.send(Ok(()));
                serve(&store, &mut reserve, &receiver, &transactions);
                // In this order: the file is closed before another may open it.
                drop(store);
                drop(lock);
            }
            Err(error) => drop((lock, ready.send(Err(error)))),
        };
        let thread = std::thread::Builder::new()
            .name("vault".into())
            .spawn(work)
            .map_err(|error| VaultError::Io(format!("no thread could be started ({error})").into()))?;
        let writer = Self { jobs, thread: Some(thread) };
        opened.recv().unwrap_or_else(|_| Err(VaultError::Io("the vault's thread ended".into())))?;
        Ok(writer)
    }

    /// A way to hand over jobs.
    pub(crate) fn jobs(&self) -> Jobs {
        self.jobs.clone()
    }

    /// Whether the thread still serves.
    pub(crate) fn serves(&self) -> bool {
        self.thread.as_ref().is_some_and(|thread| !thread.is_finished())
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        let _ = self.jobs.sender.send(Job::Close);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

impl Jobs {
    /// Carries out all changes or none; durable when it returns.
    pub(crate) async fn commit(&self, changes: Vec<Change>) -> Result<(), VaultError> {
        self.commit_as(changes, false).await
    }

    /// The same for changes that allow less than before: on a full disk they have the room that is kept.
    pub(crate) async fn commit_narrowing(&self, changes: Vec<Change>) -> Result<(), VaultError> {
        let narrows = !changes.iter().any(hands_out);
        self.commit_as(changes, narrows).await
    }

    async fn commit_as(&self, changes: Vec<Change>, narrows: bool) -> Result<(), VaultError> {
        let (reply, answer) = oneshot::channel();
        self.hand_over(Job::Commit(Commit { changes, narrows, reply }))?;
        answer.await.unwrap_or(Err(VaultError::Locked))
    }

    /// Runs `question` on the database.
    pub(crate) async fn read<T: Send + 'static>(
        &self,
        question: impl FnOnce(&Store) -> Result<T, VaultError> + Send + 'static,
    ) -> Result<T, VaultError> {
        let (reply, answer) = oneshot::channel();
        self.hand_over(Job::Read(Box::new(move |store| drop(reply.send(question(store))))))?;
        answer.await.unwrap_or(Err(VaultError::Locked))
    }

    /// How many transactions were begun.
    pub(crate) fn transactions(&self) -> u64 {
        self.transactions.load(Ordering::Relaxed)
    }

    /// A thread that has ended answers nobody: the vault was closed meanwhile.
    fn hand_over(&self, job: Job) -> Result<(), VaultError> {
        self.sender.send(job).map_err(|_| VaultError::Locked)
    }
}

fn serve(store: &Store, reserve: &mut Reserve, jobs: &Receiver<Job>, transactions: &AtomicU64) {
    reserve.take_back();
    let mut next = jobs.recv().ok();
    while let Some(job) = next.take() {
        match job {
            Job::Commit(first) => {
                let (group, follower) = gather(first, jobs);
                transactions.fetch_add(1, Ordering::Relaxed);
                commit(store, reserve, group);
                next = follower;
            }
            Job::Read(read) => read(store),
            Job::Close => return,
        }
        next = next.or_else(|| jobs.recv().ok());
    }
}

/// The commits that wait now, up to the first job that is none.
fn gather(first: Commit, jobs: &Receiver<Job>) -> (Vec<Commit>, Option<Job>) {
    let mut group = vec![first];
    while group.len() < MAX_GROUP {
        match jobs.try_recv() {
            Ok(Job::Commit(commit)) => group.push(commit),
            Ok(other) => return (group, Some(other)),
            Err(_) => break,
        }
    }
    (group, None)
}

fn commit(store: &Store, reserve: &mut Reserve, group: Vec<Commit>) {
    let group = with_room(reserve, group);
    let forgets = group.iter().flat_map(|commit| &commit.changes).any(destroys_a_secret);
    let mut outcomes = outcomes(store, &group.iter().collect::<Vec<_>>());
    let full = |it: &usize| outcomes[*it] == Err(sentences::disk_full());
    let lost: Vec<usize> = (0..group.len()).filter(|it| full(it) && group[*it].may_use_the_room()).collect();
    let gave_up = !lost.is_empty() && reserve.give_up();
    if gave_up {
        let again = self::outcomes(store, &lost.iter().map(|&it| &group[it]).collect::<Vec<_>>());
        lost.into_iter().zip(again).for_each(|(it, outcome)| outcomes[it] = outcome);
    }
    // With the log empty, all but what the database itself has grown by can be taken back.
    if (forgets || gave_up) && outcomes.iter().any(Result::is_ok) && store.forget_history().is_err() {
        tracing::warn!("a deleted secret stays, sealed, in the vault's log until the next time");
    }
    if gave_up {
        reserve.take_back();
    }
    for (commit, outcome) in group.into_iter().zip(outcomes) {
        let _ = commit.reply.send(outcome);
    }
}

impl Commit {
    fn may_use_the_room(&self) -> bool {
        self.narrows || self.changes.iter().any(brings_a_token)
    }
}

/// Those that may be tried: a refresh begins only while there is room for the token that it brings (STO-08).
fn with_room(reserve: &mut Reserve, group: Vec<Commit>) -> Vec<Commit> {
    let mut kept = Vec::with_capacity(group.len());
    for commit in group {
        let begins = commit.changes.iter().any(begins_a_refresh);
        match if begins { reserve.hold() } else { Ok(()) } {
            Ok(()) => kept.push(commit),
            Err(full) => drop(commit.reply.send(Err(full))),
        }
    }
    kept
}

fn outcomes(store: &Store, group: &[&Commit]) -> Vec<Result<(), VaultError>> {
    if group.is_empty() {
        return Vec::new();
    }
    transaction(store, group).unwrap_or_else(|error| vec![Err(error); group.len()])
}

/// How each commit went; an error if none was made to last.
fn transaction(store: &Store, group: &[&Commit]) -> Result<Vec<Result<(), VaultError>>, VaultError> {
    store.run("BEGIN IMMEDIATE")?;
    let outcomes: Result<Vec<_>, _> = group.iter().map(|commit| savepoint(store, &commit.changes)).collect();
    outcomes.and_then(|outcomes| store.run("COMMIT").map(|()| outcomes)).inspect_err(|_| {
        // SQLite may have rolled back by itself already; then this fails and nothing is lost.
        let _ = store.run("ROLLBACK");
    })
}

/// One commit inside the shared transaction. The outer error means that the transaction itself is in doubt.
fn savepoint(store: &Store, changes: &[Change]) -> Result<Result<(), VaultError>, VaultError> {
    store.run("SAVEPOINT one")?;
    let outcome = changes.iter().try_for_each(|change| store.apply(change));
    let end = if outcome.is_ok() { "RELEASE one" } else { "ROLLBACK TO one; RELEASE one" };
    match (outcome, store.run(end)) {
        (outcome, Ok(())) => Ok(outcome),
        // A full disk ends the whole transaction by itself: the first error says why.
        (Err(error), Err(_)) | (Ok(()), Err(error)) => Err(error),
    }
}

/// Noted before a refresh token is sent.
fn begins_a_refresh(change: &Change) -> bool {
    matches!(change, Change::PutGrant(grant, None) if grant.upkeep.in_doubt_since.is_some())
}

const fn brings_a_token(change: &Change) -> bool {
    matches!(change, Change::PutGrant(_, Some(_)))
}

/// What no withdrawal has in it.
const fn hands_out(change: &Change) -> bool {
    matches!(change, Change::PutLease(_) | Change::PutGrant(_, Some(_)) | Change::PutReleased(_, Some(_)))
}

const fn destroys_a_secret(change: &Change) -> bool {
    matches!(
        change,
        Change::DeleteGrant(_)
            | Change::DeleteClient(_)
            | Change::DeleteReleased(_)
            | Change::PutAccess(_, None)
            | Change::PutProofKey(_, None)
            | Change::PutClient(_, None)
    )
}
