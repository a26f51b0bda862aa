//! Takes the loopback addresses, so that nobody else can answer in Keylodge's place (LOC-10, LOC-11).

use std::{
    io::{self, ErrorKind},
    net::{Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener},
    path::PathBuf,
    time::Duration,
};

use tokio::net::UnixListener;

use crate::{caller, socket};

/// What can be set.
#[derive(Clone, Debug)]
pub struct Config {
    /// The TCP port on `127.0.0.1` and `[::1]`; 0 takes a free one (tests).
    pub port: u16,
    /// Where `api.sock` goes; `None`: TCP only.
    pub socket: Option<PathBuf>,
    /// What one program may take up.
    pub limits: Limits,
}

impl Config {
    /// The usual limits.
    #[must_use]
    pub fn new(port: u16, socket: Option<PathBuf>) -> Self {
        Self { port, socket, limits: Limits::default() }
    }
}

/// What one program may take up (DOS-01, DOS-03).
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Open connections in all.
    pub connections: usize,
    /// Open connections of one process.
    pub connections_of_one: usize,
    /// From the first byte of a request's head to its last; also how long a connection may idle.
    pub head: Duration,
    /// The same for the body of a request to the authorization server.
    pub body: Duration,
    /// One request of a browser that waits for the person; then its page comes again.
    pub held: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connections: 1024,
            connections_of_one: 256,
            head: Duration::from_secs(20),
            body: Duration::from_secs(10),
            held: Duration::from_secs(20),
        }
    }
}

/// Addresses that are ours now. Nothing is accepted before [`crate::Server::run`].
pub struct Listeners {
    pub(crate) v4: TcpListener,
    pub(crate) v6: Option<TcpListener>,
    pub(crate) unix: Option<(UnixListener, PathBuf)>,
    pub(crate) limits: Limits,
    port: u16,
}

/// Why an address could not be taken.
#[derive(Debug, thiserror::Error)]
pub enum BindError {
    /// Another program has it.
    #[error("{address} is taken{}. Stop that program, or start Keylodge with another `--port`.", by(.holder.as_deref()))]
    Taken {
        /// Which.
        address: String,
        /// What holds it, if that could be seen.
        holder: Option<String>,
    },
    /// The place of the socket cannot be trusted.
    #[error("{path} cannot hold Keylodge's socket: {why}")]
    Socket {
        /// Which.
        path: PathBuf,
        /// Why, as a sentence.
        why: String,
    },
    /// The system refused.
    #[error("Keylodge cannot listen on {address}: {source}")]
    Io {
        /// Where.
        address: String,
        /// Why.
        source: io::Error,
    },
}

/// So often another port is tried when a free one was asked for and the second family has it taken.
const ATTEMPTS: usize = 16;

impl Listeners {
    /// Takes the port on both families, or where the machine has no IPv6, on IPv4 alone; and the socket. Needs a
    /// tokio runtime.
    ///
    /// # Errors
    /// [`BindError`], a sentence for the person. Nothing stays taken.
    pub fn take(config: &Config) -> Result<Self, BindError> {
        let (v4, v6) = take_port(config.port)?;
        let port = v4
            .local_addr()
            .map_err(|source| refused(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)), source))?
            .port();
        let unix = match &config.socket {
            Some(path) => Some((socket::bind_socket(path)?, path.clone())),
            None => None,
        };
        Ok(Self { v4, v6, unix, limits: config.limits, port })
    }

    /// The port.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The base address for [`broker::Settings::at`], e.g. `http://127.0.0.1:5395`.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }
}

fn take_port(port: u16) -> Result<(TcpListener, Option<TcpListener>), BindError> {
    for attempt in 1.. {
        let v4 = bind(SocketAddr::from((Ipv4Addr::LOCALHOST, port)))?;
        let taken = v4
            .local_addr()
            .map_err(|source| refused(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)), source))?
            .port();
        match bind(SocketAddr::from((Ipv6Addr::LOCALHOST, taken))) {
            Ok(v6) => return Ok((v4, Some(v6))),
            Err(BindError::Io { source, .. }) if lacks_family(&source) => {
                tracing::info!("this machine has no IPv6 loopback: listening on 127.0.0.1 alone");
                return Ok((v4, None));
            }
            Err(BindError::Taken { .. }) if port == 0 && attempt < ATTEMPTS => {}
            Err(error) => return Err(error),
        }
    }
    unreachable!("the loop ends by returning")
}

/// Binds exactly this address. On Linux the standard library's `SO_REUSEADDR` lets a restart pass connections that
/// linger; it never lets two sockets listen, on the address or on the wildcard over it, and `SO_REUSEPORT` is not set.
fn bind(address: SocketAddr) -> Result<TcpListener, BindError> {
    let listener = TcpListener::bind(address).and_then(|listener| {
        listener.set_nonblocking(true)?;
        Ok(listener)
    });
    listener.map_err(|source| refused(address, source))
}

fn refused(address: SocketAddr, source: io::Error) -> BindError {
    if source.kind() != ErrorKind::AddrInUse {
        return BindError::Io { address: address.to_string(), source };
    }
    let holder = caller::listener_on(address.port());
    BindError::Taken { address: address.to_string(), holder: holder.map(|caller| described(&caller)) }
}

fn described(caller: &broker::Caller) -> String {
    format!("{} (process {})", caller.short_name(), caller.pid)
}

fn lacks_family(source: &io::Error) -> bool {
    let code = source.raw_os_error().map(rustix::io::Errno::from_raw_os_error);
    source.kind() == ErrorKind::AddrNotAvailable || code == Some(rustix::io::Errno::AFNOSUPPORT)
}

fn by(holder: Option<&str>) -> String {
    holder.map_or_else(|| " by another program".to_owned(), |holder| format!(" by {holder}"))
}
