//! The socket that the command line connects to.

use std::{io, os::unix::net::UnixListener as StdUnixListener, path::Path, sync::Arc, time::Duration};

use tokio::{
    net::{UnixListener, UnixStream},
    task::JoinSet,
};

use super::{Session, serve};
use crate::{
    caller::{self, Peer},
    places::{Places, Share},
};

/// So many connections are served at a time, and so many of one process; others are closed at once.
const MAX_CONNECTIONS: usize = 128;
const MAX_OF_ONE: usize = 16;
/// How long to wait when the system is out of descriptors.
const BREATHER: Duration = Duration::from_millis(100);

/// Listens at `path`: mode 0600, in a directory of our own with mode 0700 (LOC-02, LOC-13). What a killed broker left
/// there is replaced; anything else is refused.
///
/// # Errors
/// With a sentence.
pub fn listen(path: &Path) -> io::Result<UnixListener> {
    crate::bind_socket(path).map_err(io::Error::other)
}

/// Uses a socket that the service manager opened, if its place is one that [`listen`] would take. Needs a tokio runtime.
///
/// # Errors
/// With a sentence.
pub fn inherit(socket: StdUnixListener) -> io::Result<UnixListener> {
    crate::socket::inherit(socket).map_err(io::Error::other)
}

/// Serves everybody of our own user who connects, with a session from `make_session`; others are hung up on before
/// anything is read. Runs until it is dropped, and its connections end with it; requests under way do not.
pub async fn accept_loop(listener: UnixListener, make_session: impl Fn(Peer) -> Session) {
    let places = Arc::new(Places::new(MAX_CONNECTIONS, MAX_OF_ONE));
    let mut connections = JoinSet::new();
    loop {
        while connections.try_join_next().is_some() {}
        match listener.accept().await {
            Ok((stream, _)) => {
                let Some(place) = places.take() else { continue };
                let Some(peer) = admit(&stream) else { continue };
                let Some(share) = Share::take(&places, peer.process()) else { continue };
                let session = make_session(peer);
                connections.spawn(async move {
                    serve(stream, session).await;
                    drop((place, share));
                });
            }
            Err(error) => {
                tracing::warn!(%error, "a control connection could not be accepted");
                tokio::time::sleep(BREATHER).await;
            }
        }
    }
}

/// LOC-02: the mode of the socket is not relied upon.
fn admit(stream: &UnixStream) -> Option<Peer> {
    caller::of_unix(stream)
        .inspect_err(|refusal| tracing::warn!(%refusal, "a control connection was refused"))
        .ok()
}
