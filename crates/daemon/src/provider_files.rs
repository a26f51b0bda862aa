//! Reads the files in the person's configuration directory that propose providers (`providers/*.toml`). What they say is
//! the rules' to judge; here it is seen to that nobody but the person and root can have written them.

use std::{
    ffi::OsStr,
    fs::{self, File, Metadata, OpenOptions},
    io::{self, Read},
    os::unix::fs::{MetadataExt, OpenOptionsExt},
    path::{Path, PathBuf},
    time::SystemTime,
};

use rustix::fs::OFlags;

/// No entry is longer; the rules say so, too.
const MAX_BYTES: u64 = 256 * 1024;
/// So many files are read.
const MAX_FILES: usize = 100;

/// A file as it was found: its name, and its text or what is wrong with it.
pub type Found = (String, Result<String, String>);

/// How the folder was when it was read last.
#[derive(PartialEq, Eq)]
struct Seen(Vec<(PathBuf, Option<SystemTime>, u64, u64, u32)>);

/// The folder of the files.
pub struct ProviderFiles {
    folder: PathBuf,
    seen: Option<Seen>,
}

impl ProviderFiles {
    /// The files in this folder, which need not be there.
    pub fn in_folder(folder: PathBuf) -> Self {
        Self { folder, seen: None }
    }

    /// Where they are.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The files, if any has changed since they were read.
    pub fn read_if_changed(&mut self) -> Option<Vec<Found>> {
        let files = self.files();
        let now = Some(Seen(files.iter().map(|path| look(path)).collect()));
        if self.seen == now {
            return None;
        }
        self.seen = now;
        Some(self.read(files))
    }

    fn files(&self) -> Vec<PathBuf> {
        let Ok(folder) = fs::read_dir(&self.folder) else { return Vec::new() };
        let paths = folder.filter_map(|file| Some(file.ok()?.path()));
        let mut files: Vec<PathBuf> =
            paths.filter(|path| path.extension() == Some(OsStr::new("toml"))).collect();
        files.sort();
        files.truncate(MAX_FILES);
        files
    }

    fn read(&self, files: Vec<PathBuf>) -> Vec<Found> {
        let folder = fs::metadata(&self.folder)
            .map_err(|error| format!("The folder cannot be seen ({error})."))
            .and_then(|there| check_owner(&there, &self.folder));
        let read = |path: PathBuf| {
            let text = folder.clone().and_then(|()| text(&path));
            (path.file_name().unwrap_or_default().to_string_lossy().into_owned(), text)
        };
        files.into_iter().map(read).collect()
    }
}

fn look(path: &Path) -> (PathBuf, Option<SystemTime>, u64, u64, u32) {
    let there = fs::metadata(path).ok();
    let of = |look: fn(&Metadata) -> u64| there.as_ref().map(look).unwrap_or_default();
    let mode = there.as_ref().map(MetadataExt::mode).unwrap_or_default();
    let changed = there.as_ref().and_then(|there| there.modified().ok());
    (path.to_owned(), changed, of(Metadata::len), of(MetadataExt::ino), mode)
}

/// A link is followed: some keep their configuration elsewhere. What it leads to is looked at, once it is open.
fn text(path: &Path) -> Result<String, String> {
    let unreadable = |error: io::Error| format!("It cannot be read ({error}).");
    // Without waiting: opening a pipe that nobody writes to would never end.
    let flags = i32::try_from(OFlags::NONBLOCK.bits()).unwrap_or_default();
    let file: File = OpenOptions::new().read(true).custom_flags(flags).open(path).map_err(unreadable)?;
    let there = file.metadata().map_err(unreadable)?;
    if !there.is_file() {
        return Err("It is no plain file.".to_owned());
    }
    check_owner(&there, path)?;
    let mut text = String::new();
    file.take(MAX_BYTES + 1).read_to_string(&mut text).map_err(unreadable)?;
    Ok(text)
}

