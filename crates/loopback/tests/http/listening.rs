//! Where the loopback API is, and where it is not.

use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener, TcpStream, UdpSocket};

use loopback::{BindError, Config, Listeners};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::UnixStream,
};

use crate::house::{House, soon};

#[tokio::test]
async fn web_06_as_41_it_listens_on_loopback_and_nowhere_else() {
    let house = House::open().await;
    assert!(TcpStream::connect((Ipv4Addr::LOCALHOST, house.port)).is_ok());
    // The machine's own address beyond loopback, where it has one; nothing is sent.
    let probe = UdpSocket::bind("0.0.0.0:0").and_then(|socket| {
        socket.connect("192.0.2.1:9")?;
        socket.local_addr()
    });
    for address in probe.ok().into_iter().map(|own| own.ip()).chain([Ipv4Addr::new(127, 0, 0, 2).into()]) {
        let connected = TcpStream::connect(SocketAddr::new(address, house.port)).is_ok();
        assert!(!connected || address == Ipv4Addr::LOCALHOST, "{address}");
    }
}

#[tokio::test]
async fn loc_10_loc_11_a_taken_port_is_refused_on_either_family_and_its_holder_named() {
    let held = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
    let port = held.local_addr().expect("an address").port();
    let refused = Listeners::take(&Config::new(port, None)).err().expect("taken");
    assert!(matches!(refused, BindError::Taken { .. }), "{refused}");
    assert!(refused.to_string().starts_with(&format!("127.0.0.1:{port} is taken by ")), "{refused}");
    drop(held);
    let Ok(held) = TcpListener::bind((Ipv6Addr::LOCALHOST, port)) else { return };
    let refused = Listeners::take(&Config::new(port, None)).err().expect("taken");
    assert!(refused.to_string().starts_with(&format!("[::1]:{port} is taken by ")), "{refused}");
    drop(held);
    assert!(Listeners::take(&Config::new(port, None)).is_ok(), "free again");
}

#[tokio::test]
async fn loc_11_nobody_else_can_take_the_port_or_the_wildcard_over_it() {
    let ours = Listeners::take(&Config::new(0, None)).expect("a free port");
    for address in ["127.0.0.1", "[::1]", "0.0.0.0", "[::]"] {
        // The standard library sets SO_REUSEADDR here, as a squatter would.
        let bound = TcpListener::bind(format!("{address}:{}", ours.port()));
        assert!(bound.is_err(), "{address}");
    }
}

#[tokio::test]
async fn loc_13_the_same_api_is_on_the_socket_under_its_own_name_too() {
    let house = House::open().await;
    for (host, wanted) in
        [("localhost", "200"), (&house.url[7..], "200"), ("evil", "403"), ("127.0.0.1", "403")]
    {
        let mut stream = UnixStream::connect(&house.socket).await.expect("connects");
        let request = format!("GET / HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n");
        stream.write_all(request.as_bytes()).await.expect("written");
        let mut answer = String::new();
        soon(stream.read_to_string(&mut answer)).await.expect("read");
        assert!(answer.starts_with(&format!("HTTP/1.1 {wanted} ")), "{host}: {answer}");
    }
}

#[tokio::test]
async fn loc_11_what_was_opened_for_us_is_completed_and_the_socket_stays() {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("run/api.sock");
    drop(loopback::bind_socket(&path).expect("makes the directory"));
    std::fs::remove_file(&path).expect("removed");
    let tcp = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = tcp.local_addr().expect("an address").port();
    let unix = std::os::unix::net::UnixListener::bind(&path).expect("a socket");
    let opened = loopback::Opened { tcp: vec![tcp], unix: Some(unix) };
    let listeners = Listeners::take_or_use(&Config::new(1, None), opened).expect("taken over");
    assert_eq!(listeners.port(), port);
    let other = Listeners::take(&Config::new(port, None)).err().expect("taken");
    assert!(other.to_string().contains("is taken by"), "{other}");
    assert!(std::net::TcpListener::bind(("::1", port)).is_err(), "the other family is ours, too");
    drop(listeners);
    assert!(path.exists(), "it is not ours to remove");
}

#[tokio::test]
async fn web_06_what_was_opened_on_other_addresses_is_refused() {
    for address in ["0.0.0.0:0", "127.0.0.2:0", "[::]:0"] {
        let tcp = std::net::TcpListener::bind(address).expect("a port");
        let opened = loopback::Opened { tcp: vec![tcp], unix: None };
        let refused = Listeners::take_or_use(&Config::new(0, None), opened).err().expect("refused");
        assert!(refused.to_string().contains("not on 127.0.0.1"), "{refused}");
    }
}
