//! Resolves names, and hands the HTTP client only addresses that may be called, so that what was checked is what is
//! connected to (no second look-up that could answer otherwise).

use std::{io, net::IpAddr, net::SocketAddr, sync::Arc};

use async_trait::async_trait;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};

use crate::address::{Reach, is_localhost, private_address};

/// Finds the addresses of a name.
#[async_trait]
pub trait Names: Send + Sync {
    /// All addresses of `name`.
    async fn addresses(&self, name: &str) -> io::Result<Vec<IpAddr>>;
}

/// The operating system's resolver.
pub struct SystemNames;

#[async_trait]
impl Names for SystemNames {
    async fn addresses(&self, name: &str) -> io::Result<Vec<IpAddr>> {
        Ok(tokio::net::lookup_host((name, 0)).await?.map(|found| found.ip()).collect())
    }
}

/// A name led to addresses that may not be called.
#[derive(Debug, thiserror::Error)]
#[error("{}", private_address(.0))]
pub(crate) struct NotPublic(String);

/// A resolver that leaves out what must not be called (DM-07, UPS-01).
pub(crate) struct GuardedNames {
    pub(crate) names: Arc<dyn Names>,
    pub(crate) reach: Reach,
}

impl Resolve for GuardedNames {
    fn resolve(&self, name: Name) -> Resolving {
        let (names, reach) = (Arc::clone(&self.names), self.reach);
        Box::pin(async move {
            let found = names.addresses(name.as_str()).await?;
            let allowed: Vec<SocketAddr> = found
                .into_iter()
                .filter(|ip| fits(reach, name.as_str(), *ip))
                .map(|ip| (ip, 0).into())
                .collect();
            if allowed.is_empty() {
                return Err(NotPublic(name.as_str().to_owned()).into());
            }
            Ok(Box::new(allowed.into_iter()) as Addrs)
        })
    }
}

/// Plain http is let through for the name `localhost`, so that name must mean this machine.
fn fits(reach: Reach, name: &str, ip: IpAddr) -> bool {
    reach.admits(ip) && (!is_localhost(name) || ip.is_loopback())
}
