//! Test builds only: lets in a desktop process that a WebDriver started. No ordinary build has this file in it.

use std::{path::PathBuf, sync::Arc};

use broker::Broker;
use control::Event;
use loopback::control::Way;
use tokio::{net::UnixListener, sync::broadcast};

use crate::{
    desktop::Desktop,
    household::House,
    serve::{serve_desktop, session_maker},
};

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
        let first = vec![Event::Show { page: control::Page::Accounts }];
        let (desktop, broker, session) = (Arc::clone(&desktop), broker.clone(), session(Way::Window));
        tokio::spawn(async move {
            if let Ok(stream) = stream.into_std() {
                let _ = serve_desktop(stream, first, session, &broker).await;
            }
            desktop.adopt(false);
        });
    }
}
