use std::io::{IsTerminal, Write};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::thread;

/// Simulates on all processors, and shows on a terminal how far it is.
pub(crate) struct Progress {
    done: AtomicU64,
    all: u64,
    is_shown: bool,
}

impl Progress {
    pub(crate) fn new(all: u64) -> Self {
        Self {
            done: AtomicU64::new(0),
            all,
            is_shown: std::io::stderr().is_terminal(),
        }
    }

    /// One second of a simulation is over.
    pub(crate) fn tick(&self) {
        let done = self.done.fetch_add(1, Ordering::Relaxed) + 1;
        let per_cent = done * 100 / self.all;
        if self.is_shown && per_cent > (done - 1) * 100 / self.all {
            let end = if done == self.all { "\r\x1b[K" } else { "" };
            let _ = write!(std::io::stderr(), "\rsimulating {per_cent:>3} % {end}");
        }
    }

    /// Does all jobs; the results come in their order.
    pub(crate) fn work<T: Send>(
        &self,
        jobs: usize,
        job: impl Fn(usize, &Self) -> Result<T, Box<dyn std::error::Error>> + Sync,
    ) -> Result<Vec<T>, String> {
        let next = AtomicUsize::new(0);
        let results: Mutex<Vec<(usize, Result<T, String>)>> = Mutex::default();
        let processors = thread::available_parallelism().map_or(1, usize::from);
        thread::scope(|scope| {
            for _ in 0..processors.min(jobs) {
                scope.spawn(|| {
                    loop {
                        let index = next.fetch_add(1, Ordering::Relaxed);
                        if index >= jobs {
                            return;
                        }
                        let result = job(index, self).map_err(|error| error.to_string());
                        if let Ok(mut results) = results.lock() {
                            results.push((index, result));
                        }
                    }
                });
            }
        });
        let mut results = results.into_inner().map_err(|error| error.to_string())?;
        results.sort_by_key(|(index, _)| *index);
        results.into_iter().map(|(_, result)| result).collect()
    }
}
