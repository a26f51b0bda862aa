//! Writes a token request as the provider wants it: form-encoded, or as JSON.

use broker::provider::{RequestForm, TokenHabits};
use http::{HeaderValue, header};
use serde_json::{Map, Value};
use url::form_urlencoded;

/// The request with what the provider wants besides, in the form that it wants.
pub(crate) fn written(mut request: http::Request<Vec<u8>>, habits: &TokenHabits) -> http::Request<Vec<u8>> {
    if habits.request == RequestForm::Form && habits.parameters.is_empty() {
        return request;
    }
    let mut pairs: Vec<(String, String)> = form_urlencoded::parse(request.body()).into_owned().collect();
    pairs.extend(habits.parameters.clone());
    if habits.request == RequestForm::Form {
        *request.body_mut() =
            form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish().into_bytes();
        return request;
    }
    let name = |name: String| if habits.request == RequestForm::JsonCamel { camel(&name) } else { name };
    let members: Map<String, Value> = pairs.into_iter().map(|(n, value)| (name(n), value.into())).collect();
    *request.body_mut() = Value::Object(members).to_string().into_bytes();
    request.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    request
}

/// An answer with names like `accessToken`, in the standard's names.
pub(crate) fn standard(members: Map<String, Value>) -> Map<String, Value> {
    members.into_iter().map(|(name, value)| (snake(&name), value)).collect()
}

/// `client_id` as `clientId`.
pub(crate) fn camel(name: &str) -> String {
    let mut words = name.split('_');
    let first = words.next().unwrap_or_default().to_owned();
    words.fold(first, |all, word| {
        let mut letters = word.chars();
        let capital = letters.next().map(|letter| letter.to_ascii_uppercase());
        all + &capital.into_iter().chain(letters).collect::<String>()
    })
}

fn snake(name: &str) -> String {
    let letter = |c: char| {
        let border = c.is_ascii_uppercase().then_some('_');
        border.into_iter().chain([c.to_ascii_lowercase()])
    };
    name.chars().flat_map(letter).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_change_there_and_back() {
        for (ours, theirs) in [("client_id", "clientId"), ("code", "code"), ("refresh_token", "refreshToken")]
        {
            assert_eq!((camel(ours).as_str(), snake(theirs).as_str()), (theirs, ours));
        }
    }
}
