//! The end of a server.

/// Waits for Ctrl-C or for `SIGTERM`, by which supervisors end a process.
pub(crate) async fn told_to_stop() {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};

        if let Ok(mut terminated) = signal(SignalKind::terminate()) {
            tokio::select! {
                _ = tokio::signal::ctrl_c() => {}
                _ = terminated.recv() => {}
            }
            return;
        }
    }
    _ = tokio::signal::ctrl_c().await;
}
