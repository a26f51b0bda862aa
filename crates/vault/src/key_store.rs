//! The system keyring as the vault needs it: a place for one 256-bit key under an opaque id.

use std::{fmt, sync::Arc, time::Duration};

use broker::{Secret, Sentence, VaultError, messages::findings};
use tokio::sync::{Mutex, oneshot};

/// A locked keyring asks the person, who may not be there: nobody waits longer for it.
const PATIENCE: Duration = Duration::from_secs(10);
/// Whether there is one at all takes no person: one that is there answers at once.
const SHORT_PATIENCE: Duration = Duration::from_secs(2);

/// Holds keys. Its methods block, for as long as the person lets a prompt stand; errors are sentences for a person.
/// Text in and out is base64url, which every keyring stores unharmed.
pub trait KeyStore: Send + Sync {
    /// Why it cannot be used, if it cannot. Writes nothing and opens no prompt.
    fn available(&self) -> Result<(), Sentence>;
    /// The key under `id`; `None` if there is none.
    fn get(&self, id: &str) -> Result<Option<Secret<String>>, Sentence>;
    /// Stores a key.
    fn set(&self, id: &str, key: &Secret<String>) -> Result<(), Sentence>;
    /// Removes a key; none of that id is no error.
    fn delete(&self, id: &str) -> Result<(), Sentence>;
}

/// Calls a [`KeyStore`] from async code: one call at a time, on a thread of its own, bounded in time.
pub(crate) struct Keyring {
    store: Arc<dyn KeyStore>,
    turn: Arc<Mutex<()>>,
}

impl Keyring {
    pub(crate) fn new(store: Arc<dyn KeyStore>) -> Self {
        Self { store, turn: Arc::default() }
    }

    /// Why it cannot be used, if it cannot.
    pub(crate) async fn available(&self) -> Result<(), Sentence> {
        self.call_within(SHORT_PATIENCE, |store| store.available(), |_| ()).await
    }

    /// The key under `id`.
    pub(crate) async fn get(&self, id: &str) -> Result<Secret<String>, VaultError> {
        let id = id.to_owned();
        let found = self.call(move |store| store.get(&id), |_| ()).await.map_err(VaultError::Keyring)?;
        found.ok_or_else(|| VaultError::Keyring(findings::KEYRING_NO_KEY.sentence()))
    }

    /// What is under `id`, if anything.
    pub(crate) async fn find(&self, id: &str) -> Result<Option<Secret<String>>, VaultError> {
        let id = id.to_owned();
        self.call(move |store| store.get(&id), |_| ()).await.map_err(VaultError::Keyring)
    }

    /// Stores a key. If the time is up, a key that is stored later all the same is removed again.
    pub(crate) async fn set(&self, id: &str, key: Secret<String>) -> Result<(), VaultError> {
        let (id, late) = (id.to_owned(), id.to_owned());
        let remove = move |store: &dyn KeyStore| {
            let _ = store.delete(&late);
        };
        self.call(move |store| store.set(&id, &key), remove).await.map_err(VaultError::Keyring)
    }

    /// Removes a key, as well as it can be done.
    pub(crate) async fn delete(&self, id: &str) {
        let id = id.to_owned();
        if self.call(move |store| store.delete(&id), |_| ()).await.is_err() {
            tracing::warn!("an unused key stays in the system keyring");
        }
    }

    async fn call<T: Send + 'static>(
        &self,
        ask: impl FnOnce(&dyn KeyStore) -> Result<T, Sentence> + Send + 'static,
        undo: impl FnOnce(&dyn KeyStore) + Send + 'static,
    ) -> Result<T, Sentence> {
        self.call_within(PATIENCE, ask, undo).await
    }

    /// Runs `ask`; if nobody waits for its answer any more, runs `undo` after it.
    async fn call_within<T: Send + 'static>(
        &self,
        patience: Duration,
        ask: impl FnOnce(&dyn KeyStore) -> Result<T, Sentence> + Send + 'static,
        undo: impl FnOnce(&dyn KeyStore) + Send + 'static,
    ) -> Result<T, Sentence> {
        let (store, turn) = (Arc::clone(&self.store), Arc::clone(&self.turn));
        let answer = async move {
            let turn = turn.lock_owned().await;
            let (sender, receiver) = oneshot::channel();
            // A thread and not the runtime's pool: a prompt that nobody answers would fill the pool.
            let thread = std::thread::Builder::new().name("keyring".into()).spawn(move || {
                if sender.send(ask(&*store)).is_err() {
                    undo(&*store);
                }
                drop(turn);
            });
            thread.map_err(|error| findings::KEYRING_NO_THREAD.with([("why", &error.to_string())]))?;
            receiver.await.map_err(|_| findings::KEYRING_ODD.sentence())?
        };
        tokio::time::timeout(patience, answer).await.unwrap_or_else(|_| {
            let seconds = patience.as_secs();
            Err(findings::KEYRING_SLOW.with([("seconds", &seconds)]))
        })
    }
}

impl fmt::Debug for Keyring {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Keyring")
    }
}

/// A keyring that is not there, and why: for machines where none is to be used.
#[derive(Clone, Debug)]
pub struct NoKeyStore(pub Sentence);

impl KeyStore for NoKeyStore {
    fn available(&self) -> Result<(), Sentence> {
        Err(self.0.clone())
    }

    fn get(&self, _: &str) -> Result<Option<Secret<String>>, Sentence> {
        Err(self.0.clone())
    }

    fn set(&self, _: &str, _: &Secret<String>) -> Result<(), Sentence> {
        Err(self.0.clone())
    }

    fn delete(&self, _: &str) -> Result<(), Sentence> {
        Err(self.0.clone())
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{
        Mutex as Held,
        mpsc::{Receiver, Sender, channel},
    };

    use super::*;

    /// A keyring whose `set` waits for its prompt, and reports what is done to it.
    struct Prompting {
        answered: Held<Receiver<()>>,
        seen: Sender<String>,
    }

    impl KeyStore for Prompting {
        fn available(&self) -> Result<(), Sentence> {
            Ok(())
        }

        fn get(&self, _: &str) -> Result<Option<Secret<String>>, Sentence> {
            Ok(None)
        }

        fn set(&self, id: &str, _: &Secret<String>) -> Result<(), Sentence> {
            let _ = self.answered.lock().unwrap().recv();
            self.seen.send(format!("set {id}")).map_err(|error| error.to_string().into())
        }

        fn delete(&self, id: &str) -> Result<(), Sentence> {
            self.seen.send(format!("deleted {id}")).map_err(|error| error.to_string().into())
        }
    }

    #[tokio::test(start_paused = true)]
    async fn sto_03_a_key_that_is_stored_too_late_does_not_stay() {
        let ((answer, answered), (seen, log)) = (channel(), channel());
        let keyring = Keyring::new(Arc::new(Prompting { answered: Held::new(answered), seen }));
        let given_up = keyring.set("id", Secret::from("key")).await;
        assert!(matches!(given_up, Err(VaultError::Keyring(_))), "{given_up:?}");
        answer.send(()).unwrap();
        assert_eq!([log.recv().unwrap(), log.recv().unwrap()], ["set id", "deleted id"]);
    }
}
