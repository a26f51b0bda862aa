//! Starting with the session: a systemd user unit where the person's session is run by systemd, and else an XDG autostart
//! entry. Either starts the broker alone, without a window.

use std::{
    env, fs, io,
    os::unix::fs::symlink,
    path::{Path, PathBuf},
};

use control::AutostartView;

const UNIT: &str = "keylodge.service";
const ENTRY: &str = "keylodge.desktop";

/// Where the files of this person's session are.
pub struct Autostart {
    configuration: PathBuf,
    program: PathBuf,
    systemd: bool,
}

impl Autostart {
    /// Of this session; `None` where no home directory is known.
    pub fn of_session() -> Option<Self> {
        let configuration = directories::BaseDirs::new()?.config_dir().to_owned();
        let runtime = env::var_os("XDG_RUNTIME_DIR").map(PathBuf::from);
        let systemd = runtime.is_some_and(|runtime| runtime.join("systemd/private").exists());
        Some(Self { configuration, program: env::current_exe().ok()?.with_file_name("keylodge"), systemd })
    }

    /// Whether Keylodge starts with the session, and by what.
    pub fn show(&self) -> AutostartView {
        let found = [self.wanted(), self.entry()].into_iter().find(|file| file.symlink_metadata().is_ok());
        AutostartView {
            on: found.is_some(),
            file: found.map(|file| file.display().to_string()).unwrap_or_default(),
        }
    }

    /// Starts it from the next login on, or no longer.
    pub fn set(&self, on: bool) -> io::Result<AutostartView> {
        for file in [self.wanted(), self.unit(), self.entry()] {
            absent(fs::remove_file(file))?;
        }
        if on && self.systemd {
            write(&self.unit(), &self.unit_text())?;
            let wanted = self.wanted();
            fs::create_dir_all(wanted.parent().unwrap_or(&self.configuration))?;
            symlink(self.unit(), wanted)?;
        } else if on {
            write(&self.entry(), &self.entry_text())?;
        }
        Ok(self.show())
    }

    fn unit(&self) -> PathBuf {
        self.configuration.join("systemd/user").join(UNIT)
    }

    /// What `systemctl --user enable` makes.
    fn wanted(&self) -> PathBuf {
        self.configuration.join("systemd/user/graphical-session.target.wants").join(UNIT)
    }

    fn entry(&self) -> PathBuf {
        self.configuration.join("autostart").join(ENTRY)
    }

    fn unit_text(&self) -> String {
        format!(
            "[Unit]\nDescription=Keylodge\nPartOf=graphical-session.target\n\n[Service]\nExecStart={} serve\nRestart=on-failure\n\n[Install]\nWantedBy=graphical-session.target\n",
            quoted(&self.program)
        )
    }

    fn entry_text(&self) -> String {
        format!(
            "[Desktop Entry]\nType=Application\nName=Keylodge\nExec={} serve\nNoDisplay=true\nX-GNOME-Autostart-enabled=true\n",
            quoted(&self.program)
        )
    }
}

fn write(file: &Path, text: &str) -> io::Result<()> {
    if let Some(folder) = file.parent() {
        fs::create_dir_all(folder)?;
    }
    fs::write(file, text)
}

fn absent(removed: io::Result<()>) -> io::Result<()> {
    match removed {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        other => other,
    }
}

/// A path as both kinds of file want it.
fn quoted(path: &Path) -> String {
    let text = path.display().to_string().replace('\\', "\\\\").replace('"', "\\\"").replace('%', "%%");
    format!("\"{text}\"")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn session(systemd: bool) -> (tempfile::TempDir, Autostart) {
        let folder = tempfile::tempdir().expect("a folder");
        let configuration = folder.path().join("config");
        (folder, Autostart { configuration, program: "/opt/key lodge/keylodge".into(), systemd })
    }

    #[test]
    fn either_system_starts_the_broker_and_forgets_it_again() {
        for systemd in [true, false] {
            let (_folder, autostart) = session(systemd);
            assert!(!autostart.show().on);
            let on = autostart.set(true).expect("written");
            let text = fs::read_to_string(&on.file).expect("a file that is there");
            assert!(text.contains("=\"/opt/key lodge/keylodge\" serve"), "{text}");
            assert_eq!(on.file.contains("systemd"), systemd);
            assert!(autostart.set(true).expect("written again").on);
            assert!(!autostart.set(false).expect("removed").on);
            assert!(!autostart.unit().exists() && !autostart.entry().exists());
        }
    }
}
