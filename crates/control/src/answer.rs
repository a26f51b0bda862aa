//! What the broker answers.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::{
    AccountView, ActivityCount, ActivityPage, AppView, AuditVerified, AutostartView, ConsentView, Failure,
    Finding, LeaseView, PolicyView, PromptView, ProviderFileView, ProviderView, RouteExplained, RouteView,
    Said, SettingView, Status, Timestamp,
};

/// The outcome of one [`Request`](crate::Request).
#[derive(Clone, Debug, Deserialize, Serialize, TS)]
#[serde(tag = "is", content = "it", rename_all = "snake_case")]
#[ts(export, export_to = "control.ts")]
pub enum Answer {
    /// It was carried out.
    Done,
    /// How the broker is.
    Status(Status),
    /// All providers.
    Providers(Vec<ProviderView>),
    /// One provider.
    Provider(ProviderView),
    /// Files that propose providers.
    ProviderFiles {
        /// The folder they are read from.
        folder: String,
        /// Each of them.
        files: Vec<ProviderFileView>,
    },
    /// The public half of our key at a provider, to be registered there.
    ClientKey {
        /// As a JWK (RFC 7517), in JSON.
        jwk: String,
    },
    /// A sign-in has begun.
    SignIn(SignInStarted),
    /// How a sign-in is.
    SignInState(SignInState),
    /// All accounts.
    Accounts(Vec<AccountView>),
    /// One account.
    Account(AccountView),
    /// An account was removed here; `upstream` says in a sentence what happened at the provider.
    Removed {
        /// What was revoked there, or what could not be and where to do it by hand.
        upstream: String,
        /// The same by its name.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[ts(optional)]
        said: Option<Said>,
    },
    /// All programs.
    Apps(Vec<AppView>),
    /// One program.
    App(AppView),
    /// What waits for the person.
    Prompts(Vec<PromptView>),
    /// One prompt.
    Prompt(PromptView),
    /// All consents.
    Consents(Vec<ConsentView>),
    /// One consent.
    Consent(ConsentView),
    /// Live leases.
    Leases(Vec<LeaseView>),
    /// A page of events, newest first.
    ActivityPage(ActivityPage),
    /// How many events there were, oldest first.
    ActivityCounts(Vec<ActivityCount>),
    /// Everything that can be set.
    Settings(Vec<SettingView>),
    /// What an administrator has laid down.
    Policy(PolicyView),
    /// What was looked at, and how it is.
    Diagnostics(Vec<Finding>),
    /// All routes.
    Routes(Vec<RouteView>),
    /// One route.
    Route(RouteView),
    /// What each route says to a place.
    RouteExplained(RouteExplained),
    /// What a look at the whole trail found.
    AuditVerified(AuditVerified),
    /// Whether Keylodge starts with the session.
    Autostart(AutostartView),
}

/// A sign-in that waits for the person in the browser.
#[derive(Clone, Debug, Deserialize, Serialize, TS)]
#[ts(export, export_to = "control.ts")]
pub struct SignInStarted {
    /// Its id.
    pub sign_in: String,
    /// What the browser opens; holds a challenge and a state, no secret. Empty where nothing is to be opened.
    pub authorize_url: String,
    /// The address the provider will send the browser back to; empty where it sends none.
    pub redirect_uri: String,
    /// When it is given up.
    pub expires_at: Timestamp,
    /// Whether the system browser was opened.
    pub browser_opened: bool,
    /// What to show for a sign-in by device code; `None` for the others.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub device: Option<DeviceCodeView>,
    /// What the person must bring from the browser with `SignInPaste`; `None`: it comes back by itself, or nothing is
    /// opened.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub by_hand: Option<ByHand>,
}

/// What the person carries over from the browser, where the provider cannot send it back to this machine.
#[derive(Clone, Copy, Debug, Deserialize, Serialize, TS, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
#[ts(export, export_to = "control.ts")]
pub enum ByHand {
    /// The whole address of the page where the browser ends up, which may be empty or fail to open.
    Address,
    /// The code that the provider's page shows.
    Code,
}

/// The code and the page where it is typed (RFC 8628 §3.3): always shown together. Only a code that one asked for
/// oneself may be typed there (§5.4).
#[derive(Clone, Debug, Deserialize, Serialize, TS, PartialEq, Eq)]
#[ts(export, export_to = "control.ts")]
pub struct DeviceCodeView {
    /// The code, as the provider writes it, e.g. `WDJB-MJHT`.
    pub user_code: String,
    /// The page to open, on this or another device.
    pub verification_uri: String,
    /// The same with the code in it, for a QR code; empty if the provider gave none.
    pub verification_uri_complete: String,
    /// When the code ends.
    pub expires_at: Timestamp,
    /// The warning to show beside it.
    pub warning: String,
}

/// How a sign-in is.
#[derive(Clone, Debug, Deserialize, Serialize, TS)]
#[serde(tag = "state", rename_all = "snake_case")]
#[ts(export, export_to = "control.ts")]
#[expect(clippy::large_enum_variant, reason = "answers are built, written and dropped one at a time")]
pub enum SignInState {
    /// Waits for the browser to come back.
    Pending,
    /// The browser came back; the code is being exchanged.
    CodeReceived,
    /// The account is there.
    Completed {
        /// The new or renewed account.
        account: AccountView,
        /// What the person should know, e.g. that the provider granted less than was asked.
        notes: Vec<String>,
        /// Each of these lines by its name; `None`: words of others.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        #[ts(as = "Option<Vec<Option<Said>>>", optional)]
        notes_said: Vec<Option<Said>>,
    },
    /// It ended without an account.
    Failed {
        /// Why, and the way on.
        failure: Failure,
    },
}
