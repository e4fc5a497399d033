use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::sync::Arc;
use std::task::Poll;
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

/// Awaits `call` until `end` comes. A call that is ready at its first poll costs no timer.
pub(crate) fn until<T, E>(
    mut call: Pin<&mut impl Future<Output = T>>,
    end: impl Fn() -> E,
) -> impl Future<Output = Option<T>>
where
    E: Future<Output = ()> + Unpin,
{
    let mut begun = None;
    poll_fn(move |context| {
        // The call first: if both are ready, its result counts. One that is ready at once arms no timer.
        if let Poll::Ready(output) = call.as_mut().poll(context) {
            return Poll::Ready(Some(output));
        }
        let end = Pin::new(begun.get_or_insert_with(&end));
        end.poll(context).map(|()| None)
    })
}
