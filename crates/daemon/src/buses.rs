//! The message buses: the system's tells of sleep and of the session's lock; the session's tells of the screen, and shows
//! our sign in the tray and our notifications. Where there is no bus, nothing is heard, nothing is shown, and nothing breaks. All that happens
//! on a bus happens in one task of its own: a bus that hangs holds nobody up.

use std::{
    convert::Infallible,
    io,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use tokio::time::{sleep, timeout};
use zbus::{Connection, connection::Builder};

use crate::{
    lock_signals, notifications,
    tray::{self, Hands},
};

/// A bus that went away is looked for again so often.
const AGAIN: Duration = Duration::from_secs(30);
/// Whoever does not answer within so long on a bus will not answer.
const PATIENCE: Duration = Duration::from_secs(10);

static SYSTEM: AtomicBool = AtomicBool::new(false);
static SESSION: AtomicBool = AtomicBool::new(false);

/// Whether the system's and the session's bus are listened to.
pub fn heard() -> (bool, bool) {
    (SYSTEM.load(Ordering::Relaxed), SESSION.load(Ordering::Relaxed))
}

/// Listens, and shows, for as long as the broker runs.
pub async fn listen(hands: Arc<Hands>) {
    let broker = &hands.broker;
    let system = again_and_again(&SYSTEM, || async {
        let bus = connect(Builder::system()?).await?;
        SYSTEM.store(true, Ordering::Relaxed);
        driven(&bus, lock_signals::sleep_and_session(&bus, broker)).await
    });
    let session = again_and_again(&SESSION, || async {
        let bus = connect(Builder::session()?).await?;
        SESSION.store(true, Ordering::Relaxed);
        driven(&bus, async {
            tokio::select! {
                ended = lock_signals::screen(&bus, broker) => ended,
                never = tray::show(&bus, &hands) => match never {},
                never = notifications::notify(&bus, &hands) => match never {},
            }
        })
        .await
    });
    tokio::join!(system, session);
}

async fn again_and_again<F>(heard: &AtomicBool, listen: impl Fn() -> F)
where
    F: Future<Output = zbus::Result<()>>,
{
    loop {
        if let Err(error) = listen().await {
            tracing::debug!(%error, "a message bus is not there");
        }
        heard.store(false, Ordering::Relaxed);
        sleep(AGAIN).await;
    }
}

/// Connects without a thread of the connection's own: [`driven`] does its work.
async fn connect(to: Builder<'_>) -> zbus::Result<Connection> {
    let connecting = to.internal_executor(false).method_timeout(PATIENCE).build();
    let silent = || zbus::Error::from(io::Error::from(io::ErrorKind::TimedOut));
    timeout(PATIENCE, connecting).await.unwrap_or_else(|_| Err(silent()))
}

/// Carries out what is done on a bus, and what the connection itself has to do meanwhile.
async fn driven<T>(bus: &Connection, work: impl Future<Output = T>) -> T {
    tokio::select! {
        done = work => done,
        never = drive(bus) => match never {},
    }
}

async fn drive(bus: &Connection) -> Infallible {
    loop {
        bus.executor().tick().await;
    }
}
