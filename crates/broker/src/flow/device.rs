//! The device flow (RFC 8628): a program shows a code, the person types it into Keylodge's own prompt, and the program
//! polls for its token.
//!
//! The program is on this machine, so its request lays the question on the desk at once: with what was seen of its
//! process, and closed until the code is typed that stands on the program's own screen. A code that somebody sends to
//! the person fits no question here (RFC 8628 §5.4).

use crate::{
    AccessRequest, App, AppId, Asks, AuditKind, Authority, Broker, Change, Error, HandOut, KeyThumbprint,
    Prompt, RequestOrigin, Secret, TokenHash, UserCode,
    broker::About,
    device_code::{DEVICE_SECONDS, DeviceCode, INTERVAL_SECONDS},
    flow::weighing::{Weighed, witnessed},
    house::House,
    messages::{refusals, trail},
};

/// What a program is told when it asks for a device code (RFC 8628 §3.2).
#[derive(Debug)]
pub struct DeviceAuthorization {
    /// What it polls with; 256 bits.
    pub device_code: Secret<String>,
    /// What it shows.
    pub user_code: Secret<String>,
    /// Life of both, in seconds.
    pub expires_in: u32,
    /// Seconds between two polls.
    pub interval: u32,
}

/// So many open requests a program may have, and so many there are in all (DOS-02).
const MAX_OPEN_OF_ONE_APP: usize = 8;
const MAX_IN_ALL: usize = 256;

impl Broker {
    /// Lays a program's question on the desk, whatever was allowed before, and gives it the two codes. A question of
    /// the same program that waits already is withdrawn: its code is no longer on the screen.
    ///
    /// # Errors
    /// Those of [`Broker::may_ask`], and [`Error::TooMany`].
    pub async fn begin_device(&self, access: AccessRequest) -> Result<DeviceAuthorization, Error> {
        let (shown, user_code) = UserCode::generate(self.entropy());
        let access = AccessRequest { origin: RequestOrigin::Device { user_code }, ..access };
        let Weighed::Ask(mut question) = self.look(|house| self.weigh(house, &access))?? else {
            return Err(Error::Bug("a device request was answered without asking".to_owned()));
        };
        if let Some(caller) = witnessed(&access).await? {
            question.caller = Some(caller);
        }
        let device_code = self.fresh_token();
        let hash = TokenHash::of(&device_code);
        let new = DeviceCode::new(access.app.clone(), self.now());
        self.touch(|house| self.make_room(house, new.app()))??;
        let outcome = self.lay(Asks::Access(question), DEVICE_SECONDS)?;
        self.touch(|house| {
            house
                .device_codes
                .values_mut()
                .filter(|older| older.app() == new.app())
                .for_each(DeviceCode::superseded);
            house.device_codes.insert(hash.clone(), new);
        })?;
        let broker = self.clone();
        self.0.ports.surroundings.run(Box::pin(async move {
            let choice = outcome.await.unwrap_or(None);
            let decided = choice.map(|choice| broker.allowed_by(choice, &access.app, &access));
            // While the vault is closed there are no device codes either.
            let _ = broker.touch(|house| {
                if let Some(code) = house.device_codes.get_mut(&hash) {
                    code.decided(decided);
                }
            });
        }));
        Ok(DeviceAuthorization {
            device_code,
            user_code: shown,
            expires_in: DEVICE_SECONDS,
            interval: INTERVAL_SECONDS,
        })
    }

    /// Answers a poll: with a token once the person has allowed it, and from then on with nothing. `key` is the key that
    /// was proven (RFC 9449 §5).
    ///
    /// # Errors
    /// [`Error::AuthorizationPending`], [`Error::SlowDown`], [`Error::ExpiredToken`], [`Error::ConsentDenied`], and
    /// [`Error::InvalidGrant`] for a code that is unknown, used up or another program's.
    pub async fn redeem_device(
        &self,
        app: &App,
        device_code: &Secret<String>,
        key: Option<KeyThumbprint>,
    ) -> Result<HandOut, Error> {
        let (hash, now) = (TokenHash::of(device_code), self.now());
        let (code, authority) = self.touch(|house| {
            let code = house.device_codes.get_mut(&hash).ok_or_else(unknown)?;
            let authority = code.poll(&app.id, now)?;
            let code = house.device_codes.remove(&hash).ok_or_else(unknown)?;
            Ok::<_, Error>((code, authority))
        })??;
        let outcome = self.first_hand_out(app, Authority { key, ..authority.clone() }).await;
        if outcome.is_err() {
            // Nothing was given (the provider may be away): the program may ask again while the code lives.
            self.touch(|house| {
                let mut code = code;
                code.decided(Some(Ok(authority)));
                house.device_codes.insert(hash, code);
            })?;
        }
        outcome.map(|(hand_out, _)| hand_out)
    }

    /// The person typed another code than the one that belongs to this question. The last try ends it (OAU-12).
    pub(crate) async fn wrong_user_code(&self, prompt: &Prompt) -> Error {
        let left = self.desk().wrong_code(&prompt.id);
        let wrong = match left {
            None => return Error::Stale,
            Some(0) => refusals::LAST_CODE.sentence(),
            Some(left) => refusals::WRONG_CODE.with([("left", &left)]),
        };
        if left == Some(0) {
            self.end_guessing(prompt).await;
        }
        Error::InvalidRequest(wrong)
    }

    async fn end_guessing(&self, prompt: &Prompt) {
        if let Some(answerable) = self.desk().take(&prompt.id) {
            answerable.answer(&None);
        }
        let Some(app) = prompt.app().cloned() else { return };
        self.desk().note(&app, true, self.now());
        self.notify_waiting();
        let broker = self.clone();
        let kept = self.change(move |house| {
            let sentence = trail::WRONG_CODES.sentence();
            let fact = broker.event(house, AuditKind::Refused, About::app(&app), sentence);
            Ok((vec![Change::Audit(fact)], ()))
        });
        if let Err(error) = kept.await {
            tracing::warn!(%error, "that too many wrong codes were typed could not be written down");
        }
    }

    /// Makes room for one more device code, at the cost of those that lead nowhere any more.
    fn make_room(&self, house: &mut House, app: &AppId) -> Result<(), Error> {
        let now = self.now();
        let codes = &mut house.device_codes;
        if codes.len() >= MAX_IN_ALL {
            codes.retain(|_, code| code.is_open(now));
        }
        let of_app = codes.values().filter(|code| code.app() == app && code.is_open(now)).count();
        if codes.len() >= MAX_IN_ALL || of_app >= MAX_OPEN_OF_ONE_APP {
            return Err(Error::TooMany("Too many device codes are out already. Ask again later.".into()));
        }
        Ok(())
    }
}

fn unknown() -> Error {
    Error::InvalidGrant("This device code is not known, or it was used already. Start again.".into())
}
