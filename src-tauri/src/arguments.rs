//! What may stand after the program's name: nothing but `--help` and `--version`.
//!
//! The program does nothing by argument, so there is nothing that another program could inject.

use std::ffi::{OsStr, OsString};

const HELP: &str = "\
Opens the Keylodge window.

Usage: keylodge-desktop [--help | --version]

Without an argument it starts the broker (`keylodge serve`) if there is none, asks it to open the
window, and leaves. The window itself is a process that the broker starts.

Environment:
  KEYLODGE_RUNTIME_DIR  where the broker's sockets are (default: $XDG_RUNTIME_DIR/keylodge)";

/// What the arguments said.
#[derive(Debug, PartialEq, Eq)]
pub enum Said {
    /// Nothing: go on.
    Nothing,
    /// Print this and leave.
    Print(String),
    /// Something this program does not know; a sentence about it.
    Unknown(String),
}

/// Reads the arguments after the program's name.
pub fn read(mut arguments: impl Iterator<Item = OsString>) -> Said {
    let Some(first) = arguments.next() else { return Said::Nothing };
    match first.to_str() {
        Some("--help" | "-h") => Said::Print(HELP.to_owned()),
        Some("--version" | "-V") => Said::Print(format!("keylodge-desktop {}", env!("CARGO_PKG_VERSION"))),
        _ => Said::Unknown(unknown(&first)),
    }
}

/// The argument is shown with its control characters escaped: it could be anybody's.
fn unknown(argument: &OsStr) -> String {
    let argument = argument.to_string_lossy();
    format!("{argument:?} is not known here. See `keylodge-desktop --help`.")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(arguments: &[&str]) -> Said {
        read(arguments.iter().map(OsString::from))
    }

    #[test]
    fn help_and_version_are_all_there_is() {
        assert_eq!(said(&[]), Said::Nothing);
        assert!(matches!(said(&["--help"]), Said::Print(text) if text.contains("Usage:")));
        assert!(matches!(said(&["-V"]), Said::Print(text) if text.starts_with("keylodge-desktop ")));
    }

    #[test]
    fn tau_07_hostile_arguments_do_nothing() {
        for argument in ["approve", "--inspect", "keylodge://allow?request=1", "--", "-", "\u{1b}[2J"] {
            let Said::Unknown(sentence) = said(&[argument]) else { panic!("{argument:?} was taken") };
            assert!(!sentence.chars().any(char::is_control), "{sentence:?}");
        }
    }
}
