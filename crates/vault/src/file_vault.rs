//! The vault on disk: where everything that Keylodge knows is kept, readable only while it is open.

use std::{
    fmt,
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError},
};

use async_trait::async_trait;
use broker::{
    ActivityCount, ActivityFilter, AuditRecord, Backup, Change, Clock, NewLock, Records, Secret, SecretOf,
    Sentence, Timestamp, TrailCheck, Vault, VaultError, VaultState, messages::refusals,
};

use crate::{
    KeyStore, PassphraseCost, activity, backup, files,
    key_file::{KeyFile, Opener},
    key_store::Keyring,
    passphrase::{self, Guesses},
    sealing::Key,
    sentences,
    store::Store,
    writer::{Jobs, Writer},
};

/// Under this name stands how often the vault was opened.
const OPENED: &str = "opened";

/// A vault in a folder of its own. See the crate's documentation for its files.
pub struct FileVault {
    folder: PathBuf,
    keyring: Keyring,
    clock: Arc<dyn Clock>,
    cost: PassphraseCost,
    opened: Mutex<Option<Opened>>,
    /// Held by whatever opens, closes or changes locks: one at a time.
    door: tokio::sync::Mutex<()>,
    /// Held while a guess is tried, so that guesses cannot be made side by side.
    guesses: tokio::sync::Mutex<Guesses>,
}

struct Opened {
    data_key: Key,
    writer: Writer,
    /// It is an older copy than the keyring remembers.
    rolled_back: bool,
}

impl FileVault {
    /// A vault in `folder`, which is made when the vault is; closed until [`Vault::create`] or [`Vault::open`].
    #[must_use]
    pub fn new(folder: PathBuf, key_store: Arc<dyn KeyStore>, clock: Arc<dyn Clock>) -> Self {
        Self::with_cost(folder, key_store, clock, PassphraseCost::STRONG)
    }

    /// The same, with another cost for new passphrases. For tests.
    #[must_use]
    pub fn with_cost(
        folder: PathBuf,
        key_store: Arc<dyn KeyStore>,
        clock: Arc<dyn Clock>,
        cost: PassphraseCost,
    ) -> Self {
        Self {
            folder,
            keyring: Keyring::new(key_store),
            clock,
            cost,
            opened: Mutex::default(),
            door: tokio::sync::Mutex::default(),
            guesses: tokio::sync::Mutex::default(),
        }
    }

    async fn put_passphrase(&self, new: &Secret<String>) -> Result<(), VaultError> {
        passphrase::check(new)?;
        let _door = self.door.lock().await;
        let data_key = self.data_key()?;
        let (folder, new, cost) = (self.folder.clone(), new.clone(), self.cost);
        blocking(move || {
            let mut file = files::read_keys(&folder)?;
            add_passphrase(&mut file, &new, cost, &data_key)?;
            files::write_keys(&folder, &file, &data_key)
        })
        .await
    }

    /// How many transactions were written since the vault was opened: waiting commits share one.
    #[must_use]
    pub fn transactions(&self) -> u64 {
        self.jobs().map(|jobs| jobs.transactions()).unwrap_or_default()
    }

    async fn create_by_keyring(&self) -> Result<(), VaultError> {
        self.keyring.available().await.map_err(VaultError::Keyring)?;
        let (data_key, wrapping) = (Key::generate()?, Key::generate()?);
        let mut file = KeyFile::new()?;
        file.put(Opener::new_keyring()?, &wrapping, &data_key)?;
        let entry = file.keyring().map(|(_, entry)| entry.to_owned()).unwrap_or_default();
        self.keyring.set(&entry, files::key_to_text(&wrapping)).await?;
        let made = self.make(file, data_key).await;
        if made.is_err() {
            self.keyring.delete(&entry).await;
        }
        made
    }

    async fn create_by_passphrase(&self, new: Secret<String>) -> Result<(), VaultError> {
        passphrase::check(&new)?;
        let (data_key, cost) = (Key::generate()?, self.cost);
        let (file, data_key) = blocking(move || {
            let mut file = KeyFile::new()?;
            add_passphrase(&mut file, &new, cost, &data_key)?;
            Ok((file, data_key))
        })
        .await?;
        self.make(file, data_key).await
    }

    async fn make(&self, file: KeyFile, data_key: Key) -> Result<(), VaultError> {
        let (folder, key) = (self.folder.clone(), data_key.clone());
        let writer = blocking(move || files::make(&folder, &file, &key)).await?;
        self.set_open(Opened { data_key, writer, rolled_back: false });
        Ok(())
    }

