//! Makes, shows and closes the two windows: the main window and the prompt.
//!
//! Both show the same embedded page, which looks at its window's label. Both are confined: no other
//! address, no second window, no download, no camera, no inspector.

use tauri::{
    AppHandle, Manager, WebviewUrl, WebviewWindowBuilder, Wry,
    webview::{NewWindowResponse, PermissionResponse},
};

use crate::desk::Desk;

/// Label of the main window.
pub const MAIN: &str = "main";
/// Label of the prompt.
pub const PROMPT: &str = "prompt";

/// Shows the main window in front of the others, and makes it first if need be.
pub fn show_main(app: &AppHandle) -> tauri::Result<()> {
    if let Some(window) = app.get_webview_window(MAIN) {
        window.unminimize()?;
        window.show()?;
        return window.set_focus();
    }
    confined(app, MAIN).title("Keylodge").inner_size(980.0, 680.0).min_inner_size(420.0, 480.0).build()?;
    Ok(())
}

/// Shows the prompt above the others without taking the keyboard from what the person is doing.
pub fn show_prompt(app: &AppHandle) -> tauri::Result<()> {
    if let Some(window) = app.get_webview_window(PROMPT) {
        window.unminimize()?;
        return window.show();
    }
    let prompt = confined(app, PROMPT)
        .title("Keylodge: a program asks")
        .inner_size(460.0, 740.0)
        .min_inner_size(380.0, 420.0)
        .always_on_top(true)
        .visible_on_all_workspaces(true)
        .focused(false)
        .skip_taskbar(false)
        // The person's own words are in it. Linux has no such flag; there it does nothing.
        .content_protected(true)
        .build()?;
    // Within the window alone: once the person turns to it, the keys are the page's.
    #[cfg(target_os = "linux")]
    prompt.with_webview(|view| gtk::prelude::WidgetExt::grab_focus(&view.inner()))?;
    Ok(())
}

/// Takes the prompt away, if it is there.
pub fn close_prompt(app: &AppHandle) -> tauri::Result<()> {
    app.get_webview_window(PROMPT).map_or(Ok(()), |window| window.destroy())
}

fn confined<'a>(app: &'a AppHandle, label: &str) -> WebviewWindowBuilder<'a, Wry, AppHandle> {
    WebviewWindowBuilder::new(app, label, WebviewUrl::App("index.html".into()))
        .on_navigation(is_ours)
        .on_new_window(|_, _| NewWindowResponse::Deny)
        .on_download(|_, _| false)
        .on_permission_request(|_, _| PermissionResponse::Deny)
        .data_directory(app.state::<Desk>().web_data.directory().to_owned())
        .disable_drag_drop_handler()
        .general_autofill_enabled(false)
        .devtools(false)
        .center()
}

/// The embedded page, and nothing else in the world.
fn is_ours(address: &tauri::Url) -> bool {
    address.scheme() == "tauri" && address.host_str() == Some("localhost") && address.port().is_none()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tau_02_no_address_but_our_own_can_be_opened() {
        let ours = |text: &str| is_ours(&text.parse().expect("an address"));
        assert!(ours("tauri://localhost/index.html"));
        for foreign in [
            "http://localhost/",
            "http://tauri.localhost/",
            "https://app.evil.example/",
            "tauri://localhost.evil.example/",
            "tauri://evil@elsewhere/",
            "tauri://localhost:8080/",
            "file:///etc/passwd",
            "data:text/html,hello",
            "about:blank",
            "javascript:alert(1)",
        ] {
            assert!(!ours(foreign), "{foreign}");
        }
    }
}
