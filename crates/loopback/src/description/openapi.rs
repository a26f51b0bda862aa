//! The OpenAPI 3.1 document.

use serde_json::{Map, Value, json};

use super::{Content, Credential, Field, Kind, Operation, Reply, Sent, Verb, words};

/// All of it.
pub fn openapi(operations: &[&Operation]) -> Value {
    let mut paths = Map::new();
    for operation in operations {
        let path = paths.entry(operation.path).or_insert_with(|| json!({}));
        for method in methods(operation.verb) {
            path[method] = described(operation, method);
        }
    }
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Keylodge loopback API",
            // Of the description. Which Keylodge it is, is nobody's business (WEB-10).
            "version": "1",
            "description": "On this machine only: http://127.0.0.1:5395, [::1] and a Unix socket.",
            "license": { "name": "MIT OR Apache-2.0", "identifier": "MIT OR Apache-2.0" },
        },
        "servers": [{ "url": "/" }],
        "paths": paths,
        "components": {
            "schemas": { "Error": object(words::ERROR) },
            "securitySchemes": {
                "client": { "type": "http", "scheme": "basic", "description": "Client id and secret (RFC 6749 §2.3.1)." },
                "registration": { "type": "http", "scheme": "bearer", "description": "The token of a registration (RFC 7592)." },
                "token": { "type": "http", "scheme": "bearer", "description": "A token of Keylodge's (RFC 6750)." },
            },
        },
    })
}

fn methods(verb: Verb) -> &'static [&'static str] {
    match verb {
        Verb::Get => &["get"],
        Verb::Post => &["post"],
        Verb::Put => &["put"],
        Verb::Delete => &["delete"],
        Verb::Any => &["get", "post", "put", "patch", "delete"],
    }
}

fn described(operation: &Operation, method: &str) -> Value {
    let name = match operation.verb {
        Verb::Any => format!("{}_{method}", operation.name),
        Verb::Get | Verb::Post | Verb::Put | Verb::Delete => operation.name.to_owned(),
    };
    let source =
        if operation.standard.is_empty() { String::new() } else { format!(" ({})", operation.standard) };
    let mut described = json!({
        "operationId": name,
        "summary": operation.title,
        "description": format!("{}{source}", operation.about),
        "responses": operation.answers.iter().map(answer).collect::<Map<_, _>>(),
    });
    let parameters: Vec<_> = in_path(operation.path).chain(operation.query.iter().map(in_query)).collect();
    if !parameters.is_empty() {
        described["parameters"] = json!(parameters);
    }
    if let Some(body) = body(operation.body).filter(|_| !matches!(method, "get" | "delete")) {
        described["requestBody"] = body;
    }
    if let Some(security) = security(operation.credential) {
        described["security"] = security;
    }
    described
}

fn security(credential: Credential) -> Option<Value> {
    match credential {
        Credential::None => None,
        // In the form instead, or an id alone: OpenAPI has no word for either.
        Credential::Client | Credential::ClientIfAny => Some(json!([{ "client": [] }, {}])),
        Credential::Registration => Some(json!([{ "registration": [] }])),
        Credential::Token => Some(json!([{ "token": [] }])),
    }
}

fn in_path(path: &str) -> impl Iterator<Item = Value> {
    let named = words::PATH.into_iter().filter(move |(name, _)| path.contains(&format!("{{{name}}}")));
    named.map(|(name, about)| {
        let schema = json!({ "type": "string" });
        json!({ "name": name, "in": "path", "required": true, "description": about, "schema": schema })
    })
}

fn in_query(field: &Field) -> Value {
    json!({
        "name": field.name, "in": "query", "required": field.needed, "description": field.about,
        "schema": schema(field.kind),
    })
}

fn body(sent: Sent) -> Option<Value> {
    let content = match sent {
        Sent::None => return None,
        Sent::Form(fields) => json!({ "application/x-www-form-urlencoded": { "schema": object(fields) } }),
        Sent::Json(fields) => json!({ "application/json": { "schema": object(fields) } }),
        Sent::Opaque => json!({ "*/*": {} }),
    };
    Some(json!({ "required": !matches!(sent, Sent::Opaque), "content": content }))
}

fn answer(answer: &Reply) -> (String, Value) {
    let content: Map<_, _> = answer.contents.iter().filter_map(content).collect();
    let mut described = json!({ "description": answer.about });
    if !content.is_empty() {
        described["content"] = Value::Object(content);
    }
    (answer.status.word(), described)
}

fn content(content: &Content) -> Option<(String, Value)> {
    let (kind, schema) = match content {
        Content::Empty => return None,
        Content::Text => ("text/plain", json!({ "schema": { "type": "string" } })),
        Content::Page => ("text/html", json!({ "schema": { "type": "string" } })),
        Content::Json(fields) => ("application/json", json!({ "schema": object(fields) })),
        Content::Error => ("application/json", json!({ "schema": { "$ref": "#/components/schemas/Error" } })),
        Content::Opaque => ("*/*", json!({})),
    };
    Some((kind.to_owned(), schema))
}

fn object(fields: &[Field]) -> Value {
    let described = |field: &Field| {
        let mut schema = schema(field.kind);
        schema["description"] = json!(field.about);
        (field.name.to_owned(), schema)
    };
    let needed: Vec<_> = fields.iter().filter(|field| field.needed).map(|field| field.name).collect();
    let properties: Map<_, _> = fields.iter().map(described).collect();
    let mut object = json!({ "type": "object", "properties": properties });
    if !needed.is_empty() {
        object["required"] = json!(needed);
    }
    object
}

fn schema(kind: Kind) -> Value {
    match kind {
        Kind::Text => json!({ "type": "string" }),
        Kind::Number => json!({ "type": "integer" }),
        Kind::Truth => json!({ "type": "boolean" }),
        Kind::Texts => json!({ "type": "array", "items": { "type": "string" } }),
        Kind::Object => json!({ "type": "object" }),
        Kind::Objects => json!({ "type": "array", "items": { "type": "object" } }),
        Kind::OneOf(words) => json!({ "type": "string", "enum": words }),
    }
}
