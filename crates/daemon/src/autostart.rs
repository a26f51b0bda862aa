//! Starting with the session: a systemd user unit where the person's session is run by systemd, and else an XDG autostart
//! entry. Either starts the broker alone, without a window.
//!
//! The unit is the package's, if there is one for this very program: then it is only enabled, as `systemctl --user enable`
//! would do it, and a later package can better it. Another program's is put in the shade by one of ours under the same name, so
//! that two never start. What an administrator enabled for everybody is masked by who does not want it.

use std::{
    env, fs, io,
    os::unix::fs::symlink,
    path::{Path, PathBuf},
};

use control::AutostartView;

const UNIT: &str = "keylodge.service";
const ENTRY: &str = "keylodge.desktop";
const WANTS: &str = "graphical-session.target.wants";
/// Units of the whole system, those that go before others first (`systemd.unit(5)`).
const SYSTEM: [&str; 3] = ["/etc/systemd/user", "/usr/local/lib/systemd/user", "/usr/lib/systemd/user"];
/// What masks a unit.
const NOTHING: &str = "/dev/null";

/// Where the files of this person's session are.
pub struct Autostart {
    configuration: PathBuf,
    program: PathBuf,
    systemd: bool,
    system: Vec<PathBuf>,
}

impl Autostart {
    /// Of this session; `None` where no home directory is known.
    pub fn of_session() -> Option<Self> {
        let configuration = directories::BaseDirs::new()?.config_dir().to_owned();
        let runtime = env::var_os("XDG_RUNTIME_DIR").map(PathBuf::from);
        let systemd = runtime.is_some_and(|runtime| runtime.join("systemd/private").exists());
        Some(Self {
            configuration,
            program: env::current_exe().ok()?.with_file_name("keylodge"),
            systemd,
            system: SYSTEM.map(PathBuf::from).to_vec(),
        })
    }

    /// Whether Keylodge starts with the session, and by what.
    pub fn show(&self) -> AutostartView {
        let wanted = (!self.is_masked()).then(|| [Some(self.wanted()), self.wanted_by_all()]);
        let files = wanted.into_iter().flatten().flatten().chain([self.entry()]);
        let found = files.into_iter().find(|file| file.symlink_metadata().is_ok());
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
        match on {
            true if self.systemd => self.want()?,
            true => write(&self.entry(), &self.entry_text())?,
            false if self.wanted_by_all().is_some() => link(Path::new(NOTHING), &self.unit())?,
            false => {}
        }
        Ok(self.show())
    }

    fn want(&self) -> io::Result<()> {
        if let Some(packaged) = self.packaged() {
            return link(&packaged, &self.wanted());
        }
        write(&self.unit(), &self.unit_text())?;
        link(&self.unit(), &self.wanted())
    }

    /// The package's unit, if it starts this program.
    fn packaged(&self) -> Option<PathBuf> {
        let mut units = self.system.iter().map(|folder| folder.join(UNIT));
        let (unit, text) = units.find_map(|unit| Some((unit.clone(), fs::read_to_string(unit).ok()?)))?;
        let command = text.lines().find_map(|line| line.strip_prefix("ExecStart="))?;
        let ours = [format!("{} ", self.program.display()), format!("{} ", quoted(&self.program))];
        ours.iter().any(|program| command.starts_with(program)).then_some(unit)
    }

    /// What an administrator made with `systemctl --global enable`.
    fn wanted_by_all(&self) -> Option<PathBuf> {
        let wanted = self.system.iter().map(|folder| folder.join(WANTS).join(UNIT));
        wanted.into_iter().find(|file| file.symlink_metadata().is_ok())
    }

    fn is_masked(&self) -> bool {
        fs::read_link(self.unit()).is_ok_and(|target| target == Path::new(NOTHING))
    }

    fn unit(&self) -> PathBuf {
        self.configuration.join("systemd/user").join(UNIT)
    }

    /// What `systemctl --user enable` makes.
    fn wanted(&self) -> PathBuf {
        self.configuration.join("systemd/user").join(WANTS).join(UNIT)
    }

    fn entry(&self) -> PathBuf {
        self.configuration.join("autostart").join(ENTRY)
    }

    fn unit_text(&self) -> String {
        format!(
            "[Unit]\nDescription=Keylodge\nAfter=graphical-session.target\nPartOf=graphical-session.target\n\n[Service]\nType=notify\nExecStart={} serve\nRestart=on-failure\nRestartSec=2\nTimeoutStartSec=120\nLimitCORE=0\nNoNewPrivileges=true\nUMask=0077\n\n[Install]\nWantedBy=graphical-session.target\n",
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

fn link(to: &Path, at: &Path) -> io::Result<()> {
    if let Some(folder) = at.parent() {
        fs::create_dir_all(folder)?;
    }
    symlink(to, at)
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
        let system = vec![folder.path().join("etc"), folder.path().join("lib")];
        (folder, Autostart { configuration, program: "/opt/key lodge/keylodge".into(), systemd, system })
    }

    /// Puts a unit where a package does.
    fn package(autostart: &Autostart, command: &str) -> PathBuf {
        let unit = autostart.system[1].join(UNIT);
        write(&unit, &format!("[Service]\nExecStart={command} serve\n")).expect("written");
        unit
    }

    #[test]
    fn the_packages_own_unit_is_enabled_and_not_copied() {
        let (_folder, autostart) = session(true);
        let unit = package(&autostart, "\"/opt/key lodge/keylodge\"");
        let on = autostart.set(true).expect("enabled");
        assert_eq!(fs::read_link(&on.file).expect("a link"), unit);
        assert!(!autostart.unit().exists(), "nothing stands before it");
        assert!(!autostart.set(false).expect("disabled").on);
        assert!(unit.exists());
    }

    #[test]
    fn another_programs_unit_is_put_in_the_shade_so_that_two_never_start() {
        let (_folder, autostart) = session(true);
        package(&autostart, "/usr/bin/keylodge");
        let on = autostart.set(true).expect("written");
        assert_eq!(fs::read_link(&on.file).expect("a link"), autostart.unit());
        assert!(fs::read_to_string(autostart.unit()).expect("ours").contains("Type=notify"));
        assert!(!autostart.set(false).expect("removed").on);
        assert!(autostart.unit().symlink_metadata().is_err());
    }

    #[test]
    fn what_was_enabled_for_everybody_can_be_masked_and_comes_back() {
        let (_folder, autostart) = session(true);
        let unit = package(&autostart, "/usr/bin/keylodge");
        link(&unit, &autostart.system[0].join(WANTS).join(UNIT)).expect("enabled for all");
        assert!(autostart.show().on);
        assert!(!autostart.set(false).expect("masked").on);
        assert!(autostart.is_masked());
        assert!(autostart.set(true).expect("unmasked").on);
        assert!(!autostart.is_masked());
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
