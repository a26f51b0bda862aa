//! What the control API asks of the daemon and not of the rules: the window, the demo, and where things are.

use std::{
    env,
    path::PathBuf,
    process::Stdio,
    sync::{Arc, Mutex, PoisonError},
};

use async_trait::async_trait;
use broker::{Broker, Error, Presence, ScopeSet, SignInBegun, SignInWish, messages::refusals};
use control::{AutostartView, DemoStep, Event, Finding, Page, Place};
use loopback::control::Household;
use tokio::{
    io::{AsyncBufReadExt, BufReader},
    process::Command,
    sync::broadcast,
};

use crate::{
    DEMO_PROVIDER, VERSION, autostart::Autostart, demo_provider, desktop::Desktop, findings, named_file,
    provider_files::ProviderFiles,
};

/// The daemon's half of the control API.
pub struct House {
    broker: Broker,
    desktop: Arc<Desktop>,
    place: Place,
    policy_file: PathBuf,
    provider_files: Option<Arc<Mutex<ProviderFiles>>>,
    events: broadcast::Sender<Event>,
    demo: tokio::sync::Mutex<Option<demo::Running>>,
    demo_plays: Mutex<bool>,
}

impl House {
    pub fn new(
        broker: Broker,
        desktop: Arc<Desktop>,
        place: Place,
        policy_file: PathBuf,
        provider_files: Option<PathBuf>,
        events: broadcast::Sender<Event>,
    ) -> Self {
        let provider_files = provider_files.map(ProviderFiles::in_folder);
        let provider_files = provider_files.map(|files| Arc::new(Mutex::new(files)));
        Self {
            broker,
            desktop,
            place,
            policy_file,
            provider_files,
            events,
            demo: tokio::sync::Mutex::default(),
            demo_plays: Mutex::default(),
        }
    }

    /// Starts the demo provider, if it does not run, and makes it known.
    pub async fn run_demo_provider(&self) -> Result<(), Error> {
        let mut running = self.demo.lock().await;
        if running.is_none() {
            let started = demo::Provider::start(([127, 0, 0, 1], 0).into()).await;
            let provider =
                started.map_err(|error| Error::Bug(format!("the demo provider did not start ({error})")))?;
            self.broker.lend_provider(demo_provider(&provider.issuer));
            *running = Some(provider);
        }
        Ok(())
    }

    /// The account at the demo provider that was signed in last.
    fn demo_account(&self) -> Result<String, Error> {
        let accounts = self.broker.accounts()?;
        let newest = accounts.into_iter().filter(|info| info.provider.id.as_str() == DEMO_PROVIDER);
        let newest = newest.max_by_key(|info| info.account.added_at);
        newest.map(|info| info.account.id.to_string()).ok_or_else(|| Error::NoAccount {
            provider: "the demo provider".to_owned(),
            id: DEMO_PROVIDER.to_owned(),
        })
    }

    /// Runs the demo program as a process of its own and passes its steps on.
    async fn play(broker: Broker, events: broadcast::Sender<Event>, account: String) -> Result<(), String> {
        let program = env::current_exe().map_err(|error| error.to_string())?;
        let mut child = Command::new(program)
            .args(["demo-program", "--base", broker.base_url(), "--account", &account])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::inherit())
            .kill_on_drop(true)
            .spawn()
            .map_err(|error| error.to_string())?;
        let steps = child.stdout.take().ok_or("it has no output")?;
        let mut lines = BufReader::new(steps).lines();
        while let Some(line) = lines.next_line().await.map_err(|error| error.to_string())? {
            let step: DemoStep = serde_json::from_str(&line).map_err(|error| error.to_string())?;
            let _ = events.send(Event::Demo(step));
        }
        child.wait().await.map(drop).map_err(|error| error.to_string())
    }

    fn playing(&self) -> std::sync::MutexGuard<'_, bool> {
        self.demo_plays.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl Household for House {
    async fn show(&self, page: Page) -> Result<(), Error> {
        self.desktop.show(page).map_err(|why| Error::InvalidRequest(why.into()))
    }

    async fn start_demo(&self, presence: &Presence) -> Result<SignInBegun, Error> {
        self.run_demo_provider().await?;
        let wish = SignInWish {
            provider: DEMO_PROVIDER.to_owned(),
            label: None,
            client_id: None,
            client_secret: None,
            scopes: ScopeSet::default(),
            open_browser: true,
            way: broker::provider::SignInWay::Code,
            key: None,
        };
        self.broker.begin_sign_in(wish, presence).await
    }

    async fn run_demo_program(&self) -> Result<(), Error> {
        let account = self.demo_account()?;
        if std::mem::replace(&mut *self.playing(), true) {
            return Err(Error::TooMany(refusals::DEMO_RUNS.sentence()));
        }
        let played = Self::play(self.broker.clone(), self.events.clone(), account).await;
        *self.playing() = false;
        played.map_err(|why| Error::Bug(format!("the demo program did not run ({why})")))
    }

    fn socket_path(&self) -> PathBuf {
        self.place.api_socket()
    }

    fn demo_running(&self) -> bool {
        self.demo.try_lock().is_ok_and(|running| running.is_some())
    }

    fn version(&self) -> String {
        VERSION.to_owned()
    }

    fn policy_file(&self) -> String {
        self.policy_file.display().to_string()
    }

    async fn read_offers(&self) {
        let Some(files) = self.provider_files.clone() else { return };
        let broker = self.broker.clone();
        let read = move || {
            // Held until the rules know: whoever comes next finds what was read.
            let mut files = files.lock().unwrap_or_else(PoisonError::into_inner);
            if let Some(found) = files.read_if_changed() {
                broker.set_offers(found);
            }
            Ok(())
        };
        if let Err(error) = off_thread(read).await {
            tracing::error!(%error, "provider files were not read");
        }
    }

    fn offers_folder(&self) -> String {
        let files = self.provider_files.as_ref();
        let folder = files
            .map(|files| files.lock().unwrap_or_else(PoisonError::into_inner).folder().display().to_string());
        folder.unwrap_or_default()
    }

    fn findings(&self) -> Vec<Finding> {
        let provider_files = findings::provider_files(&self.broker.offer_files());
        let own = [findings::runtime_dir(&self.place), findings::memory(), findings::lock_signals()];
        own.into_iter().chain(provider_files).collect()
    }

    fn autostart(&self) -> AutostartView {
        let none = AutostartView { on: false, file: String::new() };
        Autostart::of_session().map_or(none, |autostart| autostart.show())
    }

    fn set_autostart(&self, on: bool) -> Result<AutostartView, Error> {
        let home = || Error::InvalidRequest(refusals::NO_HOME.sentence());
        Autostart::of_session()
            .ok_or_else(home)?
            .set(on)
            .map_err(|error| Error::InvalidRequest(refusals::AUTOSTART.with([("why", &error.to_string())])))
    }

    async fn write_new_file(&self, file: &str, content: Vec<u8>) -> Result<(), Error> {
        let file = file.to_owned();
        off_thread(move || named_file::write(&file, &content)).await
    }

    async fn read_backup(&self, file: &str) -> Result<Vec<u8>, Error> {
        let file = file.to_owned();
        off_thread(move || named_file::read(&file)).await
    }
}

async fn off_thread<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Error> + Send + 'static,
) -> Result<T, Error> {
    let done = tokio::task::spawn_blocking(work).await;
    done.unwrap_or_else(|_| Err(Error::Bug("a task with files ended early".to_owned())))
}
