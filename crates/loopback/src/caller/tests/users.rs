//! LOC-01, LOC-02: other users are refused, and so is whoever cannot be looked up.

use std::net::SocketAddr;

use super::*;
use crate::caller::{sock_diag, socket_table};

const NOBODY: u32 = 65_534;

fn as_nobody(program: &str) -> Command {
    let mut command = Command::new("setpriv");
    let id = NOBODY.to_string();
    command.args(["--reuid", &id, "--regid", &id, "--clear-groups", program]);
    command
}

#[test]
fn loc_01_another_user_is_refused_over_tcp() {
    if !is_root() {
        return;
    }
    let lodge = Lodge::open();
    let _running = Running::start(as_nobody("bash").args(["-c", SHELL_TCP, &lodge.port()]));
    assert_eq!(lodge.tcp().0.err(), Some(Refusal::OtherUser(NOBODY)));
}

#[test]
fn loc_02_another_user_is_refused_over_the_socket_even_if_the_directory_is_open() {
    if !is_root() {
        return;
    }
    let lodge = Lodge::open();
    let all = fs::Permissions::from_mode(0o777);
    fs::set_permissions(lodge.home.path(), all.clone()).expect("opened");
    fs::set_permissions(lodge.socket(), all).expect("opened");
    let _running = Running::start(as_nobody("perl").args(["-e", PERL_UNIX]).arg(lodge.socket()));
    assert_eq!(lodge.unix().0.err(), Some(Refusal::OtherUser(NOBODY)));
}

#[test]
fn loc_01_what_cannot_be_looked_up_is_refused() {
    let lodge = Lodge::open();
    let local = lodge.tcp.local_addr().expect("an address");
    let nobody_there: SocketAddr = "127.0.0.1:1".parse().expect("an address");
    assert!(matches!(of_tcp(nobody_there, local), Err(Refusal::Unknown(_))));
    // The listener itself is not one end of a connection.
    assert!(matches!(of_tcp(local, nobody_there), Err(Refusal::Unknown(_))));
    // A socket that its process has closed belongs to nobody.
    let gone = TcpStream::connect(local).expect("connected");
    let (stream, from) = lodge.tcp.accept().expect("accepted");
    drop(gone);
    assert!(matches!(of_tcp(from, stream.local_addr().expect("local")), Err(Refusal::Unknown(_))));
}

#[test]
fn loc_01_both_ways_of_looking_up_say_the_same() {
    for address in ["127.0.0.1:0", "[::1]:0"] {
        let Ok(listener) = TcpListener::bind(address) else { continue };
        let local = listener.local_addr().expect("an address");
        let client = TcpStream::connect(local).expect("connected");
        let near = client.local_addr().expect("an address");
        let asked = sock_diag::owner(near, local).expect("the kernel answers");
        assert_eq!(socket_table::owner(near, local), Some(asked));
        assert_eq!(asked.uid, geteuid().as_raw());
        assert!(of_tcp(near, local).is_ok());
    }
}

#[test]
fn loc_01_an_ipv6_socket_that_speaks_ipv4_is_found() {
    let lodge = Lodge::open();
    let port = lodge.tcp.local_addr().expect("an address").port();
    let Ok(client) = TcpStream::connect(format!("[::ffff:127.0.0.1]:{port}")) else { return };
    let (peer, _stream) = lodge.tcp();
    assert!(peer.is_ok());
    let near = client.local_addr().expect("an address");
    let near = SocketAddr::new(near.ip().to_canonical(), near.port());
    let local = lodge.tcp.local_addr().expect("an address");
    assert_eq!(socket_table::owner(near, local), sock_diag::owner(near, local).ok());
}
