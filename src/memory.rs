use std::sync::Arc;

use crate::device_grants::{Builder, InProcess};
use crate::limiter::MemoryLimiter;
use crate::store::MemoryStore;

impl Builder {
    /// Sets store, limiter and keys for a single process: grants and limits live in its memory, and its user codes
    /// work in no other process. What is set besides takes precedence.
    pub fn in_memory(self) -> Self {
        self.in_process(InProcess {
            store: |clock| {
                let store = Arc::new(MemoryStore::new().with_clock(clock));
                (store.clone(), store)
            },
            limiter: |clock| Arc::new(MemoryLimiter::new().with_clock(clock)),
        })
    }
}
