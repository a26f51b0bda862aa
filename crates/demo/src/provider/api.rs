//! The resource behind the provider: a profile, an album and a calendar, each behind its scope (RFC 6750).

use std::sync::Arc;

use axum::{
    Json,
    extract::{State, rejection::JsonRejection},
    http::{HeaderMap, StatusCode, Uri},
    response::{IntoResponse, Response},
};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{House, person::Person, scope, scope::Scope};
use crate::bearer::{self, Challenge};

const MAX_TEXT: usize = 200;

/// A picture to add.
#[derive(Deserialize)]
pub struct NewPhoto {
    title: String,
    #[serde(default)]
    caption: String,
}

/// Claims about the person (OIDC Core §5.3).
pub async fn userinfo(State(house): State<Arc<House>>, uri: Uri, headers: HeaderMap) -> Response {
    match admit(&house, &headers, &uri, "openid") {
        Ok((person, scopes)) => Json(person.claims(&scopes)).into_response(),
        Err(challenge) => challenge.into_response(),
    }
}

/// `GET /api/profile`
pub async fn profile(State(house): State<Arc<House>>, uri: Uri, headers: HeaderMap) -> Response {
    deliver(
        &house,
        &headers,
        &uri,
        "profile",
        |person| json!({ "name": person.name, "username": person.username, "likes": ["looms", "numbers", "long walks"] }),
    )
}

/// `GET /api/calendar`
pub async fn calendar(State(house): State<Arc<House>>, uri: Uri, headers: HeaderMap) -> Response {
    deliver(&house, &headers, &uri, "calendar.read", |person| {
        json!({ "of": person.name, "events": [
            { "when": "Monday 09:30", "what": "Tea with Charles" },
            { "when": "Wednesday 14:00", "what": "Water the engine, oil the plants" },
            { "when": "Friday 20:15", "what": "Count the stars again; one was missing" },
        ]})
    })
}

/// `GET /api/photos`
pub async fn photos(State(house): State<Arc<House>>, uri: Uri, headers: HeaderMap) -> Response {
    deliver(&house, &headers, &uri, "photos.read", |person| {
        let mut album = album();
        album.extend(
            house
                .store()
                .added_photos
                .get(person.subject)
                .and_then(Value::as_array)
                .into_iter()
                .flatten()
                .cloned(),
        );
        json!({ "album": format!("Photos of {}", person.name), "photos": album })
    })
}

/// `POST /api/photos`
pub async fn add_photo(
    State(house): State<Arc<House>>,
    uri: Uri,
    headers: HeaderMap,
    body: Result<Json<NewPhoto>, JsonRejection>,
) -> Response {
    let (person, _) = match admit(&house, &headers, &uri, "photos.write") {
        Ok(admitted) => admitted,
        Err(challenge) => return challenge.into_response(),
    };
    let Ok(Json(photo)) = body else {
        return Challenge::InvalidRequest("Send a title and a caption as JSON.").into_response();
    };
    (StatusCode::CREATED, Json(add(&house, person, &photo))).into_response()
}

fn deliver(
    house: &House,
    headers: &HeaderMap,
    uri: &Uri,
    needs: &'static str,
    what: impl FnOnce(&Person) -> Value,
) -> Response {
    match admit(house, headers, uri, needs) {
        Ok((person, _)) => Json(what(person)).into_response(),
        Err(challenge) => challenge.into_response(),
    }
}

/// Whose token it is, if it is good for `needs`.
fn admit(
    house: &House,
    headers: &HeaderMap,
    uri: &Uri,
    needs: &'static str,
) -> Result<(&'static Person, Vec<&'static Scope>), Challenge> {
    let digest = crate::random::digest(bearer::token(headers, uri)?);
    let store = house.store();
    let unknown = Challenge::InvalidToken("The token is unknown, expired or revoked.");
    let access = store.access.get(&digest).filter(|access| house.now() < access.until).ok_or(unknown)?;
    let family = store.families.get(&access.family).ok_or(unknown)?;
    if !scope::has(&access.scopes, needs) {
        return Err(Challenge::InsufficientScope(needs));
    }
    Ok((family.person, access.scopes.clone()))
}

fn album() -> Vec<Value> {
    vec![
        json!({ "id": 1, "title": "The lodge at dawn", "caption": "Every key on its hook.", "taken": "2026-05-01" }),
        json!({ "id": 2, "title": "A cat on the ledger", "caption": "She signs for nothing.", "taken": "2026-06-12" }),
        json!({ "id": 3, "title": "Rain over the quad", "caption": "Umbrellas: nine out, eight back.", "taken": "2026-09-30" }),
    ]
}

/// Adds a picture to a person's album; the newest fifty are kept.
fn add(house: &House, person: &Person, photo: &NewPhoto) -> Value {
    let short =
        |text: &str| text.chars().filter(|sign| !sign.is_control()).take(MAX_TEXT).collect::<String>();
    let mut store = house.store();
    let mut mine = match store.added_photos.take(person.subject) {
        Some(Value::Array(photos)) => photos,
        _ => Vec::new(),
    };
    let id = mine.last().and_then(|photo| photo["id"].as_u64()).unwrap_or(3) + 1;
    let added =
        json!({ "id": id, "title": short(&photo.title), "caption": short(&photo.caption), "taken": "today" });
    mine.push(added.clone());
    mine.drain(..mine.len().saturating_sub(50));
    store.added_photos.put(person.subject.to_owned(), Value::Array(mine));
    added
}
