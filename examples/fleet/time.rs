use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use async_trait::async_trait;
use device_grant::grant::Timestamp;
use device_grant::host::{Clock, Timer};

/// The time of the simulation. Clones are the same clock.
#[derive(Clone, Debug, Default)]
pub(crate) struct Time {
    micros: Arc<AtomicI64>,
    /// When those sleepers want to be looked at again that were asked since the last time.
    deadlines: Arc<Mutex<Vec<Duration>>>,
}

impl Time {
    pub(crate) fn set(&self, now: Duration) {
        let micros = i64::try_from(now.as_micros()).unwrap_or(i64::MAX);
        self.micros.store(micros, Ordering::Relaxed);
    }

    fn since_start(&self) -> Duration {
        let micros = u64::try_from(self.micros.load(Ordering::Relaxed));
        Duration::from_micros(micros.unwrap_or_default())
    }

    /// Takes the deadlines of the sleepers that began since the last time.
    pub(crate) fn take_deadlines(&self) -> Vec<Duration> {
        let deadlines = self.deadlines.lock();
        std::mem::take(&mut *deadlines.unwrap_or_else(PoisonError::into_inner))
    }
}

impl Clock for Time {
    fn now(&self) -> Timestamp {
        Timestamp::from_micros(self.micros.load(Ordering::Relaxed))
    }
}

#[async_trait]
impl Timer for Time {
    async fn sleep(&self, duration: Duration) {
        let until = self.since_start() + duration;
        let sleep = Sleep {
            time: self,
            until,
            is_told: false,
        };
        sleep.await;
    }
}

/// A sleeper that nobody wakes: the simulation looks at it at its deadline.
struct Sleep<'a> {
    time: &'a Time,
    until: Duration,
    is_told: bool,
}

impl Future for Sleep<'_> {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<()> {
        if self.time.since_start() >= self.until {
            return Poll::Ready(());
        }
        if !self.is_told {
            self.is_told = true;
            let deadlines = self.time.deadlines.lock();
            let mut deadlines = deadlines.unwrap_or_else(PoisonError::into_inner);
            deadlines.push(self.until);
        }
        Poll::Pending
    }
}
