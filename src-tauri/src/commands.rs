//! What the two windows can call: thin commands that check who asks and pass the request on.
//!
//! Requests are never logged: they can hold a passphrase on its way to the broker.

use std::time::Instant;

use control::{Answer, Failure, FailureCode, Page, Passphrase, Request, Said};
use tauri::{Manager, State, WebviewWindow};

use crate::{desk::Desk, doors, events, files};

/// Everything the main window asks.
#[tauri::command]
pub async fn call(
    window: WebviewWindow,
    desk: State<'_, Desk>,
    request: Request,
    passphrase: Option<Passphrase>,
) -> Result<Answer, Failure> {
    doors::main(window.label(), &request)?;
    desk.channel.call(request, passphrase).await
}

/// Lets the person choose a file, and tells its path: where `name` is given one to be written, else one that is there.
#[tauri::command]
pub async fn choose_file(
    window: WebviewWindow,
    title: String,
    name: Option<String>,
) -> Result<Option<String>, Failure> {
    doors::main_only(window.label())?;
    files::choose(&window, &title, name.as_deref()).await.map_err(|error| Failure {
        code: FailureCode::Internal,
        sentence: format!("The dialog for files could not be shown: {error}."),
        next: "Type the file's path instead.".to_owned(),
        id: "desktop-no-file-dialog".to_owned(),
        said: Some(Box::new(Said::new("desktop.no_file_dialog", [("why", error.to_string())]))),
    })
}

/// The page that the main window begins with.
#[tauri::command]
#[expect(clippy::needless_pass_by_value, reason = "Tauri hands the state over by value")]
pub fn initial_page(desk: State<'_, Desk>) -> Page {
    desk.page()
}

/// Brings the prompt into sight, for a person who put it off or closed it. It decides nothing.
#[tauri::command]
pub async fn show_prompt(window: WebviewWindow) -> Result<(), Failure> {
    events::bring_prompt(window.app_handle()).map_err(|error| Failure {
        code: FailureCode::Internal,
        sentence: format!("The window that asks could not be shown: {error}."),
        next: "Answer at a terminal: `keylodge request list`.".to_owned(),
        id: "desktop-no-prompt".to_owned(),
        said: Some(Box::new(Said::new("desktop.no_prompt", [("why", error.to_string())]))),
    })
}

/// Everything the prompt asks. After a decision the next prompt has to stand still first.
#[tauri::command]
pub async fn prompt_call(
    window: WebviewWindow,
    desk: State<'_, Desk>,
    request: Request,
    passphrase: Option<Passphrase>,
) -> Result<Answer, Failure> {
    doors::prompt(window.label(), &request)?;
    if doors::says_yes(&request) {
        desk.gate.pass(Instant::now())?;
    }
    let decides = matches!(request, Request::RequestDecide { .. });
    let outcome = desk.channel.call(request, passphrase).await;
    if decides {
        events::disturb(window.app_handle());
    }
    outcome
}
