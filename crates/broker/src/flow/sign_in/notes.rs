//! What the person is told of a sign-in, and how the new account is called.

use crate::{Provider, ScopeSet, Sentence, SignedIn, house::House, messages::questions};

/// What the person should know of a sign-in that worked.
pub(super) fn notes_on(
    provider: &Provider,
    asked: &ScopeSet,
    granted: &ScopeSet,
    signed_in: &SignedIn,
) -> Vec<Sentence> {
    let mut notes = Vec::new();
    let less = asked.without(&provider.with_included(granted));
    let more = granted.without(&provider.with_included(asked));
    if !less.is_empty() {
        notes.push(questions::GRANTED_LESS.with([("provider", &provider.name), ("scopes", &less)]));
    }
    if !more.is_empty() {
        notes.push(questions::GRANTED_MORE.with([("provider", &provider.name), ("scopes", &more)]));
    }
    if signed_in.tokens.refresh_token.is_none() && signed_in.tokens.expires_in.is_some() {
        notes.push(questions::NO_REFRESH.with([("provider", &provider.name)]));
    }
    notes
}

/// The wanted label, or the first of "label (provider)", "label 2", … that is free.
pub(super) fn free_label(house: &House, wanted: &str, provider: &str) -> String {
    let taken = |label: &str| house.accounts.values().any(|account| account.label == label);
    let numbered = (2..).map(|n| format!("{wanted} {n}"));
    let mut labels = [wanted.to_owned(), format!("{wanted} ({provider})")].into_iter().chain(numbered);
    labels.find(|label| !taken(label)).unwrap_or_else(|| wanted.to_owned())
}
