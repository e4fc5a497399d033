//! Time that a test moves, and polls that it runs.

use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Wake, Waker};
use std::time::Duration;

use device_grant::Fault;
use device_grant::host::{Timer, async_trait};
use device_grant::message::Reply;
use serde_json::Value;

/// A timer whose time a test moves by hand. Clones are the same timer.
#[derive(Clone, Default)]
pub(super) struct Hand(Arc<Mutex<Slept>>);

#[derive(Default)]
struct Slept {
    now: Duration,
    sleeping: Vec<(Duration, Waker)>,
}

impl Hand {
    pub(super) fn advance(&self, by: Duration) {
        let mut slept = self.0.lock().unwrap();
        slept.now += by;
        let now = slept.now;
        for (_, waker) in slept.sleeping.extract_if(.., |(until, _)| *until <= now) {
            waker.wake();
        }
    }

    fn is_over(&self, until: Duration, waker: &Waker) -> bool {
        let mut slept = self.0.lock().unwrap();
        let is_over = slept.now >= until;
        if !is_over {
            slept.sleeping.push((until, waker.clone()));
        }
        is_over
    }
}

#[async_trait]
impl Timer for Hand {
    async fn sleep(&self, duration: Duration) {
        let until = self.0.lock().unwrap().now + duration;
        poll_fn(|context| {
            if self.is_over(until, context.waker()) {
                Poll::Ready(())
            } else {
                Poll::Pending
            }
        })
        .await;
    }
}

/// A poll under way, which is run when its test asks for the answer.
pub(super) struct Waiting {
    future: Pin<Box<dyn Future<Output = Result<Reply, Fault>>>>,
    woken: Arc<Woken>,
    answer: Option<Answer>,
}

/// The answer to a poll.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) status: u16,
    /// The header `Preference-Applied`.
    pub(super) applied: Option<String>,
    pub(super) json: Value,
}

#[derive(Default)]
struct Woken(AtomicBool);

impl Wake for Woken {
    fn wake(self: Arc<Self>) {
        self.0.store(true, Ordering::SeqCst);
    }
}

impl Waiting {
    /// Begins a poll.
    pub(super) fn begin(poll: impl Future<Output = Result<Reply, Fault>> + 'static) -> Self {
        let mut waiting = Self {
            future: Box::pin(poll),
            woken: Arc::default(),
            answer: None,
        };
        waiting.run();
        waiting
    }

    /// Returns whether a runtime would run it again.
    pub(super) fn is_woken(&self) -> bool {
        self.woken.0.load(Ordering::SeqCst)
    }

    /// Returns the answer, if there is one now.
    pub(super) fn answer(&mut self) -> Option<Answer> {
        if self.answer.is_none() && self.is_woken() {
            self.run();
        }
        self.answer.take()
    }

    /// Returns the error of the answer.
    #[track_caller]
    pub(super) fn error(&mut self) -> String {
        let answer = self.answer().expect("it is answered");
        answer.json["error"].as_str().expect("an error").to_owned()
    }

    fn run(&mut self) {
        self.woken.0.store(false, Ordering::SeqCst);
        let waker = Waker::from(Arc::clone(&self.woken));
        let polled = self.future.as_mut().poll(&mut Context::from_waker(&waker));
        if let Poll::Ready(result) = polled {
            let reply = result.unwrap_or_else(|fault| fault.reply());
            let (status, headers, body) = reply.into_parts();
            let mut headers = headers.into_iter();
            let applied = headers.find(|(name, _)| *name == "Preference-Applied");
            self.answer = Some(Answer {
                status,
                applied: applied.map(|(_, value)| value),
                json: serde_json::from_slice(&body).unwrap(),
            });
        }
    }
}
