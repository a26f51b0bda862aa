//! Reads JSON of a stranger: bounded in depth, and without the same member twice (RFC 8259 §4; UPS-04, DM-08).

use std::fmt;

use serde::de::{DeserializeSeed, Error, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};

/// Deeper than any metadata, key set or token answer.
const MAX_DEPTH: usize = 16;

/// Reads one JSON object.
pub(crate) fn object(bytes: &[u8]) -> Result<Map<String, Value>, String> {
    let mut reader = serde_json::Deserializer::from_slice(bytes);
    let value = Strict { depth: MAX_DEPTH }.deserialize(&mut reader).map_err(|error| reason(&error))?;
    reader.end().map_err(|error| reason(&error))?;
    match value {
        Value::Object(members) => Ok(members),
        _ => Err("the answer is not a JSON object".to_owned()),
    }
}

/// A text member that is not empty.
pub(crate) fn text<'a>(members: &'a Map<String, Value>, name: &str) -> Option<&'a str> {
    members.get(name).and_then(Value::as_str).filter(|text| !text.is_empty())
}

/// The texts of an array member; none if it is absent or something else.
pub(crate) fn texts(members: &Map<String, Value>, name: &str) -> Vec<String> {
    let array = members.get(name).and_then(Value::as_array);
    array.into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect()
}

/// Only the kind of the mistake: the parser's own words could quote the answer.
fn reason(error: &serde_json::Error) -> String {
    let text = error.to_string();
    if text.contains(TWICE) || text.contains(TOO_DEEP) {
        let end = text.find(" at line").unwrap_or(text.len());
        return format!("its answer {}", &text[..end]);
    }
    "its answer is not JSON".to_owned()
}

const TWICE: &str = "has the same member twice";
const TOO_DEEP: &str = "is nested too deep";

#[derive(Clone, Copy)]
struct Strict {
    depth: usize,
}

impl Strict {
    fn deeper<E: Error>(self) -> Result<Self, E> {
        self.depth.checked_sub(1).map(|depth| Self { depth }).ok_or_else(|| E::custom(TOO_DEEP))
    }
}

impl<'de> DeserializeSeed<'de> for Strict {
    type Value = Value;

    fn deserialize<D: serde::Deserializer<'de>>(self, reader: D) -> Result<Value, D::Error> {
        reader.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Strict {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let (inner, mut array) = (self.deeper()?, Vec::new());
        while let Some(item) = items.next_element_seed(inner)? {
            array.push(item);
        }
        Ok(Value::Array(array))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Value, A::Error> {
        let (inner, mut object) = (self.deeper()?, Map::new());
        while let Some(name) = members.next_key::<String>()? {
            if object.insert(name, members.next_value_seed(inner)?).is_some() {
                return Err(A::Error::custom(TWICE));
            }
        }
        Ok(Value::Object(object))
    }
}

/// A text or number member as text; `a.b` looks inside `a`.
pub(crate) fn at(members: &Map<String, Value>, path: &str) -> Option<String> {
    if let Some(found) = members.get(path) {
        return match found {
            Value::String(text) if !text.is_empty() => Some(text.clone()),
            Value::Number(number) => Some(number.to_string()),
            _ => None,
        };
    }
    let (outer, inner) = path.split_once('.')?;
    at(members.get(outer)?.as_object()?, inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ups_04_the_same_member_twice_is_refused_at_any_depth() {
        for text in [r#"{"a":1,"a":2}"#, r#"{"x":[{"a":1,"b":2,"a":1}]}"#, r#"{"a":1,"\u0061":2}"#] {
            assert_eq!(object(text.as_bytes()), Err(format!("its answer {TWICE}")), "{text}");
        }
    }

    #[test]
    fn ups_04_depth_is_bounded() {
        let deep = format!("{{\"a\":{}{}}}", "[".repeat(100_000), "]".repeat(100_000));
        assert_eq!(object(deep.as_bytes()), Err(format!("its answer {TOO_DEEP}")));
    }

    #[test]
    fn ups_04_nonsense_is_refused_without_quoting_it() {
        for text in ["", "[]", "1", "nul", "{\"a\":1e400}", "{} {}", "<html>canary</html>", "{\"a\":\"canary"]
        {
            let error = object(text.as_bytes()).expect_err(text);
            assert!(!error.contains("canary"), "{error}");
        }
        assert!(object(b"{\"a\":\"\xff\"}").is_err());
    }
}
