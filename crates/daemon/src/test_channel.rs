//! Test builds only: lets in a desktop process that a WebDriver started. No ordinary build has this file in it.

use std::{path::PathBuf, sync::Arc};

use broker::Broker;
use control::Event;
use loopback::control::Way;
use tokio::{net::UnixListener, sync::broadcast};

use crate::{desktop::Desktop, household::House, serve::session_maker};

/// Serves whoever connects as if the broker had started it.
pub async fn serve(
    path: PathBuf,
    desktop: Arc<Desktop>,
    broker: Broker,
    house: Arc<House>,
    events: broadcast::Sender<Event>,
) {
    let _ = std::fs::remove_file(&path);
    let listener = match UnixListener::bind(&path) {
        Ok(listener) => listener,
        Err(error) => return tracing::error!(%error, "the test channel could not be opened"),
    };
    let session = session_maker(&broker, &house, &events);
    while let Ok((stream, _)) = listener.accept().await {
        desktop.adopt(true);
        let waiting = u32::try_from(broker.prompts().len()).unwrap_or(u32::MAX);
        let first = vec![Event::Show { page: control::Page::Accounts }];
        let session = session(Way::Window).beginning_with(first, Event::Prompts { waiting });
        let desktop = Arc::clone(&desktop);
        tokio::spawn(async move {
            loopback::control::serve(stream, session).await;
            desktop.adopt(false);
        });
    }
}
