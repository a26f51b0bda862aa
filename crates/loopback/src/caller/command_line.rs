//! The command line: what is shown of it, and its words.

use broker::text::cleaned;

use super::process::Process;

const MAX_CHARS: usize = 200;
/// A word with one of these in its name is followed by something that nobody else should read.
const TELLTALE: [&str; 5] = ["token", "secret", "passw", "apikey", "api-key"];

/// The words, as the process was started with them (it may have changed them since).
pub fn words(process: &Process) -> Vec<String> {
    divided(&process.read("cmdline").unwrap_or_default())
}

/// The words of `/proc/PID/cmdline`, each of which ends with a zero.
pub(super) fn divided(bytes: &[u8]) -> Vec<String> {
    let bytes = bytes.strip_suffix(&[0]).unwrap_or(bytes);
    if bytes.is_empty() {
        return Vec::new();
    }
    bytes.split(|byte| *byte == 0).map(|word| String::from_utf8_lossy(word).into_owned()).collect()
}

/// The command line for the person: bounded, cleaned, and without what looks like a secret.
pub fn shown(words: &[String]) -> String {
    let mut hide_next = false;
    let shown: Vec<String> = words
        .iter()
        .map(|word| {
            let hidden = std::mem::take(&mut hide_next) && !word.starts_with('-');
            let lower = word.to_ascii_lowercase();
            let tells = |text: &str| TELLTALE.iter().any(|sign| text.contains(sign));
            match lower.split_once('=') {
                _ if hidden => "…".to_owned(),
                Some((name, _)) if tells(name) => format!("{}=…", &word[..name.len()]),
                None if word.starts_with('-') && tells(&lower) => {
                    hide_next = true;
                    word.clone()
                }
                _ if lower.contains("bearer ") || lower.starts_with("authorization:") => "…".to_owned(),
                _ => word.clone(),
            }
        })
        .collect();
    cleaned(&shown.join(" "), MAX_CHARS)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(words: &[&str]) -> String {
        shown(&words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>())
    }

    #[test]
    fn lek_03_secrets_on_a_command_line_are_not_kept() {
        assert_eq!(line(&["x", "--password", "canary", "y"]), "x --password … y");
        assert_eq!(line(&["x", "--client-secret=canary"]), "x --client-secret=…");
        assert_eq!(line(&["env", "GITHUB_TOKEN=canary", "x"]), "env GITHUB_TOKEN=… x");
        assert_eq!(line(&["curl", "-H", "Authorization: Bearer canary", "u"]), "curl -H … u");
        assert_eq!(line(&["x", "--token-file", "-v", "y"]), "x --token-file -v y");
    }

    #[test]
    fn ui_06_it_is_bounded_and_cleaned() {
        assert_eq!(line(&["a\u{1b}[31m\n", "b"]), "a[31m b");
        assert_eq!(line(&["a".repeat(5000).as_str()]).chars().count(), MAX_CHARS + 1);
    }
}
