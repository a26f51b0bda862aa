//! Accounts, and sign-ins under way.

use broker::{AccountInfo, Error, SignInBegun, VaultState};
use control::{AccountView, Health, HealthState, SignInStarted, SignInState};

use super::{View, scope, time};
use crate::control::failure;

impl View<'_> {
    /// All accounts.
    pub fn accounts(&self) -> Result<Vec<AccountView>, Error> {
        Ok(self.broker.accounts()?.iter().map(|info| self.account(info)).collect())
    }

    /// One account.
    pub fn account(&self, info: &AccountInfo) -> AccountView {
        let AccountInfo { account, provider, .. } = info;
        let gateway = provider.has_gateway().then(|| self.broker.gateway_url(&account.id));
        AccountView {
            id: account.id.to_string(),
            provider: provider.id.to_string(),
            provider_name: provider.name.clone(),
            mark: provider.mark.clone(),
            colour: provider.colour.clone(),
            label: account.label.clone(),
            name: account.name.clone(),
            health: health(&info.health),
            scopes: info.scopes.iter().map(|word| scope(Some(provider), word)).collect(),
            added_at: time(account.added_at),
            gateway_url: gateway.unwrap_or_default(),
            apps: info.apps.clone(),
        }
    }

    /// A sign-in that has begun.
    pub fn sign_in_begun(begun: &SignInBegun) -> SignInStarted {
        SignInStarted {
            sign_in: begun.id.to_string(),
            authorize_url: begun.authorize_url.to_string(),
            redirect_uri: begun.redirect_uri.to_string(),
            expires_at: time(begun.expires_at),
            browser_opened: begun.browser_opened,
        }
    }

    /// How a sign-in is.
    pub fn sign_in_state(&self, state: broker::SignInState, vault: VaultState) -> Result<SignInState, Error> {
        Ok(match state {
            broker::SignInState::Pending => SignInState::Pending,
            broker::SignInState::Completed { account, notes } => {
                let info = self.broker.account(account.as_str())?;
                SignInState::Completed { account: self.account(&info), notes }
            }
            broker::SignInState::Failed(error) => {
                SignInState::Failed { failure: failure::told(self.broker, &error, vault) }
            }
        })
    }
}

fn health(health: &broker::Health) -> Health {
    match health {
        broker::Health::Working => Health { state: HealthState::Working, reason: String::new() },
        broker::Health::NeedsSignIn(why) => Health { state: HealthState::NeedsSignIn, reason: why.clone() },
        broker::Health::ProviderAway => Health {
            state: HealthState::ProviderAway,
            reason: "The provider did not answer last time. Keylodge tries again when a program asks."
                .to_owned(),
        },
    }
}
