//! From start to stop.

use std::{
    fs::DirBuilder,
    io,
    os::unix::{fs::DirBuilderExt, net::UnixStream as StdUnixStream},
    sync::Arc,
};

use broker::{Broker, Locale, NewLock, Ports, Secret, Settings, VaultState, messages::findings};
use control::{Event, FromBroker, Passphrase};
use loopback::{
    BindError, Listeners, Server, Signer,
    control::{Household, Session, Way},
};
use tokio::{
    io::AsyncWriteExt,
    net::UnixStream,
    runtime::Handle,
    signal::unix::{SignalKind, signal},
    sync::{Notify, broadcast, oneshot},
    task::JoinSet,
    time::{Duration, interval},
};
use vault::{FileVault, NoKeyStore, secret_service};

use crate::{
    Configuration, Discovery, VERSION, buses,
    desktop::Desktop,
    hardening,
    household::House,
    machine::{MachineClock, MachineEntropy},
    policy::PolicyFile,
    service_manager::{self, Inherited},
    session::Logind,
    surroundings::MachineSurroundings,
    thrift::{self, ProgramFiles},
    tray::Hands,
};

/// What has run out of time is looked for so often.
const TICK: Duration = Duration::from_secs(1);

/// Why the broker does not run.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// The person must change something about the call.
    #[error("{0}")]
    Usage(String),
    /// An address is taken, or a socket's place cannot be trusted.
    #[error("{0}")]
    Bind(#[from] BindError),
    /// The control socket cannot be used; a sentence already.
    #[error("{0}")]
    Socket(io::Error),
    /// The vault does not open.
    #[error("{0}")]
    Vault(#[from] broker::Error),
    /// The machine refused.
    #[error("Keylodge cannot start: {0}.")]
    Io(#[from] io::Error),
}

/// A broker that runs. Dropping it stops it without waiting.
pub struct Running {
    /// The rules.
    pub broker: Broker,
    /// Address of the loopback API.
    pub url: String,
    discovery: Discovery,
    configuration: Configuration,
    /// The control socket is the service manager's, and stays when we end.
    keep_control: bool,
    events: broadcast::Sender<Event>,
    stop_api: oneshot::Sender<()>,
    api: tokio::task::JoinHandle<()>,
    tasks: JoinSet<()>,
    quit: Arc<Notify>,
}

/// Runs the broker until a signal ends it. `ask` asks at the terminal for the passphrase (`true`: for a new one),
/// where there is a terminal and no window; `None` leaves the vault as it is.
pub fn serve(configuration: Configuration, ask: fn(bool) -> Option<Passphrase>) -> Result<(), ServeError> {
    hardening::harden();
    let files = ProgramFiles::at_start();
    let inherited = Inherited::take()?;
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    let served = runtime.block_on(async {
        // Heard from the first moment on: whoever ends us early must not leave half of us behind.
        let mut stop = std::pin::pin!(told_to_stop()?);
        let running = start_on(configuration, inherited).await?;
        println!("Keylodge is ready at {}", running.url);
        service_manager::ready();
        tokio::spawn(thrift::live_thriftily(files));
        let asked = tokio::select! {
            asked = running.ask_for_passphrase(ask) => asked,
            () = &mut stop => return end(running).await,
            () = running.quit.notified() => return end(running).await,
        };
        asked?;
        tokio::select! {
            () = stop => {}
            () = running.quit.notified() => {}
        }
        end(running).await
    });
    // Somebody may still be asked for a passphrase at the terminal: that is not waited for.
    runtime.shutdown_background();
    served
}

async fn end(running: Running) -> Result<(), ServeError> {
    service_manager::stopping();
    running.stop().await;
    Ok(())
}

/// Starts everything. Needs a tokio runtime with two threads or more.
pub async fn start(configuration: Configuration) -> Result<Running, ServeError> {
    start_on(configuration, Inherited::default()).await
}

/// The same on sockets that the service manager opened, as far as there are such.
async fn start_on(mut configuration: Configuration, mut inherited: Inherited) -> Result<Running, ServeError> {
    // The command line asks for whoever started it.
    if let Ok(program) = std::env::current_exe() {
        loopback::caller::set_helper_executable(&program.with_file_name("keylodge"));
    }
    // It is not kept for as long as the configuration is.
    let passphrase = configuration.passphrase.take();
    let place = &configuration.place;
    DirBuilder::new().recursive(true).mode(0o700).create(place.runtime_dir())?;
    // The control socket first: whoever holds it is the one broker of this person.
    let control = inherited.unix_at(&place.control_socket());
    let keep_control = control.is_some();
    let control = match control {
        Some(control) => loopback::control::inherit(control),
        None => loopback::control::listen(&place.control_socket()),
    };
    let control = control.map_err(ServeError::Socket)?;
    let api = inherited.unix_at(&place.api_socket());
    let opened = loopback::Opened { tcp: std::mem::take(&mut inherited.tcp), unix: api };
    let config = loopback::Config::new(configuration.port, Some(place.api_socket()));
    let listeners = Listeners::take_or_use(&config, opened)?;
    let url = listeners.url();

    let desktop = Arc::new(Desktop::new(configuration.window, Box::new(Logind::ours())));
    let surroundings = Arc::new(MachineSurroundings::new(Handle::current(), Arc::clone(&desktop)));
    let (events, tidings) = (surroundings.events(), surroundings.tidings());
    let signer = Arc::new(Signer::new());
    let broker = broker(&configuration, &url, surroundings, Arc::clone(&signer));
    let mut policy = PolicyFile::of_machine();
    broker.set_policy(policy.read()).await?;
    let house = Arc::new(House::new(
        broker.clone(),
        Arc::clone(&desktop),
        place.clone(),
        policy.path().to_owned(),
        configuration.provider_files.clone(),
        events.clone(),
    ));
    house.read_offers().await;
    connect_desktop(&desktop, &broker, &house, &events);

    if configuration.demo {
        house.run_demo_provider().await?;
    }
    open_vault(&broker, passphrase).await?;

    let (stop_api, stopped) = oneshot::channel::<()>();
    let server = Server::new(listeners, broker.clone(), signer)?;
    let api = tokio::spawn(server.run(async { drop(stopped.await) }));
    let mut tasks = JoinSet::new();
    let quit = Arc::new(Notify::new());
    let hands = Hands {
        broker: broker.clone(),
        desktop: Arc::clone(&desktop),
        events: events.clone(),
        tidings,
        quit: Arc::clone(&quit),
    };
    tasks.spawn(buses::listen(Arc::new(hands)));
    tasks.spawn(tick(broker.clone(), desktop.clone(), policy));
    let make_session = session_maker(&broker, &house, &events);
    tasks.spawn(loopback::control::accept_loop(control, move |peer| make_session(Way::Socket(peer))));
    #[cfg(feature = "webdriver")]
    tasks.spawn(crate::test_channel::serve(
        place.test_channel(),
        Arc::clone(&desktop),
        broker.clone(),
        house,
        events.clone(),
    ));

    let discovery = Discovery {
        url: url.clone(),
        socket: place.api_socket().display().to_string(),
        control: place.control_socket().display().to_string(),
        pid: std::process::id(),
        version: VERSION.to_owned(),
    };
    discovery.write(place)?;
    Ok(Running { broker, url, discovery, configuration, keep_control, events, stop_api, api, tasks, quit })
}

impl Running {
    /// Stops: requests under way are answered, the desktop process is told, keys leave memory.
    pub async fn stop(mut self) {
        let _ = self.events.send(Event::Stopping);
        let _ = self.stop_api.send(());
        let _ = self.api.await;
        self.tasks.shutdown().await;
        self.broker.close().await;
        self.discovery.remove(&self.configuration.place);
        if !self.keep_control {
            let _ = std::fs::remove_file(self.configuration.place.control_socket());
        }
    }

    /// Where no window can ask, the terminal does.
    async fn ask_for_passphrase(&self, ask: fn(bool) -> Option<Passphrase>) -> Result<(), ServeError> {
        let status = self.broker.status().await;
        let wanted = match status.vault {
            VaultState::Absent => status.keyring.is_err(),
            VaultState::LockedByPassphrase => true,
            VaultState::LockedByKeyring | VaultState::Open => false,
        };
        if !wanted || status.display {
            return Ok(());
        }
        let new = status.vault == VaultState::Absent;
        let typed = tokio::task::spawn_blocking(move || ask(new)).await.ok().flatten();
        let Some(passphrase) = typed else { return Ok(()) };
        open_vault(&self.broker, Some(passphrase.expose().into())).await
    }
}

fn broker(
    configuration: &Configuration,
    url: &str,
    surroundings: Arc<MachineSurroundings>,
    signer: Arc<Signer>,
) -> Broker {
    let (clock, entropy) = (Arc::new(MachineClock), Arc::new(MachineEntropy));
    let keys: Arc<dyn vault::KeyStore> = if configuration.keyring {
        secret_service()
    } else {
        Arc::new(NoKeyStore(findings::KEYRING_OFF.sentence()))
    };
    let admits = |peer, local| loopback::caller::of_tcp(peer, local).is_ok();
    let upstream = providers::Upstreams::builder(entropy.clone(), clock.clone());
    let upstream = upstream.admitting(Arc::new(admits)).build();
    let ports = Ports {
        vault: Arc::new(FileVault::new(configuration.data_dir.clone(), keys, clock.clone())),
        upstream: Arc::new(upstream),
        signer,
        surroundings,
        clock,
        entropy,
    };
    let locale = Locale::of_system(|name| std::env::var(name).ok());
    Broker::new(ports, Settings { locale, ..Settings::at(url) })
}

/// Opens the vault as far as that takes no person: with a given passphrase, or with the keyring.
async fn open_vault(broker: &Broker, passphrase: Option<Secret<String>>) -> Result<(), ServeError> {
    let state = broker.vault_state().await;
    match passphrase {
        Some(passphrase) if state == VaultState::Absent => {
            broker.set_up(NewLock::Passphrase(passphrase)).await?;
        }
        Some(passphrase) => broker.unlock(Some(passphrase), None).await?,
        None => {
            if let Err(error) = broker.open_at_start().await {
                tracing::warn!(%error, "the vault stays locked");
            }
        }
    }
    Ok(())
}

/// Wires the desktop process: its channel is served with presence, and it is told what waits when it starts.
fn connect_desktop(
    desktop: &Arc<Desktop>,
    broker: &Broker,
    house: &Arc<House>,
    events: &broadcast::Sender<Event>,
) {
    let session = session_maker(broker, house, events);
    let (broker, tell) = (broker.clone(), events.clone());
    let ended = Arc::downgrade(desktop);
    let serve = move |channel: StdUnixStream, first: Vec<Event>| {
        let Some(desktop) = ended.upgrade() else { return };
        let (session, broker) = (session(Way::Window), broker.clone());
        tokio::spawn(async move {
            if let Err(error) = serve_desktop(channel, first, session, &broker).await {
                tracing::error!(%error, "the channel to the desktop process cannot be used");
            }
            desktop.ended();
        });
    };
    let tell = move |event| drop(tell.send(event));
    desktop.connect(Box::new(serve), Box::new(tell));
}

/// Tells a new desktop process what to show, and serves it until it ends.
pub async fn serve_desktop(
    channel: StdUnixStream,
    first: Vec<Event>,
    session: Session,
    broker: &Broker,
) -> io::Result<()> {
    channel.set_nonblocking(true)?;
    let mut stream = UnixStream::from_std(channel)?;
    for event in first.into_iter().chain([waiting(broker)]) {
        let mut line = serde_json::to_vec(&FromBroker::Event(event))?;
        line.push(b'\n');
        stream.write_all(&line).await?;
    }
    loopback::control::serve(stream, session).await;
    Ok(())
}

fn waiting(broker: &Broker) -> Event {
    Event::Prompts { waiting: u32::try_from(broker.prompts().len()).unwrap_or(u32::MAX) }
}

pub fn session_maker(
    broker: &Broker,
    house: &Arc<House>,
    events: &broadcast::Sender<Event>,
) -> impl Fn(Way) -> Session + Send + Sync + Clone + 'static {
    let (broker, house, events) = (broker.clone(), Arc::clone(house), events.clone());
    move |way| {
        let household: Arc<dyn Household> = Arc::clone(&house) as Arc<dyn Household>;
        Session { broker: broker.clone(), house: household, way, events: events.clone() }
    }
}

async fn tick(broker: Broker, desktop: Arc<Desktop>, mut policy: PolicyFile) {
    let mut ticks = interval(TICK);
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    let mut round = 0u64;
    loop {
        ticks.tick().await;
        if let Some(changed) = policy.read_if_changed()
            && let Err(error) = broker.set_policy(changed).await
        {
            tracing::error!(%error, "the new policy could not be enforced");
        }
        broker.tick().await;
        // Once an hour is enough for what is kept for months.
        if round.is_multiple_of(3600)
            && let Err(error) = broker.cut_activity().await
            && error != broker::Error::Locked
        {
            tracing::warn!(%error, "the trail could not be cut");
        }
        round += 1;
        // A desktop process that ended while something waits is started again.
        if broker.prompts().iter().any(|prompt| !broker.is_put_off(&prompt.id)) {
            desktop.show_prompts();
        }
    }
}

/// Resolves when a signal says so. The signals are caught from this call on.
fn told_to_stop() -> io::Result<impl Future<Output = ()>> {
    let (mut terminate, mut interrupt) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    })
}
