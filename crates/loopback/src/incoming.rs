//! Bodies of requests: bounded in size and time, and of the kind that the endpoint takes (DOS-03).

use std::time::Duration;

use axum::{
    body::{Body, Bytes},
    http::{HeaderMap, StatusCode, header},
};
use http_body_util::{BodyExt, LengthLimitError, Limited};

use crate::{form::Form, wire::Failure};

/// How much of a body is taken, and how long that may last.
#[derive(Clone, Copy, Debug)]
pub struct Bounds {
    /// In bytes.
    pub bytes: usize,
    /// From the first byte to the last.
    pub time: Duration,
}

/// The form of a POST (RFC 6749 §3.2).
pub async fn form(headers: &HeaderMap, body: Body, bounds: Bounds) -> Result<Form, Failure> {
    demand_type(headers, "application/x-www-form-urlencoded")?;
    Ok(Form::parse(&whole(body, bounds).await?)?)
}

/// The JSON of a POST; that a page's simple requests cannot have this type is part of the guard (WEB-02).
pub async fn json<T: serde::de::DeserializeOwned>(
    headers: &HeaderMap,
    body: Body,
    bounds: Bounds,
) -> Result<T, Failure> {
    demand_type(headers, "application/json")?;
    let bytes = whole(body, bounds).await?;
    // A list would be taken for the members in their order.
    if bytes.trim_ascii_start().first() != Some(&b'{') {
        return Err(Failure::invalid_request("The JSON is no object: it begins with `{`."));
    }
    serde_json::from_slice(&bytes)
        .map_err(|error| Failure::invalid_request(format!("The JSON is not as it should be: {error}.")))
}

/// A whole body.
pub async fn whole(body: Body, bounds: Bounds) -> Result<Bytes, Failure> {
    let limited = Limited::new(body, bounds.bytes).collect();
    match tokio::time::timeout(bounds.time, limited).await {
        Ok(Ok(collected)) => Ok(collected.to_bytes()),
        Ok(Err(error)) if error.is::<LengthLimitError>() => {
            Err(Failure::new(StatusCode::PAYLOAD_TOO_LARGE, "invalid_request", "The request is too long."))
        }
        Ok(Err(_)) => Err(Failure::invalid_request("The request broke off.")),
        Err(_) => Err(Failure::new(
            StatusCode::REQUEST_TIMEOUT,
            "invalid_request",
            "The request took too long to arrive.",
        )),
    }
}

/// The media type without its parameters.
pub fn media_type(headers: &HeaderMap) -> &str {
    let text = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    text.and_then(|text| text.split(';').next()).unwrap_or_default().trim()
}

fn demand_type(headers: &HeaderMap, wanted: &str) -> Result<(), Failure> {
    let mut types = headers.get_all(header::CONTENT_TYPE).iter();
    if types.next().is_some() && types.next().is_none() && media_type(headers).eq_ignore_ascii_case(wanted) {
        return Ok(());
    }
    Err(Failure::invalid_request(format!("Send the request as {wanted}.")))
}
