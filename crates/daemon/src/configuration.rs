//! What can be chosen when the broker starts.

use std::path::PathBuf;

use broker::Secret;
use control::Place;

/// The loopback API's usual port.
pub const DEFAULT_PORT: u16 = 5395;

/// Choices for one run of the broker.
#[derive(Clone, Debug)]
pub struct Configuration {
    /// Where the vault is.
    pub data_dir: PathBuf,
    /// The folder of files that propose providers; none for the terminal demo.
    pub provider_files: Option<PathBuf>,
    /// Where the sockets and the discovery file are.
    pub place: Place,
    /// The loopback API's port; 0 takes a free one.
    pub port: u16,
    /// Opens the vault, or makes one where there is none.
    pub passphrase: Option<Secret<String>>,
    /// Starts the embedded demo provider at once.
    pub demo: bool,
    /// Uses the system keyring; off for the terminal demo, which must leave nothing behind.
    pub keyring: bool,
    /// Shows a window where there is a display.
    pub window: bool,
}

impl Configuration {
    /// The usual places of this user: `$XDG_DATA_HOME/keylodge`, `$XDG_CONFIG_HOME/keylodge/providers` and [`Place::from_environment`]. `None` when no home
    /// directory is known.
    #[must_use]
    pub fn usual() -> Option<Self> {
        let directories = directories::ProjectDirs::from("org", "keylodge", "keylodge")?;
        Some(Self {
            data_dir: directories.data_dir().to_owned(),
            provider_files: Some(directories.config_dir().join("providers")),
            place: Place::from_environment()?,
            port: DEFAULT_PORT,
            passphrase: None,
            demo: false,
            keyring: true,
            window: true,
        })
    }
}