    /// Compares how often the vault was opened with what the keyring remembers, and counts this time. A keyring that
    /// does not answer is no reason to keep the person out.
    async fn count_opening(&self, file: &KeyFile, writer: &Writer) -> Result<bool, VaultError> {
        let Some((_, entry)) = file.keyring() else { return Ok(false) };
        let counter = format!("{entry}.opened");
        let here = writer.jobs().read(|store| store.fact::<u64>(OPENED)).await?.unwrap_or_default();
        let remembered = match self.keyring.find(&counter).await {
            // Exposed to be read as a number: it is none of the secrets.
            Ok(found) => found.and_then(|text| text.expose().parse::<u64>().ok()).unwrap_or_default(),
            Err(_) => return Ok(false),
        };
        let next = here.max(remembered).saturating_add(1);
        writer.jobs().read(move |store| store.put_fact(OPENED, &next)).await?;
        if self.keyring.set(&counter, Secret::new(next.to_string())).await.is_err() {
            tracing::warn!("the keyring does not remember how often the vault was opened");
        }
        Ok(here < remembered)
    }

    async fn key_by_keyring(&self, file: &KeyFile) -> Result<Key, VaultError> {
        let (opener, entry) =
            file.keyring().ok_or_else(|| VaultError::Unusable(refusals::BY_PASSPHRASE.sentence()))?;
        let wrapping = files::key_from_text(&self.keyring.get(entry).await?);
        let data_key = wrapping.map(|wrapping| file.unwrap(opener, &wrapping)).transpose()?.flatten();
        data_key.ok_or_else(|| sentences::damaged("the keyring's key does not fit it"))
    }

    /// The data key, by a passphrase; wrong guesses cost time.
    async fn key_by_passphrase(&self, file: KeyFile, guess: &Secret<String>) -> Result<Key, VaultError> {
        let mut guesses = self.guesses.lock().await;
        let folder = self.folder.clone();
        // The file may say more than this process knows: a restart must not forgive.
        *guesses = guesses.more(blocking(move || Ok(files::read_guesses(&folder))).await?);
        guesses.admit(self.clock.now())?;
        let guess = guess.clone();
        let key = blocking(move || {
            let (opener, salt, cost) = file.passphrase().ok_or_else(no_passphrase)?;
            file.unwrap(opener, &passphrase::derive(&guess, salt, cost)?)
        })
        .await?;
        let before = *guesses;
        guesses.note(key.is_some(), self.clock.now());
        let (folder, noted) = (self.folder.clone(), *guesses);
        if before.counts() || noted.counts() {
            blocking(move || {
                files::write_guesses(&folder, noted);
                Ok(())
            })
            .await?;
        }
        key.ok_or(VaultError::WrongPassphrase)
    }

    async fn read_keys(&self) -> Result<KeyFile, VaultError> {
        let folder = self.folder.clone();
        blocking(move || files::read_keys(&folder)).await
    }

    fn set_open(&self, opened: Opened) {
        *self.opened.lock().unwrap_or_else(PoisonError::into_inner) = Some(opened);
    }

    fn is_open(&self) -> bool {
        let opened = self.opened.lock().unwrap_or_else(PoisonError::into_inner);
        opened.as_ref().is_some_and(|opened| opened.writer.serves())
    }

    fn data_key(&self) -> Result<Key, VaultError> {
        let opened = self.opened.lock().unwrap_or_else(PoisonError::into_inner);
        opened.as_ref().map(|opened| opened.data_key.clone()).ok_or(VaultError::Locked)
    }

    fn jobs(&self) -> Result<Jobs, VaultError> {
        let opened = self.opened.lock().unwrap_or_else(PoisonError::into_inner);
        opened.as_ref().map(|opened| opened.writer.jobs()).ok_or(VaultError::Locked)
    }
}

#[async_trait]
impl Vault for FileVault {
    async fn state(&self) -> VaultState {
        if self.is_open() {
            return VaultState::Open;
        }
        let folder = self.folder.clone();
        match blocking(move || files::find(&folder)).await {
            Ok(None) => VaultState::Absent,
            Ok(Some(file)) if file.keyring().is_some() => VaultState::LockedByKeyring,
            // What cannot be read is not absent: `open` says what is wrong with it.
            Ok(Some(_)) | Err(_) => VaultState::LockedByPassphrase,
        }
    }

    async fn keyring(&self) -> Result<(), Sentence> {
        self.keyring.available().await
    }

    async fn create(&self, lock: NewLock) -> Result<(), VaultError> {
        let _door = self.door.lock().await;
        let folder = self.folder.clone();
        blocking(move || files::check_absent(&folder)).await?;
        match lock {
            NewLock::Keyring => self.create_by_keyring().await,
            NewLock::Passphrase(new) => self.create_by_passphrase(new).await,
        }
    }

    async fn open(&self, passphrase: Option<Secret<String>>) -> Result<(), VaultError> {
        let _door = self.door.lock().await;
        if passphrase.is_none() && self.is_open() {
            return Ok(());
        }
        let file = self.read_keys().await?;
        let data_key = match &passphrase {
            Some(guess) => self.key_by_passphrase(file.clone(), guess).await?,
            None => self.key_by_keyring(&file).await?,
        };
        if self.is_open() {
            return Ok(());
        }
        let (folder, key) = (self.folder.clone(), data_key.clone());
        let keys = file.clone();
        let writer = blocking(move || files::open(&folder, &file, &key)).await?;
        let rolled_back = self.count_opening(&keys, &writer).await?;
        self.set_open(Opened { data_key, writer, rolled_back });
        Ok(())
    }

