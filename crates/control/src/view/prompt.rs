//! What a prompt shows.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::{Conditions, Delivery, Duration, EvidenceView, Said, ScopeView, Timestamp};

/// A question that waits for the person. What it shows cannot change: `shown` is its hash.
#[derive(Clone, Debug, Deserialize, Serialize, TS)]
#[ts(export, export_to = "control.ts")]
pub struct PromptView {
    /// Its id.
    pub id: String,
    /// The hash of everything below; goes back with the decision.
    pub shown: String,
    /// Came at.
    pub asked_at: Timestamp,
    /// Ends in *deny* at.
    pub expires_at: Timestamp,
    /// The person has put it off: it waits, but does not come to the front.
    pub later: bool,
    /// What is asked.
    pub body: PromptBody,
}

/// What a prompt asks.
#[derive(Clone, Debug, Deserialize, Serialize, TS)]
#[serde(tag = "asks", rename_all = "snake_case")]
#[ts(export, export_to = "control.ts")]
#[expect(clippy::large_enum_variant, reason = "prompts are few and short-lived")]
pub enum PromptBody {
    /// A program wants access to an account.
    Access {
        /// The program's id.
        app: String,
        /// The name it gave itself, or its file's, cleaned.
        app_name: String,
        /// Registered over OAuth, and so named by itself (true), or known only by its file (false).
        registered: bool,
        /// What runs behind its file cannot be told, so a yes holds this one time only.
        nameless: bool,
        /// What was seen of its process.
        evidence: Option<EvidenceView>,
        /// Whether a browser brought the request (then the program is not proven at all).
        from_browser: bool,
        /// Where the code will be sent, e.g. `127.0.0.1:8912`; empty if the program itself waits.
        redirect_host: String,
        /// The provider's name.
        provider_name: String,
        /// The accounts it could be for; the first is preset.
        accounts: Vec<AccountChoice>,
        /// What it asks for.
        scopes: Vec<ScopeAsked>,
        /// How it wants the token handed over.
        delivery: Delivery,
        /// What a released token can really do, in a sentence; empty for the gateway.
        release_note: String,
        /// The same by its name.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[ts(optional)]
        release_said: Option<Said>,
        /// Why, in the program's own words, cleaned; empty if it did not say.
        purpose: String,
        /// Durations offered; the first is preset.
        durations: Vec<Duration>,
        /// The program has asked before and was allowed something.
        asked_before: bool,
        /// Why no consent answers, in a sentence.
        because: String,
        /// The same by its name.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[ts(optional)]
        because_said: Option<Said>,
        /// When allowing takes the passphrase: send it with the decision.
        passphrase: PassphraseRule,
        /// Where it could be allowed to hold only (`only` in the answer).
        conditions: Conditions,
        /// Why this account, where a route chose it; empty if none did.
        route: String,
        /// The same by its name.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[ts(optional)]
        route_said: Option<Said>,
        /// Names of other programs that look like this one's (UTS 39); empty if none.
        looks_like: Vec<String>,
        /// It signs in as a device (RFC 8628): to allow, the person types the code that it shows itself.
        #[serde(default)]
        types_code: bool,
    },
    /// A command at a terminal wants to do something that widens access.
    Action {
        /// What, as a question.
        question: String,
        /// The same by its name.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[ts(optional)]
        question_said: Option<Said>,
        /// Details, line by line.
        details: Vec<String>,
        /// Each of these lines by its name; `None`: words of others.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        #[ts(as = "Option<Vec<Option<Said>>>", optional)]
        details_said: Vec<Option<Said>>,
        /// What was seen of the process that asks.
        evidence: Option<EvidenceView>,
    },
}

/// When allowing takes the passphrase and not only a click.
#[derive(Clone, Copy, Debug, Default, Deserialize, Serialize, TS, PartialEq, Eq)]
#[ts(export, export_to = "control.ts")]
pub struct PassphraseRule {
    /// If the provider's own token is handed out.
    pub release: bool,
    /// If a scope of high risk is among those allowed.
    pub high_risk: bool,
    /// Whatever is allowed.
    pub always: bool,
}

/// An account offered in a prompt.
#[derive(Clone, Debug, Deserialize, Serialize, TS)]
#[ts(export, export_to = "control.ts")]
pub struct AccountChoice {
    /// The account's id.
    pub id: String,
    /// The person's own name for it.
    pub label: String,
    /// What the provider calls it.
    pub name: String,
    /// Letters for the provider's mark.
    pub mark: String,
    /// Colour of the mark.
    pub colour: String,
}

/// A scope in a prompt.
#[derive(Clone, Debug, Deserialize, Serialize, TS)]
#[ts(export, export_to = "control.ts")]
pub struct ScopeAsked {
    /// The scope in words.
    pub scope: ScopeView,
    /// Not allowed to this program before.
    pub new: bool,
}
