//! Browsers that wait for the person's decision: each has an address of its own, which nobody can guess.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::sync::watch;

/// So many browsers wait at once.
const MAX_WAITING: usize = 64;
/// A browser that has not come back for so long has been closed: the question is withdrawn, or the outcome forgotten.
const ABANDONED: Duration = Duration::from_secs(45);

/// Open waits, by their ids.
pub struct Waits<T>(Arc<Mutex<HashMap<String, Wait<T>>>>);

struct Wait<T> {
    label: String,
    outcome: watch::Receiver<Option<T>>,
    seen: watch::Sender<()>,
}

/// How one request of a waiting browser ends.
#[derive(Debug, PartialEq, Eq)]
pub enum Waited<T> {
    /// The person has decided.
    Over(T),
    /// Not yet; with the label of what is waited for.
    Still(String),
    /// Nobody waits here (any more).
    Unknown,
}

impl<T> Default for Waits<T> {
    fn default() -> Self {
        Self(Arc::default())
    }
}

impl<T: Clone + Send + Sync + 'static> Waits<T> {
    /// Lets `decision` run while the browser keeps coming back under `id`. `false`: too many wait.
    pub fn open(&self, id: &str, label: &str, decision: impl Future<Output = T> + Send + 'static) -> bool {
        let (told, outcome) = watch::channel(None);
        let (seen, watched) = watch::channel(());
        {
            let mut waits = self.lock();
            if waits.len() >= MAX_WAITING {
                return false;
            }
            waits.insert(id.to_owned(), Wait { label: label.to_owned(), outcome, seen });
        }
        let (waits, id) = (Self(Arc::clone(&self.0)), id.to_owned());
        tokio::spawn(async move {
            let decided = tokio::select! {
                decided = decision => Some(decided),
                () = abandoned(watched.clone()) => None,
            };
            if decided.is_some() {
                told.send_replace(decided);
                abandoned(watched).await;
            }
            waits.lock().remove(&id);
        });
        true
    }

    /// Waits so long for the outcome. It is told once.
    pub async fn wait(&self, id: &str, held: Duration) -> Waited<T> {
        let Some((label, mut outcome)) = self.coming_back(id) else { return Waited::Unknown };
        let over = match tokio::time::timeout(held, outcome.wait_for(Option::is_some)).await {
            Err(_) => return Waited::Still(label),
            Ok(Err(_)) => None,
            Ok(Ok(outcome)) => outcome.clone(),
        };
        match (over, self.lock().remove(id)) {
            (Some(outcome), Some(_)) => Waited::Over(outcome),
            _ => Waited::Unknown,
        }
    }

    fn coming_back(&self, id: &str) -> Option<(String, watch::Receiver<Option<T>>)> {
        let waits = self.lock();
        let wait = waits.get(id)?;
        wait.seen.send_replace(());
        Some((wait.label.clone(), wait.outcome.clone()))
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, Wait<T>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Resolves once nobody has come back for a while, or the outcome was fetched.
async fn abandoned(mut seen: watch::Receiver<()>) {
    while let Ok(Ok(())) = tokio::time::timeout(ABANDONED, seen.changed()).await {}
}

#[cfg(test)]
mod tests {
    use tokio::sync::oneshot;

    use super::*;

    const HELD: Duration = Duration::from_secs(20);

    #[tokio::test(start_paused = true)]
    async fn the_outcome_is_told_once() {
        let (waits, (decide, decided)) = (Waits::default(), oneshot::channel());
        assert!(waits.open("id", "Editor", async { decided.await.unwrap_or("never") }));
        assert_eq!(waits.wait("id", HELD).await, Waited::Still("Editor".to_owned()));
        decide.send("yes").expect("somebody waits");
        assert_eq!(waits.wait("id", HELD).await, Waited::Over("yes"));
        assert_eq!(waits.wait("id", HELD).await, Waited::Unknown);
    }

    #[tokio::test(start_paused = true)]
    async fn dos_02_a_browser_that_went_away_is_forgotten_and_its_question_withdrawn() {
        let (waits, (mut decide, decided)) = (Waits::default(), oneshot::channel::<&str>());
        assert!(waits.open("id", "Editor", async { decided.await.unwrap_or("never") }));
        decide.closed().await;
        tokio::time::sleep(Duration::from_millis(1)).await;
        assert_eq!(waits.wait("id", HELD).await, Waited::Unknown);
    }

    #[tokio::test(start_paused = true)]
    async fn dos_02_waits_are_bounded() {
        let waits = Waits::<()>::default();
        let open = |n: usize| waits.open(&n.to_string(), "Editor", std::future::pending());
        assert_eq!((0..1000).filter(|n| open(*n)).count(), MAX_WAITING);
    }
}
