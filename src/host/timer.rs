use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;

/// Waits, for timeouts and waiting polls ([`Builder::timer`](crate::Builder::timer)).
///
/// With feature `tokio`, [`System`](super::System) implements it.
///
/// ```
/// use std::time::Duration;
/// use device_grant::host::{Timer, async_trait};
///
/// struct Tokio;
///
/// #[async_trait]
/// impl Timer for Tokio {
///     async fn sleep(&self, duration: Duration) {
///         tokio::time::sleep(duration).await;
///     }
/// }
/// # fn takes(_: impl Timer) {}
/// # takes(Tokio);
/// ```
#[async_trait]
#[diagnostic::on_unimplemented(
    note = "`System` is a timer with the feature `tokio` of device-grant"
)]
pub trait Timer: Send + Sync {
    /// Returns after `duration`, not earlier. The time starts at the latest when the future is first polled.
    async fn sleep(&self, duration: Duration);
}

#[async_trait]
impl<T: Timer + ?Sized> Timer for Arc<T> {
    async fn sleep(&self, duration: Duration) {
        (**self).sleep(duration).await;
    }
}

#[cfg(feature = "tokio")]
#[async_trait]
impl Timer for super::System {
    async fn sleep(&self, duration: Duration) {
        tokio::time::sleep(duration).await;
    }
}
