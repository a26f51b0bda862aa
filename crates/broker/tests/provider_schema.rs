//! The JSON schema of catalogue files, made from [`Provider`]: `docs/provider.schema.json`, for editors.

use broker::Provider;
use serde_json::{Value, json};

/// `KEYLODGE_WRITE_DOCS=1` writes the schema; without it the file must be current.
#[test]
fn the_schema_is_current() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/provider.schema.json");
    let schema = schema();
    if std::env::var_os("KEYLODGE_WRITE_DOCS").is_some() {
        std::fs::write(path, format!("{schema:#}\n")).expect("written");
        return;
    }
    let page = std::fs::read_to_string(path).expect("the schema");
    let kept: Value = serde_json::from_str(&page).expect("JSON");
    assert_eq!(kept, schema, "docs/provider.schema.json is not current: `make docs`");
}

fn schema() -> Value {
    let mut schema = schemars::schema_for!(Provider).to_value();
    schema["title"] = json!("A provider of Keylodge");
    without_null(&mut schema);
    schema
}

/// TOML has no null: what may be left out is simply left out.
fn without_null(value: &mut Value) {
    match value {
        Value::Object(members) => {
            if members.get("default").is_some_and(Value::is_null) {
                members.remove("default");
            }
            if let Some(Value::Array(kinds)) = members.get_mut("type") {
                kinds.retain(|kind| kind != "null");
                if let [kind] = &kinds[..] {
                    members["type"] = kind.clone();
                }
            }
            if let Some(Value::Array(ways)) = members.get_mut("anyOf") {
                ways.retain(|way| *way != json!({ "type": "null" }));
            }
            members.values_mut().for_each(without_null);
        }
        Value::Array(items) => items.iter_mut().for_each(without_null),
        _ => {}
    }
}
