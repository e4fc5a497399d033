use std::error::Error;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, Wake, Waker};
use std::time::Duration;

use device_grant::message::Reply;

use super::Simulation;
use crate::agenda::What;
use crate::device::After;

/// Notes that a poll has news.
struct Bell {
    place: usize,
    rung: Arc<Mutex<Vec<usize>>>,
}

impl Wake for Bell {
    fn wake(self: Arc<Self>) {
        let mut rung = self.rung.lock().unwrap_or_else(PoisonError::into_inner);
        rung.push(self.place);
    }
}

impl Simulation<'_> {
    pub(super) fn poll(&mut self, place: usize, now: Duration) -> Result<(), Box<dyn Error>> {
        let is_out = self.plan.is_out(now);
        let back = self.delay();
        self.polls += 1;
        let Some(device) = self.places.get_mut(place).and_then(Option::as_mut) else {
            return Ok(());
        };
        let sent_at = device.sent_at;
        if !device.polls {
            return Ok(());
        }
        if device.client.is_over(self.epoch + sent_at) {
            self.stop(place);
            return Ok(());
        }
        if is_out {
            let failed_at = now + back;
            let took = failed_at.saturating_sub(sent_at);
            let after = device.client.failed(self.epoch + failed_at, took);
            self.go_on(place, failed_at, after);
            return Ok(());
        }
        let prefer = if self.plan.waits {
            device.client.prefer(self.epoch + sent_at)
        } else {
            None
        };
        device.requests += 1;
        device.turn = self.polls;
        let code = &device.authorization.device_code;
        device.held = Some(self.server.poll(code, prefer.as_deref()));
        self.tally.lock().bucket(now).polls += 1;
        self.look(place, now)
    }

    /// Looks at a poll: it is answered, or it waits.
    pub(super) fn look(&mut self, place: usize, now: Duration) -> Result<(), Box<dyn Error>> {
        let Some(device) = self.places.get_mut(place).and_then(Option::as_mut) else {
            return Ok(());
        };
        let Some(mut held) = device.held.take() else {
            return Ok(());
        };
        let turn = device.turn;
        let rung = Arc::clone(&self.rung);
        let waker = if self.plan.waits {
            Waker::from(Arc::new(Bell { place, rung }))
        } else {
            Waker::noop().clone()
        };
        let looked = held.as_mut().poll(&mut Context::from_waker(&waker));
        for deadline in self.time.take_deadlines() {
            self.agenda.plan(deadline, What::Wake { place, turn });
        }
        match looked {
            Poll::Ready(reply) => self.answered(place, &reply?, now),
            Poll::Pending => device.held = Some(held),
        }
        Ok(())
    }

    /// Looks at the polls of which the server has news.
    pub(super) fn hear(&mut self, now: Duration) -> Result<(), Box<dyn Error>> {
        loop {
            let mut rung = self.rung.lock().unwrap_or_else(PoisonError::into_inner);
            let heard = std::mem::take(&mut *rung);
            drop(rung);
            if heard.is_empty() {
                return Ok(());
            }
            for place in heard {
                self.look(place, now)?;
            }
        }
    }

    fn answered(&mut self, place: usize, reply: &Reply, now: Duration) {
        let had_at = now + self.delay();
        let Some(device) = self.places.get_mut(place).and_then(Option::as_mut) else {
            return;
        };
        device.turn = 0;
        let took = had_at.saturating_sub(device.sent_at);
        let after = device.client.answered(reply, self.epoch + had_at, took);
        if after == After::Tokens {
            let requests = u64::from(device.requests);
            let approved_at = device.approved_at.unwrap_or(had_at);
            let waited = had_at.saturating_sub(approved_at).as_millis();
            let mut counts = self.tally.lock();
            counts.signed_in += 1;
            counts.requests += requests;
            counts
                .after_approval
                .push(u32::try_from(waited).unwrap_or(u32::MAX));
            drop(counts);
            self.end_of_codes(place, now);
        }
        self.go_on(place, had_at, after);
    }

    /// Plans the next poll of a device, or ends it.
    pub(super) fn go_on(&mut self, place: usize, now: Duration, after: After) {
        let After::Poll(delay) = after else {
            self.stop(place);
            return;
        };
        let longer = delay.mul_f64(self.plan.jitter * self.dice.part());
        let sent_at = now + delay + longer;
        let reaches = sent_at + self.delay();
        let Some(device) = self.places.get_mut(place).and_then(Option::as_mut) else {
            return;
        };
        device.sent_at = sent_at;
        let number = device.number;
        self.agenda.plan(reaches, What::Poll { place, number });
    }

    /// Polls that wait fail, all at once.
    pub(super) fn break_connections(&mut self, now: Duration) {
        for place in 0..self.places.len() {
            let Some(device) = self.places.get_mut(place).and_then(Option::as_mut) else {
                continue;
            };
            if device.held.take().is_some() {
                device.turn = 0;
                let took = now.saturating_sub(device.sent_at);
                let after = device.client.failed(self.epoch + now, took);
                self.go_on(place, now, after);
            }
        }
    }
}
