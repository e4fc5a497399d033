use std::sync::Arc;

use crate::device_grants::{Builder, InProcess};
use crate::limiter::MemoryLimiter;
use crate::store::MemoryStore;

impl Builder {
    /// Sets a store, a limiter and random code keys in the memory of this process. Grants are lost when it ends, and other processes
    /// do not find them. If you set one of the three as well, yours is used.
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
