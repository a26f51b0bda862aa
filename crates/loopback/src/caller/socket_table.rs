//! The kernel's table of TCP sockets (`/proc/net/tcp`, `/proc/net/tcp6`), for what `sock_diag` is not there for.

use std::{
    fs,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
};

use super::sock_diag::Owner;

pub(super) struct Row {
    near: SocketAddr,
    far: SocketAddr,
    state: u8,
    owner: Owner,
}

const LISTENS: u8 = 0x0a;
const CONNECTED: [u8; 5] = [1, 4, 5, 8, 9];

/// The socket whose own address is `near` and which is connected to `far`.
pub fn owner(near: SocketAddr, far: SocketAddr) -> Option<Owner> {
    let pair = |row: &Row| row.near == near && row.far == far && CONNECTED.contains(&row.state);
    rows().into_iter().find(|row| pair(row) && row.owner.inode != 0).map(|row| row.owner)
}

/// The socket that a connection to this port of 127.0.0.1 or `[::1]` reaches; the more exact address wins.
pub fn listener(port: u16) -> Option<Owner> {
    let here = |row: &Row| {
        row.state == LISTENS
            && row.near.port() == port
            && (row.near.ip().is_loopback() || row.near.ip().is_unspecified())
    };
    let listeners = rows().into_iter().filter(here);
    listeners.min_by_key(|row| row.near.ip().is_unspecified()).map(|row| row.owner)
}

fn rows() -> Vec<Row> {
    let tables = ["/proc/self/net/tcp", "/proc/self/net/tcp6"]
        .map(|path| fs::read_to_string(path).unwrap_or_default());
    tables.iter().flat_map(|table| table.lines().skip(1)).filter_map(parse).collect()
}

/// `sl local remote state queues timer retransmits uid timeout inode …`
pub(super) fn parse(line: &str) -> Option<Row> {
    let fields: Vec<&str> = line.split_ascii_whitespace().collect();
    Some(Row {
        near: address(fields.get(1)?)?,
        far: address(fields.get(2)?)?,
        state: u8::from_str_radix(fields.get(3)?, 16).ok()?,
        owner: Owner { uid: fields.get(7)?.parse().ok()?, inode: fields.get(9)?.parse().ok()? },
    })
}

/// Addresses stand as 32-bit words in the machine's byte order; IPv4 within IPv6 is made IPv4.
fn address(text: &str) -> Option<SocketAddr> {
    let (ip, port) = text.split_once(':')?;
    let words: Vec<u8> = (0..ip.len() / 8)
        .map(|at| u32::from_str_radix(ip.get(at * 8..at * 8 + 8)?, 16).ok())
        .collect::<Option<Vec<_>>>()?
        .into_iter()
        .flat_map(u32::to_ne_bytes)
        .collect();
    let ip: IpAddr = match words.len() {
        4 => Ipv4Addr::from(<[u8; 4]>::try_from(words).ok()?).into(),
        16 => Ipv6Addr::from(<[u8; 16]>::try_from(words).ok()?).to_canonical(),
        _ => return None,
    };
    Some(SocketAddr::new(ip, u16::from_str_radix(port, 16).ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(target_endian = "little")]
    #[test]
    fn addresses_are_read_as_the_kernel_writes_them() {
        let read = |text| address(text).map(|address| address.to_string());
        assert_eq!(read("0100007F:1513").as_deref(), Some("127.0.0.1:5395"));
        assert_eq!(read("00000000000000000000000001000000:0050").as_deref(), Some("[::1]:80"));
        assert_eq!(read("0000000000000000FFFF00000100007F:0050").as_deref(), Some("127.0.0.1:80"));
        assert_eq!(read("7F:0050"), None);
    }
}
