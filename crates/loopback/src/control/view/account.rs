//! Accounts, and sign-ins under way.

use broker::{
    AccountInfo, DeviceCode, Error, HeldSignIn, Narrowing, SignInBegun, VaultState, messages,
    provider::Sureness,
};
use control::{
    AccountView, ByHand, DeviceCodeView, Health, HealthState, Mend, NarrowingView, SignInStarted,
    SignInState, SignInView,
};
use url::Url;

use super::{View, lines, provider::word, scope, time};
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
            health: health(info),
            scopes: info.scopes.iter().map(|word| scope(Some(provider), word)).collect(),
            added_at: time(account.added_at),
            gateway_url: gateway.unwrap_or_default(),
            apps: info.apps.clone(),
            company: account.company().map(str::to_owned),
            narrowing: self.narrowing(info),
            sign_ins: info.sign_ins.iter().map(|held| sign_in(info, held)).collect(),
            parts: info.parts.iter().map(|word| scope(Some(provider), word)).collect(),
        }
    }

    /// The ways of narrowing there, as the entry says or the first answer showed.
    fn narrowing(&self, info: &AccountInfo) -> Vec<NarrowingView> {
        let ways = self.broker.narrowing_of(info.account.id.as_str()).unwrap_or_default();
        let view = |(way, sure): (Narrowing, Sureness)| NarrowingView {
            way: word(&way),
            sure: sure == Sureness::High,
            fails: sure == Sureness::Low,
            tried: info.tried.contains(&way),
        };
        ways.into_iter().map(view).collect()
    }

    /// A sign-in that has begun.
    pub fn sign_in_begun(begun: &SignInBegun) -> SignInStarted {
        SignInStarted {
            sign_in: begun.id.to_string(),
            authorize_url: begun.authorize_url.as_ref().map(Url::to_string).unwrap_or_default(),
            redirect_uri: begun.redirect_uri.as_ref().map(Url::to_string).unwrap_or_default(),
            expires_at: time(begun.expires_at),
            browser_opened: begun.browser_opened,
            by_hand: begun.by_hand.map(|by_hand| match by_hand {
                broker::ByHand::Address => ByHand::Address,
                broker::ByHand::Code => ByHand::Code,
            }),
            device: begun.device.as_ref().map(|code| device_code(code, begun.expires_at)),
        }
    }

    /// How a sign-in is.
    pub fn sign_in_state(&self, state: broker::SignInState, vault: VaultState) -> Result<SignInState, Error> {
        Ok(match state {
            broker::SignInState::Pending => SignInState::Pending,
            broker::SignInState::Completed { account, notes } => {
                let info = self.broker.account(account.as_str())?;
                let (notes, notes_said) = lines(&notes);
                SignInState::Completed { account: self.account(&info), notes, notes_said }
            }
            broker::SignInState::Failed(error) => {
                SignInState::Failed { failure: failure::told(self.broker, &error, vault) }
            }
        })
    }
}

fn sign_in(info: &AccountInfo, held: &HeldSignIn) -> SignInView {
    SignInView {
        id: held.id.to_string(),
        separate: held.separate,
        scopes: held.scopes.iter().map(|word| scope(Some(&info.provider), word)).collect(),
        since: time(held.since),
        works: held.works,
        apps: held.apps.clone(),
        released_to: held.released_to.clone(),
    }
}

/// RFC 8628 §5.4: whoever sends one a code wants one's account.
const DEVICE_WARNING: &str = "Type only a code that you asked for here just now. If somebody else sent you one, they want your account.";

fn device_code(code: &DeviceCode, expires_at: broker::Timestamp) -> DeviceCodeView {
    DeviceCodeView {
        user_code: code.user_code.clone(),
        verification_uri: code.verification_uri.to_string(),
        verification_uri_complete: code
            .verification_uri_complete
            .as_ref()
            .map(Url::to_string)
            .unwrap_or_default(),
        expires_at: time(expires_at),
        warning: DEVICE_WARNING.to_owned(),
    }
}

fn health(info: &AccountInfo) -> Health {
    let mut said = None;
    let (state, reason, mend) = match &info.health {
        broker::Health::Working => (HealthState::Working, String::new(), None),
        broker::Health::NeedsSignIn { why, mend, said: named } => {
            said = named.as_ref().map(super::said);
            (HealthState::NeedsSignIn, why.clone(), Some(self::mend(*mend)))
        }
        broker::Health::ProviderAway => {
            let silent = messages::health::SILENT.sentence();
            said = silent.said().map(super::said);
            (HealthState::ProviderAway, silent.to_string(), Some(Mend::Wait))
        }
    };
    let soon = info.notice.as_ref();
    let notice_said = soon.and_then(|soon| soon.told.said()).map(super::said);
    let mend = mend.or_else(|| soon.and_then(|soon| soon.mend).map(self::mend));
    Health { state, reason, said, mend, notice: soon.map(|soon| soon.told.to_string()), notice_said }
}

fn mend(mend: broker::Mend) -> Mend {
    match mend {
        broker::Mend::SignInAgain => Mend::SignInAgain,
        broker::Mend::CheckClient => Mend::CheckClient,
        broker::Mend::EnterSecret => Mend::EnterSecret,
        broker::Mend::SetClock => Mend::SetClock,
        broker::Mend::AskAdministrator => Mend::AskAdministrator,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn uc_25_oau_11_the_code_is_shown_with_its_page_and_a_warning() {
        let page = Url::parse("https://acme.example/activate").expect("an address");
        let code = DeviceCode {
            user_code: "WDJB-MJHT".into(),
            verification_uri: page.clone(),
            verification_uri_complete: None,
            expires_in: 900,
        };
        let shown = device_code(&code, broker::Timestamp(7));
        assert_eq!((shown.user_code.as_str(), shown.verification_uri.as_str()), ("WDJB-MJHT", page.as_str()));
        assert!(shown.warning.contains("somebody else"));
        assert_eq!(shown.expires_at.0, 7);
    }
}
