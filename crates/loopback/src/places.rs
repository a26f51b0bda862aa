//! How many connections there may be, in all and of one process (DOS-01).

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use tokio::sync::{AcquireError, OwnedSemaphorePermit, Semaphore, SemaphorePermit};

/// So many searches for the process behind a connection at a time.
const SEARCHES: usize = 2;

/// Open connections, in all and of each process (DOS-01).
pub struct Places {
    all: Arc<Semaphore>,
    of_one: usize,
    /// So many searches for a process at a time; more wait.
    searches: Semaphore,
    processes: Mutex<HashMap<u32, usize>>,
}

impl Places {
    pub fn new(all: usize, of_one: usize) -> Self {
        let (all, searches) = (Arc::new(Semaphore::new(all)), Semaphore::new(SEARCHES));
        Self { all, of_one, searches, processes: Mutex::default() }
    }

    /// A place, or none: then the connection is closed at once.
    pub fn take(&self) -> Option<OwnedSemaphorePermit> {
        Arc::clone(&self.all).try_acquire_owned().ok()
    }

    /// The turn to search for a process; waits while too many do.
    pub async fn search(&self) -> Result<SemaphorePermit<'_>, AcquireError> {
        self.searches.acquire().await
    }

    fn processes(&self) -> MutexGuard<'_, HashMap<u32, usize>> {
        self.processes.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One connection of a process, counted while it is open.
pub struct Share {
    places: Arc<Places>,
    process: Option<u32>,
}

impl Share {
    /// `None`: the process has as many as it may. Where it cannot be seen, only the bound in all counts.
    pub fn take(places: &Arc<Places>, process: Option<u32>) -> Option<Self> {
        if let Some(process) = process {
            let mut processes = places.processes();
            let count = processes.entry(process).or_default();
            if *count >= places.of_one {
                return None;
            }
            *count += 1;
        }
        Some(Self { places: Arc::clone(places), process })
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        let Some(process) = self.process else { return };
        let mut processes = self.places.processes();
        if let Some(count) = processes.get_mut(&process) {
            *count -= 1;
            if *count == 0 {
                processes.remove(&process);
            }
        }
    }
}
