//! Whether the person's session is the one in front: a prompt that is shown in a session which was switched away from
//! would be answered by nobody, or by whoever comes by (LOC-16).

use std::{env, fs, path::PathBuf};

use rustix::process::geteuid;

/// Knows of the person's sessions at this machine.
pub trait Sessions: Send + Sync {
    /// Whether the session that we show things in is the active one of its seat; `None` where nobody can tell.
    fn active(&self) -> Option<bool>;
}

/// Sessions as systemd-logind keeps them below `/run/systemd`: the same files that `sd-login(3)` reads.
pub struct Logind {
    run: PathBuf,
    session: Option<String>,
    uid: u32,
}

impl Logind {
    /// The session that this process belongs to; under the user's service manager, the one with the user's display.
    pub fn ours() -> Self {
        let session = env::var("XDG_SESSION_ID").ok();
        Self { run: PathBuf::from("/run/systemd"), session, uid: geteuid().as_raw() }
    }

    fn id(&self) -> Option<String> {
        let of_user = || value(&self.run.join("users").join(self.uid.to_string()), "DISPLAY");
        let id = self.session.clone().or_else(of_user)?;
        // It becomes part of a path.
        id.bytes().all(|byte| byte.is_ascii_alphanumeric()).then_some(id).filter(|id| !id.is_empty())
    }
}

impl Sessions for Logind {
    fn active(&self) -> Option<bool> {
        match value(&self.run.join("sessions").join(self.id()?), "ACTIVE")?.as_str() {
            "1" => Some(true),
            "0" => Some(false),
            _ => None,
        }
    }
}

/// A line `NAME=value` of a file.
fn value(file: &std::path::Path, name: &str) -> Option<String> {
    let text = fs::read_to_string(file).ok()?;
    let found = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix('='))?;
    Some(found.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two sessions of one user, the second in front; there is nothing else.
    fn two_seats() -> tempfile::TempDir {
        let run = tempfile::tempdir().expect("a directory");
        for (file, text) in [
            ("users/1000", "NAME=ada\nSTATE=active\nDISPLAY=c2\n"),
            ("sessions/1", "UID=1000\nACTIVE=0\nSEAT=seat0\n"),
            ("sessions/c2", "UID=1000\nIS_DISPLAY=1\nACTIVE=1\nSEAT=seat0\n"),
        ] {
            let path = run.path().join(file);
            fs::create_dir_all(path.parent().expect("a parent")).expect("made");
            fs::write(path, text).expect("written");
        }
        run
    }

    fn logind(run: &tempfile::TempDir, session: Option<&str>, uid: u32) -> Logind {
        Logind { run: run.path().to_owned(), session: session.map(str::to_owned), uid }
    }

    #[test]
    fn loc_16_only_the_session_in_front_is_active() {
        let run = two_seats();
        assert_eq!(logind(&run, Some("1"), 1000).active(), Some(false), "it was switched away from");
        assert_eq!(logind(&run, Some("c2"), 1000).active(), Some(true));
        assert_eq!(logind(&run, None, 1000).active(), Some(true), "the one with the display");
        fs::write(run.path().join("sessions/c2"), "ACTIVE=0\n").expect("written");
        assert_eq!(logind(&run, None, 1000).active(), Some(false), "looked at each time");
    }

    #[test]
    fn loc_16_where_nobody_can_tell_nothing_is_claimed() {
        let run = two_seats();
        for (session, uid) in
            [(Some("7"), 1000), (Some("../users/1000"), 1000), (Some(""), 1000), (None, 1001)]
        {
            assert_eq!(logind(&run, session, uid).active(), None, "{session:?}");
        }
    }
}
