//! Says which window may ask what.
//!
//! Tauri's capability files give each window its own commands; these rules hold even if those files are
//! wrong, and they are finer: the main window can never answer a prompt, the prompt can do nothing else.

use control::{Choice, Failure, FailureCode, Request};

use crate::windows::{MAIN, PROMPT};

/// Whether the window called `label` may ask this through `call`.
pub fn main(label: &str, request: &Request) -> Result<(), Failure> {
    let allowed = label == MAIN && !matches!(request, Request::RequestDecide { .. });
    allowed.then_some(()).ok_or_else(wrong_door)
}

/// Whether the window called `label` is the main window.
pub fn main_only(label: &str) -> Result<(), Failure> {
    (label == MAIN).then_some(()).ok_or_else(wrong_door)
}

/// Whether the window called `label` may ask this through `prompt_call`.
pub fn prompt(label: &str, request: &Request) -> Result<(), Failure> {
    let fits = matches!(
        request,
        Request::RequestList
            | Request::RequestShow { .. }
            | Request::RequestDecide { .. }
            | Request::RequestLater { .. }
            // Its language, its look, and the words that mark it.
            | Request::SettingsList
            | Request::Status
    );
    (label == PROMPT && fits).then_some(()).ok_or_else(wrong_door)
}

/// Whether the request is a person's *yes*, which the [gate](crate::gate) guards.
pub fn says_yes(request: &Request) -> bool {
    matches!(request, Request::RequestDecide { choice: Choice::Allow { .. }, .. })
}

fn wrong_door() -> Failure {
    Failure {
        code: FailureCode::InvalidRequest,
        sentence: "This window may not ask that.".to_owned(),
        next: String::new(),
        id: "desktop-wrong-window".to_owned(),
        said: None,
    }
}

#[cfg(test)]
mod tests {
    use control::{Delivery, Duration};

    use super::*;

    fn decide(choice: Choice) -> Request {
        Request::RequestDecide { request: "r1".into(), shown: "hash".into(), choice }
    }

    fn allow() -> Choice {
        Choice::Allow {
            account: "a1".into(),
            scopes: vec!["read".into()],
            delivery: Delivery::Gateway,
            duration: Duration::Once,
            only: Vec::new(),
            user_code: None,
        }
    }

    fn deny() -> Choice {
        Choice::Deny { remember: false }
    }

    #[test]
    fn tau_05_main_window_cannot_decide() {
        assert!(main(MAIN, &decide(allow())).is_err());
        assert!(main(MAIN, &decide(deny())).is_err());
        assert!(prompt(MAIN, &decide(allow())).is_err());
        assert!(main(MAIN, &Request::RequestList).is_ok());
    }

    #[test]
    fn tau_05_prompt_can_do_nothing_but_answer() {
        assert!(prompt(PROMPT, &decide(allow())).is_ok());
        assert!(prompt(PROMPT, &Request::RequestList).is_ok());
        assert!(prompt(PROMPT, &Request::SettingsList).is_ok(), "its look, and the words that mark it");
        assert!(prompt(PROMPT, &Request::Status).is_ok(), "its language");
        let set = Request::SettingsSet { key: "prompt.phrase".into(), value: String::new() };
        assert!(prompt(PROMPT, &set).is_err());
        assert!(prompt(PROMPT, &Request::RequestShow { request: "r1".into() }).is_ok());
        for request in [Request::AccountList, Request::Unlock { passphrase: None }, Request::Panic] {
            assert!(prompt(PROMPT, &request).is_err(), "{request:?}");
            assert!(main(PROMPT, &request).is_err(), "{request:?}");
        }
    }

    #[test]
    fn tau_01_an_unknown_window_may_ask_nothing() {
        for label in ["", "Main", "main2", "opened-window"] {
            assert!(main(label, &Request::Status).is_err(), "{label}");
            assert!(prompt(label, &Request::RequestList).is_err(), "{label}");
        }
    }

    #[test]
    fn only_an_allowing_decision_is_a_yes() {
        assert!(says_yes(&decide(allow())));
        assert!(!says_yes(&decide(deny())));
        assert!(!says_yes(&Request::RequestList));
    }
}
