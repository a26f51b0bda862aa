//! Catalogue files against the JSON schema that editors are given (`docs/provider.schema.json`).

use std::fs;

use boon::{Compiler, SchemaIndex, Schemas};
use serde_json::Value;

const SCHEMA: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/provider.schema.json");
const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/catalogue");

fn schema() -> (Schemas, SchemaIndex) {
    let mut schemas = Schemas::new();
    let index = Compiler::new().compile(SCHEMA, &mut schemas).unwrap_or_else(|error| panic!("{error:#}"));
    (schemas, index)
}

fn value(text: &str) -> Value {
    toml::from_str(text).expect("TOML")
}

#[test]
fn every_shipped_entry_fits_the_schema() {
    let (schemas, index) = schema();
    let mut seen = 0;
    for file in fs::read_dir(FOLDER).expect("the folder") {
        let path = file.expect("a file").path();
        let entry = value(&fs::read_to_string(&path).expect("text"));
        schemas.validate(&entry, index).unwrap_or_else(|error| panic!("{}: {error:#}", path.display()));
        seen += 1;
    }
    assert!(seen > 30, "{seen}");
}

/// What the schema lets through is read, and what an editor marks is refused.
#[test]
fn the_schema_and_the_reader_agree() {
    const GOOD: &str = r##"
id = "acme"
name = "Acme"
mark = "A"
colour = "#123456"
sign_in = ["code"]
scopes = [{ scope = "read", words = "Read your things", service = "Things", access = "read" }]
[endpoints]
authorization = "https://acme.example/authorize"
token = "https://acme.example/token"
[refresh]
days = 30
"##;
    let (schemas, index) = schema();
    let fits = |text: &str| schemas.validate(&value(text), index).is_ok();
    assert!(fits(GOOD) && providers::read_entry(GOOD).is_ok());
    for (from, to) in [
        ("name = \"Acme\"", "nme = \"Acme\""),
        ("mark = \"A\"", "mark = \"ACME\""),
        ("#123456", "blue"),
        ("id = \"acme\"", "id = \"../x\""),
        ("[\"code\"]", "[\"password\"]"),
        ("access = \"read\"", "access = \"reed\""),
        ("words = \"Read your things\", ", ""),
        ("days = 30", "days = -1"),
        ("days = 30", "day = 30"),
    ] {
        assert!(GOOD.contains(from), "{from}");
        let bad = GOOD.replacen(from, to, 1);
        assert!(!fits(&bad), "the schema lets pass: {to}");
        assert!(providers::read_entry(&bad).is_err(), "the reader lets pass: {to}");
    }
}
