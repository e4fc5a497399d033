use std::any::Any;

/// The most connections of a process to a server.
pub(crate) const CONNECTIONS: u32 = 16;

/// A store of its own for one run, and what it lives in.
pub(crate) struct Stage {
    /// The address at which another process reaches the store.
    pub(crate) way: String,
    _guard: Box<dyn Any>,
}

impl Stage {
    pub(crate) fn new(way: String, guard: impl Any) -> Self {
        Self {
            way,
            _guard: Box::new(guard),
        }
    }
}