fn check_owner(there: &Metadata, path: &Path) -> Result<(), String> {
    let me = rustix::process::geteuid().as_raw();
    if ![0, me].contains(&there.uid()) {
        return Err(format!("{} belongs to another user. Run `chown` on it, or remove it.", path.display()));
    }
    if there.mode() & 0o022 != 0 {
        return Err(format!("{0} can be written by others. Run: chmod go-w {0}", path.display()));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::{PermissionsExt, symlink};

    use super::*;

    fn folder() -> (tempfile::TempDir, ProviderFiles) {
        let home = tempfile::tempdir().expect("a folder");
        let folder = home.path().join("providers");
        fs::create_dir(&folder).expect("made");
        fs::set_permissions(&folder, fs::Permissions::from_mode(0o755)).expect("a mode");
        (home, ProviderFiles::in_folder(folder))
    }

    fn write(files: &ProviderFiles, name: &str, text: &str, mode: u32) {
        let path = files.folder().join(name);
        fs::write(&path, text).expect("written");
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).expect("a mode");
    }

    #[test]
    fn files_are_read_in_order_and_again_when_they_change() {
        let (_home, mut files) = folder();
        assert_eq!(files.read_if_changed(), Some(Vec::new()));
        assert_eq!(files.read_if_changed(), None);
        write(&files, "b.toml", "two", 0o644);
        write(&files, "a.toml", "one", 0o600);
        write(&files, "a.toml~", "old", 0o600);
        let read = files.read_if_changed().expect("changed");
        assert_eq!(read, [("a.toml".into(), Ok("one".into())), ("b.toml".into(), Ok("two".into()))]);
        assert_eq!(files.read_if_changed(), None);
        fs::remove_file(files.folder().join("b.toml")).expect("removed");
        assert_eq!(files.read_if_changed().expect("changed").len(), 1);
    }

    #[test]
    fn without_a_folder_there_is_no_file() {
        let mut files = ProviderFiles::in_folder("/nonexistent/keylodge/providers".into());
        assert_eq!(files.read_if_changed(), Some(Vec::new()));
    }

    #[test]
    fn sto_05_what_others_can_write_is_not_read() {
        let (_home, mut files) = folder();
        write(&files, "a.toml", "one", 0o666);
        let read = files.read_if_changed().expect("changed");
        assert!(read[0].1.as_ref().is_err_and(|why| why.contains("chmod go-w")), "{read:?}");
        write(&files, "a.toml", "one", 0o644);
        fs::set_permissions(files.folder(), fs::Permissions::from_mode(0o777)).expect("a mode");
        let read = files.read_if_changed().expect("changed");
        assert!(read[0].1.as_ref().is_err_and(|why| why.contains("providers can be written")), "{read:?}");
    }

    /// What is no plain file neither holds anybody up nor stops the others.
    #[test]
    fn sto_05_pipes_folders_and_dead_links_are_named() {
        let (home, mut files) = folder();
        let at = |name: &str| files.folder().join(name);
        rustix::fs::mknodat(
            rustix::fs::CWD,
            at("pipe.toml"),
            rustix::fs::FileType::Fifo,
            rustix::fs::Mode::RUSR,
            0,
        )
        .expect("a pipe");
        fs::create_dir(at("folder.toml")).expect("made");
        symlink("/nonexistent", at("dead.toml")).expect("linked");
        fs::write(home.path().join("kept.toml"), "one").expect("written");
        fs::set_permissions(home.path().join("kept.toml"), fs::Permissions::from_mode(0o444))
            .expect("a mode");
        symlink(home.path().join("kept.toml"), at("link.toml")).expect("linked");
        write(&files, "long.toml", &"#".repeat(300_000), 0o600);
        let read = files.read_if_changed().expect("changed");
        let of = |name: &str| read.iter().find(|(file, _)| file == name).map(|(_, text)| text.clone());
        assert_eq!(of("link.toml"), Some(Ok("one".to_owned())));
        for name in ["pipe.toml", "folder.toml", "dead.toml"] {
            assert!(of(name).is_some_and(|text| text.is_err()), "{name}");
        }
        let long = of("long.toml").expect("there").expect("as much as is needed to see that it is too long");
        assert_eq!(long.len() as u64, MAX_BYTES + 1);
    }
}
