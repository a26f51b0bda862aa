//! Binds a Unix socket in a directory that nobody else can write (LOC-02, LOC-13).

use std::{
    fs::{self, DirBuilder, Permissions},
    io::{self, ErrorKind},
    os::{
        fd::OwnedFd,
        unix::{
            fs::{DirBuilderExt, PermissionsExt},
            net::{UnixListener as StdUnixListener, UnixStream},
        },
    },
    path::{Path, PathBuf},
};

use rustix::{
    fs::{AtFlags, FileType, Mode, OFlags},
    io::Errno,
    process::geteuid,
};
use tokio::net::UnixListener;

use crate::BindError;

/// Binds `path`, mode 0600, in a directory of our own with mode 0700 (made if it is not there). A socket that a
/// killed broker left is replaced; one that answers, and anything else in its place, is refused. Needs a tokio
/// runtime.
///
/// # Errors
/// [`BindError::Socket`] with a sentence.
pub fn bind_socket(path: &Path) -> Result<UnixListener, BindError> {
    bind(path).map_err(|why| BindError::Socket { path: path.to_owned(), why })
}

fn bind(path: &Path) -> Result<UnixListener, String> {
    let (Some(directory), Some(name)) = (path.parent(), path.file_name()) else {
        return Err("it is not the path of a file.".to_owned());
    };
    let directory = own_directory(directory)?;
    clear(&directory, Path::new(name), path)?;
    let listener = UnixListener::bind(path).map_err(|error| format!("{error}."))?;
    // Nobody else can reach it before this: the directory is ours alone.
    fs::set_permissions(path, Permissions::from_mode(0o600)).map_err(|error| format!("{error}."))?;
    Ok(listener)
}

/// Uses a socket that was opened for us. It must be in a directory that is ours alone, like our own. Needs a tokio
/// runtime.
///
/// # Errors
/// [`BindError::Socket`] with a sentence.
pub fn inherit(socket: StdUnixListener) -> Result<UnixListener, BindError> {
    let path = socket.local_addr().ok().and_then(|address| Some(address.as_pathname()?.to_owned()));
    let path = path.unwrap_or_default();
    let refused = |why| BindError::Socket { path: path.clone(), why };
    let directory = path.parent().ok_or_else(|| refused("it has no place in the file system.".to_owned()))?;
    own_directory(directory).map_err(refused)?;
    let taken = socket.set_nonblocking(true).and_then(|()| UnixListener::from_std(socket));
    taken.map_err(|error| refused(format!("{error}.")))
}

/// Opens the directory and verifies through the descriptor that it is ours alone.
fn own_directory(directory: &Path) -> Result<OwnedFd, String> {
    make(directory).map_err(|error| format!("its directory cannot be made ({error})."))?;
    let flags = OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC | OFlags::RDONLY;
    let opened = rustix::fs::open(directory, flags, Mode::empty())
        .map_err(|error| format!("its directory cannot be opened ({error})."))?;
    let found = rustix::fs::fstat(&opened).map_err(|error| format!("{error}."))?;
    if found.st_uid != geteuid().as_raw() {
        return Err("its directory belongs to another user.".to_owned());
    }
    if found.st_mode & 0o077 != 0 {
        return Err(format!("others may enter its directory. `chmod 700 {}` mends it.", directory.display()));
    }
    Ok(opened)
}

fn make(directory: &Path) -> io::Result<()> {
    match DirBuilder::new().mode(0o700).create(directory) {
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(()),
        Err(error) if error.kind() == ErrorKind::NotFound => {
            DirBuilder::new().mode(0o700).recursive(true).create(directory)
        }
        other => other,
    }
}

/// Takes away what a killed broker left, and nothing else.
fn clear(directory: &OwnedFd, name: &Path, path: &Path) -> Result<(), String> {
    let found = match rustix::fs::statat(directory, name, AtFlags::SYMLINK_NOFOLLOW) {
        Err(Errno::NOENT) => return Ok(()),
        other => other.map_err(|error| format!("{error}."))?,
    };
    let socket = FileType::from_raw_mode(found.st_mode) == FileType::Socket;
    if !socket || found.st_uid != geteuid().as_raw() {
        return Err("there is something else in its place. Look at it, and remove it.".to_owned());
    }
    if UnixStream::connect(PathBuf::from(path)).is_ok() {
        return Err("another Keylodge answers there already. Use that one, or stop it first.".to_owned());
    }
    rustix::fs::unlinkat(directory, name, AtFlags::empty()).map_err(|error| format!("{error}."))
}

#[cfg(test)]
mod tests {
    use std::os::unix::{fs::symlink, net::UnixListener as Listener};

    use super::*;

    fn place() -> (tempfile::TempDir, PathBuf) {
        let home = tempfile::tempdir().expect("a directory");
        let path = home.path().join("run/api.sock");
        (home, path)
    }

    fn mode(path: &Path) -> u32 {
        fs::symlink_metadata(path).expect("it is there").permissions().mode() & 0o777
    }

    #[tokio::test]
    async fn loc_02_loc_13_the_socket_is_for_its_owner_alone() {
        let (_home, path) = place();
        let _listener = bind_socket(&path).expect("binds");
        assert_eq!((mode(&path), mode(path.parent().expect("a parent"))), (0o600, 0o700));
    }

    #[tokio::test]
    async fn loc_13_a_stale_socket_is_replaced_and_a_live_one_is_not() {
        let (_home, path) = place();
        drop(bind_socket(&path).expect("binds"));
        let live = bind_socket(&path).expect("what was left is replaced");
        let refused = bind_socket(&path).expect_err("it answers").to_string();
        assert!(refused.contains("another Keylodge"), "{refused}");
        drop(live);
    }

    #[tokio::test]
    async fn loc_13_planted_things_are_refused_and_left_alone() {
        let (home, path) = place();
        drop(bind_socket(&path).expect("makes the directory"));
        fs::remove_file(&path).expect("removed");
        let elsewhere = home.path().join("elsewhere.sock");
        let _other = Listener::bind(&elsewhere).expect("binds");
        symlink(&elsewhere, &path).expect("a link");
        assert!(bind_socket(&path).is_err(), "a symbolic link");
        assert!(path.is_symlink() && elsewhere.exists());
        fs::remove_file(&path).expect("removed");
        fs::write(&path, "").expect("a file");
        assert!(bind_socket(&path).is_err(), "a file");
        assert!(path.is_file());
    }

    #[tokio::test]
    async fn loc_13_a_directory_that_others_enter_is_refused() {
        let (_home, path) = place();
        drop(bind_socket(&path).expect("makes the directory"));
        let directory = path.parent().expect("a parent");
        fs::set_permissions(directory, Permissions::from_mode(0o755)).expect("opened");
        let refused = bind_socket(&path).expect_err("open to others").to_string();
        assert!(refused.contains("chmod 700"), "{refused}");
        let real = directory.with_file_name("real");
        fs::set_permissions(directory, Permissions::from_mode(0o700)).expect("closed");
        fs::rename(directory, &real).expect("moved");
        symlink(&real, directory).expect("a link");
        assert!(bind_socket(&path).is_err(), "a directory behind a link");
    }
}
