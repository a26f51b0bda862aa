//! Where the web view may put its files: one private directory that is emptied at start and at the end.
//!
//! Nothing sensitive is in the views, and nothing that they write outlives them. The web view's own
//! private mode is not used: on Linux it gives each window a context of its own, in which Tauri
//! registers the `tauri:` scheme for the first window only.

use std::{
    fs::{self, DirBuilder},
    io,
    os::unix::fs::DirBuilderExt,
    path::{Path, PathBuf},
};

use control::Place;

const NAME: &str = "desktop-webview";

/// The directory; emptied by [`WebData::clear`].
#[derive(Clone, Debug)]
pub struct WebData {
    directory: PathBuf,
}

impl WebData {
    /// A fresh, empty directory (mode 0700) in the runtime directory.
    pub fn fresh(place: &Place) -> io::Result<Self> {
        let data = Self { directory: place.runtime_dir().join(NAME) };
        data.clear();
        DirBuilder::new().recursive(true).mode(0o700).create(&data.directory)?;
        Ok(data)
    }

    /// The directory itself.
    pub fn directory(&self) -> &Path {
        &self.directory
    }

    /// Removes it with all that is in it. What a dying web process still holds goes at the next start.
    pub fn clear(&self) {
        drop(fs::remove_dir_all(&self.directory));
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn tau_10_what_the_web_view_wrote_is_gone_at_the_next_start() {
        let place = Place::at(std::env::temp_dir().join(format!("keylodge-web-data-{}", std::process::id())));
        let data = WebData::fresh(&place).expect("first");
        fs::write(data.directory().join("cookies"), "canary").expect("write");
        let data = WebData::fresh(&place).expect("second");
        assert_eq!(fs::read_dir(data.directory()).expect("list").count(), 0);
        let mode = fs::metadata(data.directory()).expect("metadata").permissions().mode();
        assert_eq!(mode & 0o777, 0o700);
        fs::remove_dir_all(place.runtime_dir()).expect("tidy up");
    }
}
