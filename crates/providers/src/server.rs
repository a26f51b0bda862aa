//! An authorization server with its addresses known: what all calls start from.

use broker::{Provider, provider::Endpoints};

use crate::address::Reach;

/// A provider, and where its endpoints are.
#[derive(Clone, Debug)]
pub(crate) struct Server {
    pub(crate) provider: Provider,
    pub(crate) endpoints: Endpoints,
    pub(crate) openid: bool,
}

impl Server {
    /// How far its addresses may reach.
    pub(crate) fn reach(&self) -> Reach {
        Reach::of(self.provider.private)
    }

    /// Its name, for errors.
    pub(crate) fn name(&self) -> &str {
        &self.provider.name
    }

    /// Whether `named` is its issuer, byte for byte; in a template, `{tenantid}` stands for `tenant`, or for any
    /// one segment where no tenant is known (DM-02). `None`: its issuer is not known.
    pub(crate) fn is_issuer(&self, named: &str, tenant: Option<&str>) -> Option<bool> {
        let issuer = self.provider.issuer.as_deref()?;
        if !self.provider.issuer_is_template {
            return Some(named == issuer);
        }
        let (head, tail) = issuer.split_once("{tenantid}").unwrap_or((issuer, ""));
        let middle = named.strip_prefix(head).and_then(|rest| rest.strip_suffix(tail));
        Some(middle.is_some_and(|middle| match tenant {
            Some(tenant) => middle == tenant && is_segment(tenant),
            None => is_segment(middle),
        }))
    }
}

fn is_segment(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
}
