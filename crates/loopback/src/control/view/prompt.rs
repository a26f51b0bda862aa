//! Questions that wait for the person. The hash beside each is of the question itself, so that an answer to something
//! else than what is open is noticed (UI-08).

use broker::{
    AccessQuestion, Asks, Prompt, ReleaseEnd, Sentence, messages::questions, spanned, text::skeleton,
};
use control::{AccountChoice, EvidenceView, PassphraseRule, PromptBody, PromptView, ScopeAsked};

use super::{Names, View, conditions, delivery, duration, evidence, lines, scope, time, told};

impl View<'_> {
    /// What waits, oldest first.
    pub fn prompts(&self) -> Vec<PromptView> {
        self.broker.prompts().iter().map(|prompt| self.prompt(prompt)).collect()
    }

    /// One question.
    pub fn prompt(&self, prompt: &Prompt) -> PromptView {
        PromptView {
            id: prompt.id.to_string(),
            shown: prompt.shown(),
            asked_at: time(prompt.asked_at),
            expires_at: time(prompt.expires_at),
            later: self.broker.is_put_off(&prompt.id),
            body: match &prompt.asks {
                Asks::Access(question) => self.access(question),
                Asks::Action { question, details, caller } => {
                    action(question, details, caller.as_ref().map(|caller| evidence(caller, false)))
                }
            },
        }
    }

    fn access(&self, question: &AccessQuestion) -> PromptBody {
        // Nothing is known while the vault is closed, and then there are no such questions.
        let names = Names::of(self.broker).unwrap_or_default();
        let provider = self.broker.provider(question.provider.as_str()).ok().map(|info| info.provider);
        let provider_name =
            provider.as_ref().map_or_else(|| question.provider.to_string(), |p| p.name.clone());
        let asked = |word: &broker::Scope| ScopeAsked {
            scope: scope(provider.as_deref(), word),
            new: !question.allowed_before.contains(word),
        };
        let (release_note, release_said) = told(&release_note(question, &provider_name));
        let (route, route_said) = told(&question.route);
        PromptBody::Access {
            app: question.app.to_string(),
            app_name: question.app_name.clone(),
            registered: question.registered,
            nameless: question.nameless,
            evidence: question.caller.as_ref().map(|caller| evidence(caller, question.changed)),
            from_browser: question.from_browser,
            redirect_host: question.redirect_host.clone(),
            accounts: accounts(question, &names),
            scopes: question.scopes.iter().map(asked).collect(),
            delivery: delivery(question.delivery),
            release_note,
            release_said,
            provider_name,
            purpose: question.purpose.clone(),
            durations: question.durations.iter().copied().map(duration).collect(),
            asked_before: !question.allowed_before.is_empty(),
            because: question.because.clone(),
            because_said: question.because_said.as_ref().map(super::said),
            passphrase: PassphraseRule {
                release: question.passphrase.release,
                high_risk: question.passphrase.high_risk,
                always: question.passphrase.always,
            },
            conditions: conditions(&question.conditions),
            route,
            route_said,
            looks_like: looks_like(question, &names),
            types_code: question.user_code.is_some(),
        }
    }
}

/// Other programs whose names a person could take for this one's (UI-05).
fn looks_like(question: &AccessQuestion, names: &Names) -> Vec<String> {
    let own = skeleton(&question.app_name);
    let others = names.apps.values().filter(|app| app.id != question.app && skeleton(&app.name) == own);
    let mut others: Vec<_> = others.map(|app| app.name.clone()).collect();
    others.sort();
    others.dedup();
    others
}

fn accounts(question: &AccessQuestion, names: &Names) -> Vec<AccountChoice> {
    let known = question.accounts.iter().filter_map(|id| names.accounts.get(id));
    let choice = |info: &broker::AccountInfo| AccountChoice {
        id: info.account.id.to_string(),
        label: info.account.label.clone(),
        name: info.account.name.clone(),
        mark: info.provider.mark.clone(),
        colour: info.provider.colour.clone(),
    };
    known.map(choice).collect()
}

fn action(question: &Sentence, details: &[Sentence], evidence: Option<EvidenceView>) -> PromptBody {
    let (question, question_said) = told(question);
    let (details, details_said) = lines(details);
    PromptBody::Action { question, question_said, details, details_said, evidence }
}

/// What the person is told of a token that leaves, before it does.
fn release_note(question: &AccessQuestion, provider: &str) -> Sentence {
    let Some(end) = question.release else { return Sentence::default() };
    let ends = match end {
        ReleaseEnd::WithConsent => questions::ENDS_WITH_CONSENT.sentence(),
        ReleaseEnd::ByItself { seconds } => {
            let life = seconds.map_or_else(|| questions::A_DAY.sentence(), |seconds| spanned(seconds.into()));
            questions::ENDS_BY_ITSELF.with([("span", &life)])
        }
    };
    let less = match question.narrowing.as_deref() {
        None => Sentence::default(),
        Some([]) => questions::NO_LESS.with([("provider", &provider)]),
        Some(_) => questions::ONLY_LESS.with([("provider", &provider)]),
    };
    questions::LEAVES.with([("provider", &provider)]).then(&ends).then(&less)
}
