//! The desktop process: started by the broker alone, with a clean environment and a channel that no path leads to.

use std::{
    env,
    ffi::OsString,
    io,
    os::{fd::OwnedFd, unix::net::UnixStream},
    path::PathBuf,
    process::Stdio,
    sync::{Mutex, MutexGuard, OnceLock, PoisonError},
};

use control::{Event, Page};
use tokio::process::{Child, Command};

use crate::session::Sessions;

/// Says to the desktop process which descriptor is the channel. It is its standard input: that way no other child of
/// the broker can ever inherit it.
const CHANNEL_VARIABLE: &str = "KEYLODGE_CHANNEL_FD";

/// What the desktop process needs of the environment. Everything else stays out: no preloaded library, no automation
/// of the web view.
const KEPT: [&str; 27] = [
    "HOME",
    "USER",
    "LOGNAME",
    "LANG",
    "LANGUAGE",
    "LC_ALL",
    "LC_MESSAGES",
    "LC_TIME",
    "TZ",
    "DISPLAY",
    "XAUTHORITY",
    "WAYLAND_DISPLAY",
    "XDG_RUNTIME_DIR",
    "XDG_SESSION_TYPE",
    "XDG_SESSION_ID",
    "XDG_CURRENT_DESKTOP",
    "XDG_DATA_DIRS",
    "XDG_CONFIG_HOME",
    "XDG_DATA_HOME",
    "XDG_CACHE_HOME",
    "DBUS_SESSION_BUS_ADDRESS",
    "GDK_BACKEND",
    "GDK_SCALE",
    "GTK_THEME",
    // For graphics drivers with which the window would stay empty.
    "WEBKIT_DISABLE_COMPOSITING_MODE",
    "WEBKIT_DISABLE_DMABUF_RENDERER",
    "WEBKIT_SKIA_ENABLE_CPU_RENDERING",
];

/// A desktop process that hangs up is started again at most so often in a row without having been asked for anew.
pub type OnChannel = Box<dyn Fn(UnixStream, Vec<Event>) + Send + Sync>;

/// Starts the desktop process when something is to be shown.
pub struct Desktop {
    program: Option<PathBuf>,
    wanted: bool,
    sessions: Box<dyn Sessions>,
    running: Mutex<Option<u32>>,
    on_channel: OnceLock<OnChannel>,
    tell: OnceLock<Box<dyn Fn(Event) + Send + Sync>>,
}

impl Desktop {
    /// `wanted`: a window may be shown at all.
    pub fn new(wanted: bool, sessions: Box<dyn Sessions>) -> Self {
        Self {
            program: beside_us(),
            wanted,
            sessions,
            running: Mutex::default(),
            on_channel: OnceLock::new(),
            tell: OnceLock::new(),
        }
    }

    /// Says who serves the channel of a desktop process, and who tells a running one what to show.
    pub fn connect(&self, on_channel: OnChannel, tell: Box<dyn Fn(Event) + Send + Sync>) {
        let _ = self.on_channel.set(on_channel);
        let _ = self.tell.set(tell);
    }

    /// Whether a window can be shown: there is a display and the program is installed.
    pub fn has_display(&self) -> bool {
        let display = ["WAYLAND_DISPLAY", "DISPLAY"]
            .iter()
            .any(|name| env::var_os(name).is_some_and(|v| !v.is_empty()));
        self.wanted && display && (self.program.is_some() || cfg!(feature = "webdriver"))
    }

    /// Shows a page of the main window.
    ///
    /// # Errors
    /// A sentence that says why no window can be shown.
    pub fn show(&self, page: Page) -> Result<(), String> {
        self.show_all(vec![Event::Show { page }])
    }

    /// Whether the person's session is in front, as far as can be told. While it is not, prompts wait: they are shown when
    /// it is again, or run out.
    pub fn may_prompt(&self) -> bool {
        self.has_display() && self.sessions.active() != Some(false)
    }

    /// Makes sure that a desktop process is there to show the prompts that wait.
    pub fn show_prompts(&self) {
        if self.may_prompt()
            && let Err(why) = self.show_all(Vec::new())
        {
            tracing::warn!(why, "the prompt cannot be shown");
        }
    }

    /// Shows where the vault is unlocked: a program waits for that.
    pub fn show_unlock(&self) {
        if self.may_prompt()
            && let Err(why) = self.show(Page::Unlock)
        {
            tracing::warn!(why, "the window cannot be shown");
        }
    }

    /// Notes that a desktop process is there that the broker did not start (test builds only).
    #[cfg(feature = "webdriver")]
    pub fn adopt(&self, running: bool) {
        *self.running() = running.then_some(0);
    }

    fn show_all(&self, events: Vec<Event>) -> Result<(), String> {
        let mut running = self.running();
        if running.is_some() {
            if let Some(tell) = self.tell.get() {
                events.into_iter().for_each(tell);
            }
            return Ok(());
        }
        if !self.has_display() {
            return Err("There is no display to show a window on.".to_owned());
        }
        let (child, channel) =
            self.start().map_err(|error| format!("The window could not be started: {error}."))?;
        *running = child.id();
        drop(running);
        if let Some(serve) = self.on_channel.get() {
            serve(channel, events);
        }
        Self::reap(child);
        Ok(())
    }

    fn start(&self) -> io::Result<(Child, UnixStream)> {
        let program = self.program.as_ref().ok_or(io::ErrorKind::NotFound)?;
        let (ours, theirs) = UnixStream::pair()?;
        let child = Command::new(program)
            .env_clear()
            .envs(kept_environment())
            .env(CHANNEL_VARIABLE, "0")
            .stdin(Stdio::from(OwnedFd::from(theirs)))
            .stdout(Stdio::null())
            .kill_on_drop(false)
            .spawn()?;
        tracing::info!(pid = child.id(), "the desktop process was started");
        Ok((child, ours))
    }

    fn reap(mut child: Child) {
        // The broker lives longer than any desktop process; the slot is emptied by `ended`.
        tokio::spawn(async move {
            match child.wait().await {
                Ok(status) => tracing::info!(%status, "the desktop process has ended"),
                Err(error) => tracing::warn!(%error, "the desktop process is lost"),
            }
        });
    }

    /// The channel has closed: the next thing to show starts a new process.
    pub fn ended(&self) {
        *self.running() = None;
    }

    fn running(&self) -> MutexGuard<'_, Option<u32>> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// `keylodge-desktop` in the directory of our own executable; no search path is asked.
fn beside_us() -> Option<PathBuf> {
    let program = env::current_exe().ok()?.with_file_name("keylodge-desktop");
    program.is_file().then_some(program)
}

fn kept_environment() -> impl Iterator<Item = (&'static str, OsString)> {
    let path = ("PATH", OsString::from("/usr/local/bin:/usr/bin:/bin"));
    KEPT.iter().filter_map(|name| env::var_os(name).map(|value| (*name, value))).chain([path])
}
