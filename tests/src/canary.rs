//! Looks for planted and observed secrets wherever Keylodge could have left them.

use std::{
    fs,
    path::{Path, PathBuf},
};

use base64::{
    Engine,
    engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD},
};

use crate::Provider;

/// Secrets by what they are.
#[derive(Clone, Debug, Default)]
pub struct Canaries(Vec<(String, String)>);

/// A secret where none may be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Find {
    /// What was found.
    pub what: String,
    /// Where.
    pub place: PathBuf,
}

impl Canaries {
    /// Adds one.
    pub fn add(&mut self, what: &str, secret: &str) {
        assert!(secret.len() >= 12, "{what} is too short to look for");
        self.0.push((what.to_owned(), secret.to_owned()));
    }

    /// Adds every token that the provider has given out.
    pub fn add_tokens(&mut self, provider: &Provider) {
        for exchange in provider.exchanges() {
            for name in ["access_token", "refresh_token", "id_token"] {
                if let Some(secret) = exchange.got(name) {
                    self.add(name, secret);
                }
            }
        }
    }

    /// Every place below `directory` (file names and contents) that holds one, as it is or encoded.
    pub fn below(&self, directory: &Path) -> Vec<Find> {
        let mut finds = Vec::new();
        for entry in fs::read_dir(directory).into_iter().flatten().flatten() {
            let path = entry.path();
            finds.extend(self.within(&path, entry.file_name().as_encoded_bytes()));
            let kind = entry.file_type().expect("a kind");
            if kind.is_dir() {
                finds.extend(self.below(&path));
            } else if kind.is_file() {
                finds.extend(self.within(&path, &fs::read(&path).unwrap_or_default()));
            }
        }
        finds
    }

    /// Those that a process shows its neighbours: in its arguments and its environment (LEK-03).
    pub fn shown_by(&self, pid: u32) -> Vec<Find> {
        let shown = ["cmdline", "environ"].map(|name| PathBuf::from(format!("/proc/{pid}/{name}")));
        shown.iter().flat_map(|path| self.within(path, &fs::read(path).unwrap_or_default())).collect()
    }

    /// Those that stand in a stretch of memory as they are.
    pub fn raw_within(&self, place: &Path, bytes: &[u8]) -> Vec<Find> {
        // Most bytes begin no secret: that is seen at the first two.
        let mut begins = vec![false; 1 << 16];
        let first = |bytes: &[u8]| usize::from(u16::from_le_bytes([bytes[0], bytes[1]]));
        self.0.iter().for_each(|(_, secret)| begins[first(secret.as_bytes())] = true);
        let places = bytes.windows(2).enumerate().filter(|(_, two)| begins[first(two)]).map(|(at, _)| at);
        let at_place =
            |at: usize| self.0.iter().filter(move |(_, secret)| bytes[at..].starts_with(secret.as_bytes()));
        places
            .flat_map(at_place)
            .map(|(what, _)| Find { what: what.clone(), place: place.to_owned() })
            .collect()
    }

    /// Those in one text.
    pub fn within(&self, place: &Path, bytes: &[u8]) -> Vec<Find> {
        let held = self.0.iter().filter(|(_, secret)| spellings(secret).iter().any(|s| contains(bytes, s)));
        held.map(|(what, _)| Find { what: what.clone(), place: place.to_owned() }).collect()
    }
}

fn spellings(secret: &str) -> Vec<Vec<u8>> {
    let hex = secret.bytes().fold(String::new(), |hex, byte| hex + &format!("{byte:02x}"));
    let form: String = url::form_urlencoded::byte_serialize(secret.as_bytes()).collect();
    let utf16 = secret.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let encoded = [STANDARD_NO_PAD.encode(secret), URL_SAFE_NO_PAD.encode(secret)];
    let texts = [secret.to_owned(), hex, form].into_iter().chain(encoded);
    texts.map(String::into_bytes).chain([utf16]).collect()
}

fn contains(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|window| window == part)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_a_secret_however_it_is_spelt() {
        let mut canaries = Canaries::default();
        canaries.add("word", "open sesame, please");
        let found = |text: &str| !canaries.within(Path::new("here"), text.as_bytes()).is_empty();
        assert!(found("…open sesame, please…"));
        assert!(found("q=open+sesame%2C+please&x"));
        assert!(found(&STANDARD_NO_PAD.encode("open sesame, please")));
        assert!(!found("open sesame"));
    }
}
