//! Hand-outs to programs that take either: the provider's own token, or a gateway token where that cannot be released. They are
//! told why, and so is the person.

use crate::{
    Authority, Broker, Delivery, Error, HandOut, Sentence,
    flow::hand_out::{Along, provider_of},
};

impl HandOut {
    /// The same, with the reason why it is a gateway token though the program asked for the provider's own.
    pub(crate) fn instead(self, why: Option<&Sentence>) -> Self {
        let Some(why) = why.filter(|_| self.delivery == Delivery::Gateway) else { return self };
        Self { note: format!("{why} Instead: {}", self.note), ..self }
    }
}

impl Authority {
    /// The same for a gateway token, and why.
    pub(crate) fn at_gateway(self, why: Sentence) -> Self {
        Self { delivery: Delivery::Gateway, or_gateway: false, instead: Some(why), ..self }
    }
}

impl Broker {
    /// The token of a live lease that fits, else a new one.
    pub(crate) async fn hand_out_or_again(
        &self,
        authority: Authority,
        min_ttl: u32,
    ) -> Result<HandOut, Error> {
        if let Some(again) = self.live_hand_out(&authority, min_ttl)? {
            return Ok(again.instead(authority.instead.as_ref()));
        }
        match self.hand_out_as_wanted(authority.clone(), Along::Nothing).await {
            Err(Error::NotReleased(why)) if authority.or_gateway => {
                let gateway = authority.at_gateway(why);
                match self.live_hand_out(&gateway, min_ttl)? {
                    Some(again) => Ok(again.instead(gateway.instead.as_ref())),
                    None => self.hand_out_instead(gateway, Along::Nothing).await,
                }
            }
            outcome => outcome,
        }
    }

    /// Hands out a new token under an authority, and carries out what goes along with it in the same transaction. Where the
    /// provider's own cannot be released, a gateway token to a program that takes either.
    pub(crate) async fn hand_out(&self, authority: Authority, along: Along) -> Result<HandOut, Error> {
        if !authority.or_gateway {
            return self.hand_out_as_wanted(authority, along).await;
        }
        match self.hand_out_as_wanted(authority.clone(), along.clone()).await {
            Err(Error::NotReleased(why)) => self.hand_out_instead(authority.at_gateway(why), along).await,
            outcome => outcome,
        }
    }

    /// A gateway token in the place of the provider's own, if there is a gateway.
    async fn hand_out_instead(&self, authority: Authority, along: Along) -> Result<HandOut, Error> {
        let why = authority.instead.clone().unwrap_or_default();
        let none = self.look(|house| provider_of(house, &authority.account))??.api.is_empty();
        if none && authority.resource.is_none() {
            return Err(Error::NotReleased(why));
        }
        match self.hand_out_as_wanted(authority, along).await {
            Err(Error::InvalidTarget(_)) => Err(Error::NotReleased(why)),
            outcome => outcome,
        }
    }
}