    async fn close(&self) {
        let _door = self.door.lock().await;
        let opened = self.opened.lock().unwrap_or_else(PoisonError::into_inner).take();
        // Waits for the commits under way; keys are wiped as they are dropped.
        let _ = blocking(move || {
            drop(opened);
            Ok(())
        })
        .await;
    }

    async fn has_passphrase(&self) -> bool {
        self.read_keys().await.is_ok_and(|file| file.passphrase().is_some())
    }

    async fn is_passphrase(&self, guess: &Secret<String>) -> Result<bool, VaultError> {
        let file = self.read_keys().await?;
        match self.key_by_passphrase(file, guess).await {
            Ok(_) => Ok(true),
            Err(VaultError::WrongPassphrase) => Ok(false),
            Err(error) => Err(error),
        }
    }

    async fn load(&self) -> Result<Records, VaultError> {
        self.jobs()?.read(Store::load).await
    }

    async fn commit(&self, changes: Vec<Change>) -> Result<(), VaultError> {
        self.jobs()?.commit(changes).await
    }

    async fn commit_narrowing(&self, changes: Vec<Change>) -> Result<(), VaultError> {
        self.jobs()?.commit_narrowing(changes).await
    }

    async fn secret(&self, of: &SecretOf) -> Result<Option<Secret<String>>, VaultError> {
        let of = of.clone();
        self.jobs()?.read(move |store| store.secret(&of)).await
    }

    async fn signing_keys(&self) -> Result<Vec<(String, Secret<String>)>, VaultError> {
        self.jobs()?.read(Store::signing_keys).await
    }

    async fn activity(
        &self,
        filter: &ActivityFilter,
        before: Option<u32>,
        limit: u32,
    ) -> Result<Vec<AuditRecord>, VaultError> {
        let filter = filter.clone();
        self.jobs()?.read(move |store| activity::list(store.connection(), &filter, before, limit)).await
    }

    async fn verify_activity(&self) -> Result<TrailCheck, VaultError> {
        self.jobs()?.read(|store| activity::verify(store.connection())).await
    }

    async fn cut_activity(&self, oldest: Timestamp, keep: u32) -> Result<u32, VaultError> {
        self.jobs()?.read(move |store| activity::cut(store.connection(), oldest, keep)).await
    }

    async fn set_passphrase(&self, new: &Secret<String>) -> Result<(), VaultError> {
        self.put_passphrase(new).await
    }

    async fn was_rolled_back(&self) -> bool {
        let opened = self.opened.lock().unwrap_or_else(PoisonError::into_inner);
        opened.as_ref().is_some_and(|opened| opened.rolled_back)
    }

    async fn backup(&self, passphrase: &Secret<String>) -> Result<Vec<u8>, VaultError> {
        let now = self.clock.now();
        let content = self.jobs()?.read(move |store| backup::content(store, now)).await?;
        let (passphrase, cost) = (passphrase.clone(), self.cost);
        blocking(move || backup::seal(&content, &passphrase, cost)).await
    }

    async fn read_backup(&self, bytes: &[u8], passphrase: &Secret<String>) -> Result<Backup, VaultError> {
        // Guesses at a backup are guesses all the same.
        let mut guesses = self.guesses.lock().await;
        guesses.admit(self.clock.now())?;
        let (bytes, passphrase) = (bytes.to_vec(), passphrase.clone());
        let read = blocking(move || backup::open(&bytes, &passphrase)).await;
        if matches!(read, Err(VaultError::WrongPassphrase)) {
            guesses.note(false, self.clock.now());
        }
        read
    }

    async fn activity_counts(
        &self,
        filter: &ActivityFilter,
        seconds: u32,
    ) -> Result<Vec<ActivityCount>, VaultError> {
        let filter = filter.clone();
        self.jobs()?.read(move |store| activity::counts(store.connection(), &filter, seconds)).await
    }
}

impl fmt::Debug for FileVault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FileVault").field("folder", &self.folder).finish_non_exhaustive()
    }
}

fn add_passphrase(
    file: &mut KeyFile,
    new: &Secret<String>,
    cost: PassphraseCost,
    data_key: &Key,
) -> Result<(), VaultError> {
    let opener = Opener::new_passphrase(cost)?;
    let Opener::Passphrase { salt, .. } = &opener else { return Err(no_passphrase()) };
    let wrapping = passphrase::derive(new, salt, cost)?;
    file.put(opener, &wrapping, data_key)
}

fn no_passphrase() -> VaultError {
    VaultError::Unusable(refusals::BY_KEYRING.sentence())
}

/// Runs slow or blocking work off the async threads.
async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, VaultError> + Send + 'static,
) -> Result<T, VaultError> {
    tokio::task::spawn_blocking(work)
        .await
        .unwrap_or_else(|_| Err(VaultError::Io("a task of the vault ended early".into())))
}
