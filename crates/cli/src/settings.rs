//! `keylodge settings …`, `policy show`, `autostart`, `pause` and `resume`.

use std::process::ExitCode;

use control::{Answer, Request, SettingView};

use crate::{
    arguments::{Global, SettingsCommand, Switch},
    connection::{Broker, done, unexpected},
    exit::Failed,
    output, words,
};

/// Carries out a command about settings.
pub fn run(command: SettingsCommand, global: &Global) -> Result<ExitCode, Failed> {
    let mut broker = Broker::connect(global)?;
    let request = match command {
        SettingsCommand::List => Request::SettingsList,
        SettingsCommand::Set { key, value } => Request::SettingsSet { key, value },
        SettingsCommand::Reset { key } => Request::SettingsReset { key },
    };
    match broker.ask_and_prove_if_needed(request)? {
        Answer::Settings(settings) if global.json => output::json(&settings),
        Answer::Settings(settings) => {
            let rows = settings.into_iter().map(row).collect();
            Ok(output::table(["SETTING", "IS", "WHAT IT DOES"], rows, "Nothing can be set."))
        }
        other => unexpected(&other),
    }
}

fn row(setting: SettingView) -> [String; 3] {
    let hidden = matches!(setting.kind, control::SettingKind::Private { .. });
    let value = if hidden && setting.set { "(yours)".to_owned() } else { setting.value };
    let words = format!("{} {}", setting.words, setting.fixed);
    [setting.key, value, words.trim().to_owned()]
}

/// `keylodge policy show`.
pub fn policy(global: &Global) -> Result<ExitCode, Failed> {
    let policy = match Broker::connect(global)?.ask(Request::PolicyShow)? {
        Answer::Policy(policy) => policy,
        other => return unexpected(&other),
    };
    if global.json {
        return output::json(&policy);
    }
    if !policy.present {
        say!("There is no policy on this computer ({}).", policy.file);
        return Ok(ExitCode::SUCCESS);
    }
    output::facts(&[
        ("File", policy.file),
        ("Set by", policy.set_by),
        ("Ask", policy.contact),
        ("Broken", policy.broken),
    ]);
    for rule in policy.rules {
        say!("  {rule}");
    }
    Ok(ExitCode::SUCCESS)
}

/// `keylodge autostart [on|off]`.
pub fn autostart(change: Option<Switch>, global: &Global) -> Result<ExitCode, Failed> {
    let request = match change {
        None => Request::AutostartShow,
        Some(change) => Request::AutostartSet { on: change == Switch::On },
    };
    match Broker::connect(global)?.ask(request)? {
        Answer::Autostart(autostart) if global.json => output::json(&autostart),
        Answer::Autostart(autostart) => {
            if autostart.on {
                say!("Keylodge starts with your session ({}).", autostart.file);
            } else {
                say!("Keylodge does not start with your session.");
            }
            Ok(ExitCode::SUCCESS)
        }
        other => unexpected(&other),
    }
}

/// `keylodge pause`.
pub fn pause(duration: &str, global: &Global) -> Result<ExitCode, Failed> {
    let seconds = words::seconds(duration)?;
    let sentence = "Paused: nothing is handed out and nothing is asked. `keylodge resume` ends it.";
    done(&Broker::connect(global)?.ask(Request::Pause { seconds })?, global, sentence)
}

/// `keylodge resume`.
pub fn resume(global: &Global) -> Result<ExitCode, Failed> {
    let answer = Broker::connect(global)?.ask_and_prove_if_needed(Request::Resume)?;
    done(&answer, global, "The pause has ended.")
}
