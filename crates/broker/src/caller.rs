//! Caller: the process at the other end of one connection. Evidence for the person, not authentication.

use std::fmt::Debug;

use futures_util::future::BoxFuture;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::{Said, Sentence};

/// What could be seen of a process.
#[derive(Clone, Debug, Default, Deserialize, Serialize, PartialEq, Eq)]
pub struct Caller {
    /// Its user id. Always the broker's own: others are refused before anything is read.
    pub uid: u32,
    /// Its process id when it connected; never kept beyond the connection.
    #[serde(skip)]
    pub pid: u32,
    /// The file that runs; empty if it could not be found.
    pub file: String,
    /// SHA-256 of that file, hex; empty if it could not be read.
    pub file_hash: String,
    /// Whether the person's own programs can replace the file.
    pub user_writable: bool,
    /// The script, where `file` is an interpreter.
    pub script: Option<String>,
    /// SHA-256 of the script, hex.
    pub script_hash: Option<String>,
    /// The command line, shortened.
    pub command_line: String,
    /// Names of its ancestors, nearest first.
    pub started_by: Vec<String>,
    /// Its controlling terminal.
    pub terminal: Option<String>,
    /// The terminal session it belongs to (terminal, leader and the leader's start): what stands in for a file where
    /// a person types at an interpreter or a launcher.
    pub session: Option<String>,
    /// It passes on what a program elsewhere says: on another machine, in a container (LOC-15).
    #[serde(default)]
    pub forwarded: bool,
    /// Why it may not be what it seems; empty if nothing.
    pub warning: String,
    /// The same by its name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub warning_said: Option<Said>,
    /// The directory it works in. It can change that as it likes: a convenience, and no proof.
    #[serde(default)]
    pub directory: Option<String>,
}

/// Looks at a caller more closely than a decision needs. Asked when the person is: for most requests nobody is.
pub trait Witness: Debug + Send + Sync {
    /// Everything that can be seen of the caller.
    fn describe(&self) -> BoxFuture<'_, Caller>;
}

impl Caller {
    /// Adds to why it may not be what it seems.
    pub fn warn(&mut self, sentence: &Sentence) {
        let before = Sentence::new(std::mem::take(&mut self.warning), self.warning_said.take());
        (self.warning, self.warning_said) = before.then(sentence).parts();
    }

    /// Names the program: the same after an update, different for another script under the same interpreter
    /// (LOC-05). `None` if nothing is known of it.
    #[must_use]
    pub fn program_key(&self) -> Option<String> {
        if self.file.is_empty() {
            return None;
        }
        Some(
            self.script
                .as_ref()
                .map_or_else(|| self.file.clone(), |script| format!("{} {script}", self.file)),
        )
    }

    /// Names the very bytes that run: differs once the file or the script was changed (LOC-06). Interpreters and
    /// launchers without a script are known by their terminal session only, and not at all without one (LOC-05).
    #[must_use]
    pub fn fingerprint(&self) -> Option<String> {
        if self.file_hash.is_empty() {
            return None;
        }
        let proof = match (self.is_interpreter(), &self.script_hash, &self.session) {
            (false, ..) => "",
            (true, Some(script_hash), _) => script_hash,
            (true, None, Some(session)) => session,
            (true, None, None) => return None,
        };
        let mut hash = Sha256::new();
        for part in [self.file.as_str(), &self.file_hash, self.script.as_deref().unwrap_or_default(), proof] {
            hash.update(part.as_bytes());
            hash.update([0]);
        }
        Some(hex(&hash.finalize()))
    }

    /// Whether `file` runs other people's programs, is run by anybody's, or passes on what others say, and so says
    /// nothing by itself.
    #[must_use]
    pub fn is_interpreter(&self) -> bool {
        if self.forwarded {
            return true;
        }
        let name = self.file.rsplit('/').next().unwrap_or_default();
        let stem = name.trim_end_matches(|c: char| c.is_ascii_digit() || c == '.' || c == '-');
        INTERPRETERS.contains(&stem)
    }

    /// Whether somebody elsewhere may be speaking through it.
    #[must_use]
    pub fn is_forwarded(&self) -> bool {
        self.forwarded
    }

    /// A short name for a program that gave itself none.
    #[must_use]
    pub fn short_name(&self) -> String {
        let path = self.script.as_deref().unwrap_or(&self.file);
        let name = path.rsplit('/').next().unwrap_or_default();
        if name.is_empty() { "unknown program".to_owned() } else { name.to_owned() }
    }
}

/// File names (without version) of programs that run other programs' text or pass on their words, or that any script
/// may run.
const INTERPRETERS: &[&str] = &[
    "python",
    "node",
    "nodejs",
    "deno",
    "bun",
    "ruby",
    "perl",
    "php",
    "java",
    "sh",
    "bash",
    "dash",
    "zsh",
    "fish",
    "ksh",
    "lua",
    "tclsh",
    "Rscript",
    "electron",
    "wine",
    "wine-preloader",
    "dotnet",
    "mono",
    "pwsh",
    "osascript",
    "awk",
    "gawk",
    "mawk",
    "busybox",
    "env",
    "guile",
    "emacs",
    "ld-linux-x86-64.so",
    // Launchers: they start whatever they are told to.
    "xargs",
    "find",
    "timeout",
    "nohup",
    "setsid",
    "nice",
    "stdbuf",
    "script",
    "watch",
    "make",
    "sudo",
    "doas",
    "su",
    "tmux",
    "screen",
    "strace",
    "gdb",
    // Forwarders: they pass on what somebody elsewhere says (LOC-15).
    "ssh",
    "sshd",
    "sshd-session",
    "autossh",
    "socat",
    "nc.openbsd",
    "nc.traditional",
    "nc",
    "ncat",
    "docker-proxy",
    "pasta",
    "passt",
    "slirp4netns",
    "rootlessport",
];

/// Lower-case hexadecimal.
#[must_use]
pub fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write;
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn python(script: &str, script_hash: Option<&str>) -> Caller {
        Caller {
            file: "/usr/bin/python3.11".into(),
            file_hash: "aa".into(),
            script: Some(script.into()),
            script_hash: script_hash.map(Into::into),
            ..Caller::default()
        }
    }

    #[test]
    fn loc_05_two_scripts_under_one_interpreter_are_two_programs() {
        let (one, two) = (python("/a.py", Some("1")), python("/b.py", Some("1")));
        assert_ne!(one.program_key(), two.program_key());
        assert_ne!(one.fingerprint(), two.fingerprint());
    }

    #[test]
    fn loc_05_an_interpreter_without_a_file_has_no_fingerprint() {
        let mut caller = python("-c", None);
        assert_eq!(caller.fingerprint(), None);
        caller.session = Some("pts/3 100 5".into());
        assert!(caller.fingerprint().is_some(), "typed at a terminal");
    }

    #[test]
    fn loc_06_a_changed_script_is_the_same_program_with_another_fingerprint() {
        let (old, new) = (python("/a.py", Some("1")), python("/a.py", Some("2")));
        assert_eq!(old.program_key(), new.program_key());
        assert_ne!(old.fingerprint(), new.fingerprint());
    }
}
