//! Files that the person names: backups and exports. New ones only, for the person only.

use std::{
    fs::{self, File},
    io::{self, Read, Write},
    os::unix::fs::OpenOptionsExt,
    path::Path,
};

use broker::Error;
use broker::messages::refusals;

/// No backup of this program is larger.
const MAX_BYTES: u64 = 256 << 20;

/// Writes one. What is there already is never overwritten.
pub fn write(path: &str, content: &[u8]) -> Result<(), Error> {
    let path = in_full(path)?;
    let made = fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(path);
    let written = made.and_then(|mut file| file.write_all(content).and_then(|()| file.sync_all()));
    written.map_err(|error| match error.kind() {
        io::ErrorKind::AlreadyExists => Error::InvalidRequest(refusals::FILE_THERE.sentence()),
        _ => Error::InvalidRequest(refusals::FILE_NOT_WRITTEN.with([("why", &error.to_string())])),
    })
}

/// Reads a backup.
pub fn read(path: &str) -> Result<Vec<u8>, Error> {
    let mut sealed = Vec::new();
    let read = File::open(in_full(path)?).and_then(|file| file.take(MAX_BYTES).read_to_end(&mut sealed));
    read.map_err(|error| {
        Error::InvalidRequest(refusals::BACKUP_NOT_READ.with([("why", &error.to_string())]))
    })?;
    Ok(sealed)
}

/// The broker works in another directory than whoever asks.
fn in_full(path: &str) -> Result<&Path, Error> {
    let path = Path::new(path);
    if path.is_absolute() {
        return Ok(path);
    }
    Err(Error::InvalidRequest(refusals::FILE_PATH.sentence()))
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn a_backup_is_new_private_and_read_back() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("backup.keylodge").display().to_string();
        write(&path, b"sealed").expect("written");
        assert_eq!(read(&path).expect("read"), b"sealed");
        let mode = fs::metadata(&path).expect("there").permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        assert!(write(&path, b"other").is_err(), "nothing is overwritten");
        assert!(write("backup", b"x").is_err() && read("../backup").is_err(), "paths in full only");
    }
}
