//! Where the project and its binaries are.

use std::{
    env,
    path::{Path, PathBuf},
};

/// The project's root.
pub fn project() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the package is in the project")
}

/// Which build of the binaries.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Build {
    /// The one beside the tests, as people get it.
    #[default]
    Usual,
    /// The test build that lets a WebDriver in (`scripts/window.sh`).
    Window,
}

impl Build {
    /// A binary of it.
    pub fn binary(self, name: &str) -> PathBuf {
        let test = env::current_exe().expect("a test knows its file");
        let profile = test.ancestors().nth(2).expect("tests are in target/PROFILE/deps");
        let path = match self {
            Self::Usual => profile.join(name),
            Self::Window => profile.with_file_name("window").join(name),
        };
        assert!(path.is_file(), "{} is not built. {}", path.display(), self.advice());
        path
    }

    fn advice(self) -> &'static str {
        match self {
            Self::Usual => "`cargo build --workspace` builds it.",
            Self::Window => "`scripts/window.sh` builds it.",
        }
    }
}
