//! Takes the loopback addresses, so that nobody else can answer in Keylodge's place (LOC-10, LOC-11).

use std::{
    io::{self, ErrorKind},
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener},
    os::unix::net::UnixListener as StdUnixListener,
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

/// Sockets that somebody opened for us, such as a service manager.
#[derive(Debug, Default)]
pub struct Opened {
    /// On `127.0.0.1`, on `[::1]`, or both on one port.
    pub tcp: Vec<TcpListener>,
    /// Our Unix socket. It stays when we end.
    pub unix: Option<StdUnixListener>,
}

/// Addresses that are ours now. Nothing is accepted before [`crate::Server::run`].
pub struct Listeners {
    pub(crate) v4: TcpListener,
    pub(crate) v6: Option<TcpListener>,
    pub(crate) unix: Option<UnixListener>,
    /// The socket's path, if it is ours to remove.
    pub(crate) remove: Option<PathBuf>,
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
        Self::take_or_use(config, Opened::default())
    }

    /// The same, where some of them are open already. Those must be on the loopback literals (WEB-06) and on one port,
    /// which then counts and not the configured one; a family that is missing is taken.
    ///
    /// # Errors
    /// As for [`Listeners::take`].
    pub fn take_or_use(config: &Config, opened: Opened) -> Result<Self, BindError> {
        let (v4, v6) = complete(opened.tcp, config.port)?;
        let port = address_of(&v4)?.port();
        let (unix, remove) = match (opened.unix, &config.socket) {
            (Some(socket), _) => (Some(socket::inherit(socket)?), None),
            (None, Some(path)) => (Some(socket::bind_socket(path)?), Some(path.clone())),
            (None, None) => (None, None),
        };
        Ok(Self { v4, v6, unix, remove, limits: config.limits, port })
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

/// What was opened for us, completed: both families or none (LOC-11). `port` counts where nothing was.
fn complete(opened: Vec<TcpListener>, port: u16) -> Result<(TcpListener, Option<TcpListener>), BindError> {
    let (mut v4, mut v6) = (None, None);
    for listener in opened {
        let address = address_of(&listener)?;
        let place = match address.ip() {
            IpAddr::V4(Ipv4Addr::LOCALHOST) => &mut v4,
            IpAddr::V6(Ipv6Addr::LOCALHOST) => &mut v6,
            _ => return Err(unfit(address, "it is not on 127.0.0.1 or [::1]")),
        };
        if place.is_some() {
            return Err(unfit(address, "there are two of one family"));
        }
        listener.set_nonblocking(true).map_err(|source| refused(address, source))?;
        *place = Some(listener);
    }
    let v4 = match (v4, &v6) {
        (Some(v4), _) => v4,
        (None, Some(v6)) => bind(SocketAddr::from((Ipv4Addr::LOCALHOST, address_of(v6)?.port())))?,
        (None, None) => return take_port(port),
    };
    let port = address_of(&v4)?.port();
    let Some(v6) = v6 else { return Ok((v4, take_v6(port)?)) };
    let address = address_of(&v6)?;
    if address.port() != port {
        return Err(unfit(address, "127.0.0.1 is on another port"));
    }
    Ok((v4, Some(v6)))
}

fn take_port(port: u16) -> Result<(TcpListener, Option<TcpListener>), BindError> {
    for attempt in 1.. {
        let v4 = bind(SocketAddr::from((Ipv4Addr::LOCALHOST, port)))?;
        match take_v6(address_of(&v4)?.port()) {
            Ok(v6) => return Ok((v4, v6)),
            Err(BindError::Taken { .. }) if port == 0 && attempt < ATTEMPTS => {}
            Err(error) => return Err(error),
        }
    }
    unreachable!("the loop ends by returning")
}

/// `None` where the machine has no IPv6.
fn take_v6(port: u16) -> Result<Option<TcpListener>, BindError> {
    match bind(SocketAddr::from((Ipv6Addr::LOCALHOST, port))) {
        Ok(v6) => Ok(Some(v6)),
        Err(BindError::Io { source, .. }) if lacks_family(&source) => {
            tracing::info!("this machine has no IPv6 loopback: listening on 127.0.0.1 alone");
            Ok(None)
        }
        Err(error) => Err(error),
    }
}

fn address_of(listener: &TcpListener) -> Result<SocketAddr, BindError> {
    listener.local_addr().map_err(|source| refused(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)), source))
}

fn unfit(address: SocketAddr, why: &'static str) -> BindError {
    BindError::Io { address: address.to_string(), source: io::Error::other(why) }
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
