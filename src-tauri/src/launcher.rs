//! Started by a person: asks the broker to open the window, and starts the broker first if there is none.
//!
//! The window itself is a child of the broker, never of this process: only such a child can carry a
//! person's *yes*.

use std::{
    env,
    fs::{DirBuilder, File, OpenOptions},
    io,
    os::unix::{
        fs::{DirBuilderExt, OpenOptionsExt},
        process::CommandExt,
    },
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use control::{CallError, Client, Page, Place, Request};

/// How long a broker that was just started may take until it listens.
const START_TIME: Duration = Duration::from_secs(10);
/// How long it is waited for once the process we started has ended: another one may have won the race.
const GRACE: Duration = Duration::from_secs(1);
const BETWEEN_TRIES: Duration = Duration::from_millis(50);
/// How long the broker may take to answer.
const ANSWER_TIME: Duration = Duration::from_secs(10);
const LOG: &str = "broker.log";

/// Opens the window. Both sides are sentences for the person.
pub fn launch() -> Result<String, String> {
    let place = Place::from_environment()
        .ok_or("Keylodge finds no place for its sockets: set XDG_RUNTIME_DIR or HOME.")?;
    let mut client = match Client::connect(&place.control_socket()) {
        Ok(client) => client,
        Err(CallError::NotRunning(_)) => start_and_connect(&place)?,
        Err(error) => return Err(error.to_string()),
    };
    client.set_timeout(Some(ANSWER_TIME)).map_err(|error| CallError::Broken(error).to_string())?;
    client.call(Request::Open { page: Page::default() }, None).map_err(|error| error.to_string())?;
    Ok("Keylodge is open.".to_owned())
}

fn start_and_connect(place: &Place) -> Result<Client, String> {
    let broker = broker_program().map_err(|error| format!("Keylodge's broker is not there: {error}."))?;
    let child =
        start(&broker, place).map_err(|error| format!("{} cannot be started: {error}.", broker.display()))?;
    wait_for(child, place)
}

/// `keylodge` beside this very file; never whatever `PATH` offers.
fn broker_program() -> io::Result<PathBuf> {
    env::current_exe()?.canonicalize()?.with_file_name("keylodge").canonicalize()
}

fn start(broker: &Path, place: &Place) -> io::Result<Child> {
    Command::new(broker)
        .arg("serve")
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(log_file(place).map_or_else(|_| Stdio::null(), Stdio::from))
        .process_group(0)
        .spawn()
}

fn log_file(place: &Place) -> io::Result<File> {
    DirBuilder::new().recursive(true).mode(0o700).create(place.runtime_dir())?;
    let path = place.runtime_dir().join(LOG);
    OpenOptions::new().create(true).write(true).truncate(true).mode(0o600).open(path)
}

#[expect(
    clippy::disallowed_methods,
    reason = "nothing tells that a socket of another process is there; bounded"
)]
fn wait_for(mut child: Child, place: &Place) -> Result<Client, String> {
    let mut until = Instant::now() + START_TIME;
    let mut ended = false;
    while Instant::now() < until {
        if let Ok(client) = Client::connect(&place.control_socket()) {
            return Ok(client);
        }
        if !ended && child.try_wait().is_ok_and(|status| status.is_some()) {
            ended = true;
            until = Instant::now() + GRACE;
        }
        thread::sleep(BETWEEN_TRIES);
    }
    Err(no_broker(ended, place))
}

fn no_broker(ended: bool, place: &Place) -> String {
    let what = if ended { "ended at once" } else { "does not answer" };
    let log = place.runtime_dir().join(LOG);
    format!("Keylodge's broker was started but {what}. Its log is {}.", log.display())
}
