//! Rich authorization requests (RFC 9396): one type of detail, which says no more than a consent can hold.

use serde::Deserialize;
use serde_json::{Value, json};

use crate::{AccountId, Delivery, Error, ScopeSet, Wanted};

/// The one type that is known here: access to one account, with these scopes, handed over in this way.
pub const TYPE: &str = "keylodge_account_access";

/// What a program asks for by `authorization_details`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Details {
    /// The account: id, label or name; `None` leaves the choice to the person.
    pub account: Option<String>,
    /// For what.
    pub scopes: ScopeSet,
    /// How.
    pub delivery: Wanted,
}

/// One detail on the wire. A member that is not known is refused, for it could narrow (RFC 9396 §5).
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    r#type: String,
    account: Option<String>,
    scopes: Vec<String>,
    #[serde(default)]
    delivery: Wanted,
}

/// Reads the parameter `authorization_details`.
///
/// # Errors
/// [`Error::InvalidDetails`] unless it is a list of one detail of the one known type.
pub fn parse(text: &str) -> Result<Details, Error> {
    let list: Vec<Value> = serde_json::from_str(text).map_err(|_| refused("It is no JSON list."))?;
    let [detail] = <[Value; 1]>::try_from(list).map_err(|_| refused("A token takes one detail."))?;
    if detail["type"] != TYPE {
        return Err(refused("This type is not known."));
    }
    let written: Written = serde_json::from_value(detail)
        .map_err(|_| refused("A member is missing, malformed or not known."))?;
    debug_assert_eq!(written.r#type, TYPE, "looked at above");
    let scopes = ScopeSet::from_words(written.scopes.iter().map(String::as_str))
        .filter(|scopes| !scopes.is_empty())
        .ok_or_else(|| refused("The scopes are none, malformed or too many."))?;
    let account = written.account.filter(|account| !account.is_empty());
    Ok(Details { account, scopes, delivery: written.delivery })
}

/// What was granted, as it is told with a token (RFC 9396 §7).
#[must_use]
pub fn of(account: &AccountId, scopes: &ScopeSet, delivery: Delivery) -> Value {
    json!([{ "type": TYPE, "account": account, "scopes": scopes, "delivery": delivery }])
}

fn refused(why: &str) -> Error {
    Error::InvalidDetails(format!(
        "{why} Send authorization_details like [{{'type':'{TYPE}','account':'work','scopes':['read'],'delivery':'gateway'}}]."
    ).into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_33_one_detail_of_the_one_type_is_understood() {
        let text = r#"[{"type":"keylodge_account_access","account":"work","scopes":["b","a"],"delivery":"release"}]"#;
        let details = parse(text).expect("legal");
        assert_eq!((details.account.as_deref(), details.delivery), (Some("work"), Wanted::Release));
        assert_eq!(details.scopes.to_string(), "a b");
        let told = of(&AccountId::from_text("acc_1"), &details.scopes, Delivery::Gateway);
        assert_eq!(parse(&told.to_string()).expect("what is told can be asked").scopes, details.scopes);
    }

    #[test]
    fn as_33_unknown_types_and_fields_are_refused() {
        for text in [
            "",
            "{}",
            "[]",
            "[1]",
            r#"[{"type":"payment","scopes":["a"]}]"#,
            r#"[{"scopes":["a"]}]"#,
            r#"[{"type":"keylodge_account_access"}]"#,
            r#"[{"type":"keylodge_account_access","scopes":[]}]"#,
            r#"[{"type":"keylodge_account_access","scopes":"a"}]"#,
            r#"[{"type":"keylodge_account_access","scopes":["a b"]}]"#,
            r#"[{"type":"keylodge_account_access","scopes":["a"],"amount":1}]"#,
            r#"[{"type":"keylodge_account_access","scopes":["a"],"delivery":"elsewhere"}]"#,
            r#"[{"type":"keylodge_account_access","scopes":["a"]},{"type":"keylodge_account_access","scopes":["a"]}]"#,
        ] {
            assert!(matches!(parse(text), Err(Error::InvalidDetails(_))), "{text}");
        }
    }
}
