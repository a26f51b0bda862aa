//! Reads what an administrator has laid down for this machine. The file counts only if root owns it and nobody else can
//! write it or put another in its place; a file that is there and cannot be followed stops everything, and says why.

use std::{
    fs::{self, File},
    io::{self, Read},
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
    time::SystemTime,
};

use broker::{Policy, PolicyState, Sentence, messages::rules};

/// Where it is, unless a test says otherwise.
pub const POLICY_FILE: &str = "/etc/keylodge/policy.toml";
/// No sensible policy is longer.
const MAX_BYTES: u64 = 256 * 1024;

/// The file, and how it was when it was read last.
pub struct PolicyFile {
    path: PathBuf,
    /// Who may own it: root, and in tests the one who runs them.
    owner: u32,
    seen: Option<(SystemTime, u64, u64)>,
}

impl PolicyFile {
    /// The policy of this machine.
    pub fn of_machine() -> Self {
        Self::at(PathBuf::from(POLICY_FILE), 0)
    }

    fn at(path: PathBuf, owner: u32) -> Self {
        Self { path, owner, seen: None }
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// What it lays down now.
    pub fn read(&mut self) -> PolicyState {
        self.seen = self.look();
        match self.text() {
            Ok(None) => PolicyState::None,
            Ok(Some(text)) => parsed(&text),
            Err(why) => PolicyState::Broken(why),
        }
    }

    /// What it lays down, if the file has changed since it was read.
    pub fn read_if_changed(&mut self) -> Option<PolicyState> {
        (self.look() != self.seen).then(|| self.read())
    }

    fn look(&self) -> Option<(SystemTime, u64, u64)> {
        let there = fs::symlink_metadata(&self.path).ok()?;
        Some((there.modified().ok()?, there.len(), there.ino()))
    }

    fn text(&self) -> Result<Option<String>, Sentence> {
        let file = match File::open(&self.path) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(unreadable(&error)),
        };
        // A folder that others can write lets them put another file in the place of this one.
        for folder in self.path.ancestors().skip(1) {
            let there = fs::metadata(folder).map_err(|error| unreadable(&error))?;
            let sticky = there.mode() & 0o1000 != 0;
            check(
                there.uid(),
                if sticky { 0 } else { there.mode() },
                &[0, self.owner],
                &folder.display().to_string().into(),
            )?;
        }
        let there = file.metadata().map_err(|error| unreadable(&error))?;
        if !there.is_file() {
            return Err(rules::NO_FILE.sentence());
        }
        check(there.uid(), there.mode(), &[self.owner], &rules::THE_FILE.sentence())?;
        let mut text = String::new();
        file.take(MAX_BYTES).read_to_string(&mut text).map_err(|error| unreadable(&error))?;
        Ok(Some(text))
    }
}

fn unreadable(error: &io::Error) -> Sentence {
    rules::UNREADABLE.with([("why", &error.to_string())])
}

fn check(owner: u32, mode: u32, owners: &[u32], what: &Sentence) -> Result<(), Sentence> {
    if !owners.contains(&owner) {
        return Err(rules::NOT_ROOTS.with([("what", what)]));
    }
    if mode & 0o022 != 0 {
        return Err(rules::WRITABLE.with([("what", what)]));
    }
    Ok(())
}

fn parsed(text: &str) -> PolicyState {
    let policy: Policy = match toml::from_str(text) {
        Ok(policy) => policy,
        Err(error) => return PolicyState::Broken(sentence(&error, text)),
    };
    match policy.check() {
        Ok(()) => PolicyState::Stands(policy),
        Err(why) => PolicyState::Broken(why),
    }
}

fn sentence(error: &toml::de::Error, text: &str) -> Sentence {
    let line = error.span().map(|span| text[..span.start.min(text.len())].matches('\n').count() + 1);
    let why = error.message().replace('\n', ", ");
    match line {
        Some(line) => rules::MISTAKE.with([("line", &line), ("why", &why)]),
        None => rules::UNREADABLE.with([("why", &why)]),
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    fn written(text: &str, mode: u32) -> (tempfile::TempDir, PolicyFile) {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("policy.toml");
        fs::write(&path, text).expect("written");
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).expect("a mode");
        let me = rustix::process::geteuid().as_raw();
        (folder, PolicyFile::at(path, me))
    }

    fn broken(state: PolicyState) -> String {
        match state {
            PolicyState::Broken(why) => why.to_string(),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn without_a_file_there_is_no_policy() {
        let mut file = PolicyFile::at("/nonexistent/keylodge/policy.toml".into(), 0);
        assert_eq!(file.read(), PolicyState::None);
        assert_eq!(file.read_if_changed(), None);
    }

    #[test]
    fn a_whole_policy_is_read_and_read_again_when_it_changes() {
        let text = include_str!("../../../docs/examples/policy.toml");
        let (_folder, mut file) = written(text, 0o644);
        let PolicyState::Stands(policy) = file.read() else { panic!("it stands") };
        assert!(policy.forbid_release && policy.pre_approve.len() == 1);
        assert_eq!(file.read_if_changed(), None);
        fs::write(file.path(), "forbid_release = false\n").expect("written");
        assert!(
            matches!(file.read_if_changed(), Some(PolicyState::Stands(policy)) if !policy.forbid_release)
        );
    }

    #[test]
    fn a_file_that_others_can_write_is_refused() {
        let (_folder, mut file) = written("", 0o666);
        assert!(broken(file.read()).contains("chmod"), "its mode");
        let (_folder, mut file) = written("", 0o644);
        file.owner = 4_000_000;
        assert!(broken(file.read()).contains("chown"), "its owner");
    }

    #[test]
    fn a_mistake_is_named_with_its_line_and_fails_closed() {
        let (_folder, mut file) = written("forbid_release = true\nforbid_relase = true\n", 0o600);
        let why = broken(file.read());
        assert!(why.starts_with("Line 2 ") && why.contains("forbid_relase"), "{why}");
        let (_folder, mut file) = written("forbid_release = ", 0o600);
        broken(file.read());
    }
}
