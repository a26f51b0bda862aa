//! Asks the kernel whose one TCP connection is, by its exact pair of addresses (`sock_diag(7)`): quick, however many
//! sockets there are.

use std::{cell::RefCell, io, net::SocketAddr, os::fd::OwnedFd, time::Duration};

use rustix::net::{
    AddressFamily, RecvFlags, SendFlags, SocketFlags, SocketType, netlink, recv, send, socket_with, sockopt,
};

/// A socket as the kernel knows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Owner {
    pub uid: u32,
    /// Never zero: a socket that no process holds any more belongs to nobody.
    pub inode: u64,
}

const HEADER: usize = 16;
const REQUEST: usize = 56;
const ANSWER: usize = 72;
const SOCK_DIAG_BY_FAMILY: u16 = 20;
const NLMSG_ERROR: u16 = 2;
const NLM_F_REQUEST: u16 = 1;
const IPPROTO_TCP: u8 = 6;
const ANY: u32 = u32::MAX;
const AF_INET: u8 = 2;
const AF_INET6: u8 = 10;
/// TCP states in which the socket is one end of a connection: established, and those on the way to its end.
const CONNECTED: [u8; 5] = [1, 4, 5, 8, 9];
const PATIENCE: Duration = Duration::from_secs(1);

thread_local! {
    /// The line to the kernel; opened once a thread, and again after it failed, so that no late answer is ever read.
    static LINE: RefCell<Option<OwnedFd>> = const { RefCell::new(None) };
}

/// The socket whose own address is `near` and which is connected to `far`.
pub fn owner(near: SocketAddr, far: SocketAddr) -> io::Result<Owner> {
    LINE.with_borrow_mut(|line| {
        let kernel = match line.take() {
            Some(kernel) => kernel,
            None => open()?,
        };
        let mut answer = [0u8; 4096];
        send(&kernel, &request(near, far), SendFlags::empty())?;
        let (_, length) = recv(&kernel, answer.as_mut_slice(), RecvFlags::empty())?;
        *line = Some(kernel);
        read_answer(answer.get(..length).unwrap_or_default(), near, far)
    })
}

fn open() -> io::Result<OwnedFd> {
    let flags = SocketFlags::CLOEXEC;
    let kernel = socket_with(AddressFamily::NETLINK, SocketType::DGRAM, flags, Some(netlink::SOCK_DIAG))?;
    sockopt::set_socket_timeout(&kernel, sockopt::Timeout::Recv, Some(PATIENCE))?;
    Ok(kernel)
}

/// `struct nlmsghdr` and `struct inet_diag_req_v2`, in the machine's byte order but for ports and addresses.
fn request(near: SocketAddr, far: SocketAddr) -> Vec<u8> {
    let mut message = Vec::with_capacity(HEADER + REQUEST);
    message.extend(u32::try_from(HEADER + REQUEST).unwrap_or(0).to_ne_bytes());
    message.extend(SOCK_DIAG_BY_FAMILY.to_ne_bytes());
    message.extend(NLM_F_REQUEST.to_ne_bytes());
    message.extend([0; 8]);
    message.extend([if near.is_ipv4() { AF_INET } else { AF_INET6 }, IPPROTO_TCP, 0, 0]);
    message.extend(ANY.to_ne_bytes());
    message.extend(addresses(near, far));
    message.extend(0u32.to_ne_bytes());
    message.extend(ANY.to_ne_bytes());
    message.extend(ANY.to_ne_bytes());
    message
}

/// The part of `struct inet_diag_sockid` that names the pair: ports, then both addresses in sixteen bytes each.
fn addresses(near: SocketAddr, far: SocketAddr) -> Vec<u8> {
    let mut id = Vec::with_capacity(36);
    id.extend(near.port().to_be_bytes());
    id.extend(far.port().to_be_bytes());
    for address in [near, far] {
        match address {
            SocketAddr::V4(v4) => {
                id.extend(v4.ip().octets());
                id.extend([0; 12]);
            }
            SocketAddr::V6(v6) => id.extend(v6.ip().octets()),
        }
    }
    id
}

/// Reads `struct inet_diag_msg`, and checks that it is about this pair: where there is no such connection, the kernel
/// may answer with a listener on the same port.
pub(super) fn read_answer(answer: &[u8], near: SocketAddr, far: SocketAddr) -> io::Result<Owner> {
    let odd = || io::Error::from(io::ErrorKind::InvalidData);
    let kind = u16::from_ne_bytes(bytes(answer, 4).ok_or_else(odd)?);
    if kind == NLMSG_ERROR {
        let code = i32::from_ne_bytes(bytes(answer, HEADER).ok_or_else(odd)?);
        return Err(io::Error::from_raw_os_error(code.saturating_neg()));
    }
    let message =
        answer.get(HEADER..HEADER + ANSWER).filter(|_| kind == SOCK_DIAG_BY_FAMILY).ok_or_else(odd)?;
    let (family, state) = (message[0], message[1]);
    let inode = u32::from_ne_bytes(bytes(message, 68).ok_or_else(odd)?);
    let uid = u32::from_ne_bytes(bytes(message, 64).ok_or_else(odd)?);
    let same = message.get(4..40) == Some(&addresses(near, far)) || is_mapped(family, message, near, far);
    if !same || !CONNECTED.contains(&state) || inode == 0 {
        return Err(io::ErrorKind::NotFound.into());
    }
    Ok(Owner { uid, inode: inode.into() })
}

/// An IPv6 socket that speaks IPv4 shows its addresses as `::ffff:a.b.c.d`.
fn is_mapped(family: u8, message: &[u8], near: SocketAddr, far: SocketAddr) -> bool {
    let mapped = |address: SocketAddr| match address {
        SocketAddr::V4(v4) => SocketAddr::from((v4.ip().to_ipv6_mapped(), v4.port())),
        SocketAddr::V6(_) => address,
    };
    family == AF_INET6 && message.get(4..40) == Some(&addresses(mapped(near), mapped(far)))
}

fn bytes<const N: usize>(message: &[u8], at: usize) -> Option<[u8; N]> {
    message.get(at..at + N)?.try_into().ok()
}
