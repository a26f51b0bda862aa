//! Presses the buttons of the demo provider's sign-in page where there is no browser: in a terminal and in tests.

use url::{Host, Url};

use crate::wire::{Ask, Reply, Wire, shown_url};

/// Signs in as Ada and agrees to everything: opens `authorize_url`, sends the page's form, and follows the answer to
/// the callback address. Returns the lines of what was visited, secrets shortened.
///
/// # Errors
/// A sentence, if the address is not on loopback or the page is not the demo provider's.
pub async fn sign_in(authorize_url: &str) -> Result<Vec<String>, String> {
    press(authorize_url, "ada").await
}

/// The same as Grace.
///
/// # Errors
/// As [`sign_in`].
pub async fn sign_in_as_grace(authorize_url: &str) -> Result<Vec<String>, String> {
    press(authorize_url, "grace").await
}

/// Presses "Cancel" instead.
///
/// # Errors
/// As [`sign_in`].
pub async fn cancel(authorize_url: &str) -> Result<Vec<String>, String> {
    press(authorize_url, "cancel").await
}

async fn press(authorize_url: &str, button: &str) -> Result<Vec<String>, String> {
    let page = loopback(authorize_url)?;
    let mut wire = Wire::new()?;
    let shown = wire.send(Ask::get(authorize_url)).await?;
    let ticket = ticket(&shown)?;
    let scopes: Vec<&str> = between(&shown.text, "name=\"scope\" value=\"").collect();
    let mut form = vec![("ticket", ticket), ("decision", button)];
    form.extend(scopes.into_iter().map(|scope| ("scope", scope)));
    let target = page.join("/authorize").map_err(|_| "The sign-in page has no address.")?;
    let origin = page.origin().ascii_serialization();
    let answer = wire.send(Ask::post(target.as_str()).origin(&origin).form(&form)).await?;
    let back = answer.location.ok_or(format!("The sign-in page did not lead back ({}).", answer.status))?;
    loopback(&back)?;
    let arrived = wire.send(Ask::get(&back)).await?;
    if arrived.status >= 400 {
        return Err(format!("{} did not take the answer ({}).", shown_url(&back), arrived.status));
    }
    Ok(wire.take())
}

fn ticket(page: &Reply) -> Result<&str, String> {
    let found = between(&page.text, "name=\"ticket\" value=\"").next().filter(|_| page.status == 200);
    found.ok_or_else(|| format!("This is not the demo provider's sign-in page ({}).", page.status))
}

/// Every text that follows `before` up to the next quotation mark.
fn between<'a>(text: &'a str, before: &'a str) -> impl Iterator<Item = &'a str> {
    text.split(before).skip(1).filter_map(|rest| rest.split('"').next())
}

/// Only the demo is ever driven this way: a real provider's page belongs to the person's browser.
fn loopback(address: &str) -> Result<Url, String> {
    let refused = || "Only the demo provider on this computer can be signed in to this way.".to_owned();
    let url = Url::parse(address).map_err(|_| refused())?;
    let here = match url.host() {
        Some(Host::Ipv4(ip)) => ip.is_loopback(),
        Some(Host::Ipv6(ip)) => ip.is_loopback(),
        _ => false,
    };
    if here && url.scheme() == "http" { Ok(url) } else { Err(refused()) }
}
