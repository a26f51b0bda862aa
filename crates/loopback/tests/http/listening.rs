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
