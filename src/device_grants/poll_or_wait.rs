use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::task::Poll;
use std::time::Duration;

use super::DeviceGrants;
use super::fault::Fault;
use super::inner::Inner;
use super::poll::PollOutcome;
use super::rows::Stored;
use super::waits::{News, Place};
use crate::code::GrantId;
use crate::host::{Client, DeviceTokenRequest, Timer};
use crate::message::Reply;

impl DeviceGrants {
    /// Answers a poll as [`poll`](Self::poll) does, and holds the answer back while nobody has decided, if the device prefers
    /// to [wait](DeviceTokenRequest::with_prefer) ([RFC 7240 §4.3](https://www.rfc-editor.org/rfc/rfc7240#section-4.3)).
    ///
    /// The wait ends with an approval, a denial, a revocation, the expiry of the codes, or after the time that the device
    /// prefers, up to the [longest](crate::Builder::waiting_polls). The reply then has `Preference-Applied: wait=N`, with the
    /// longest wait in seconds. These polls do not wait, and get no such header: polls that come too early or twice, polls
    /// beyond the number that may wait, and polls of a decided or expired grant.
    ///
    /// A decision at this `DeviceGrants` or a clone of it ends the wait at once, and so does one that another node
    /// [announces](crate::Builder::announcer). Other decisions are found within one
    /// [interval](crate::Builder::polling_interval), in which the poll reads its grant again.
    ///
    /// For the pacing, a poll that waits is one poll. While it waits it holds no connection of the store. A later poll of the
    /// same device ends its wait. It needs a [`timer`](crate::Builder::timer).
    ///
    /// If polls wait, turn [`redelivery`](crate::Builder::redelivery) on. Without it, tokens are lost when a connection breaks
    /// unnoticed during the wait, and the person has to approve again.
    ///
    /// ```
    /// # use device_grant::{DeviceGrants, DeviceTokenRequest};
    /// # use device_grant::host::Client;
    /// # use device_grant::message::Reply;
    /// async fn token(
    ///     grants: &DeviceGrants,
    ///     client: &Client,
    ///     form: Vec<(String, String)>,
    ///     prefer: Option<&str>, // the header of the request
    /// ) -> Result<Reply, Reply> {
    ///     let request = DeviceTokenRequest::from_pairs(form)?.with_prefer(prefer);
    ///     Ok(grants.poll_or_wait(client, request).await?)
    /// }
    /// ```
    ///
    /// # Cancellation
    ///
    /// As [`poll`](Self::poll). A dropped future ends the wait.
    ///
    /// # Errors
    ///
    /// As [`poll`](Self::poll).
    pub async fn poll_or_wait(
        &self,
        client: &Client,
        request: DeviceTokenRequest,
    ) -> Result<Reply, Fault> {
        Ok(self.heard(client, &request).await?.reply())
    }

    #[cfg_attr(
        feature = "tracing",
        tracing::instrument(
            name = "device_grant.poll",
            level = "debug",
            target = "device_grant",
            skip_all,
            fields(device_grant.id, device_grant.client_id, device_grant.outcome, error.type)
        )
    )]
    pub(crate) async fn heard(
        &self,
        client: &Client,
        request: &DeviceTokenRequest,
    ) -> Result<Heard, Fault> {
        let inner = self.in_service()?;
        // Boxed, here and below, so that a poll that waits holds no memory for what it does before and after. The wait is boxed as
        // well, because a span keeps the future that it is around twice.
        let (wait, longest) = match Box::pin(inner.begin(client, request)).await? {
            Begun::Answered(outcome) => return Ok(Heard::at_once(outcome)),
            Begun::Waits(wait, longest) => (Box::pin(wait.run(self)), longest),
        };
        Ok(match wait.await? {
            Some(outcome) => Heard {
                outcome,
                longest_wait: Some(longest),
            },
            None => Heard::at_once(PollOutcome::Pending),
        })
    }

    /// Ends all waits, and lets no poll wait any more. Call it first at a shutdown, so that
    /// [polls that wait](Self::poll_or_wait) do not delay it. They are answered `authorization_pending`.
    pub fn end_waits(&self) {
        self.inner().waits.end();
    }

    /// Returns the number of [polls that wait](Self::poll_or_wait), for a gauge.
    #[must_use]
    pub fn waiting_polls(&self) -> usize {
        self.inner().waits.number()
    }
}

/// The answer to a poll that may have waited.
pub(crate) struct Heard {
    pub(crate) outcome: PollOutcome,
    /// The longest possible wait, if the answer was held back.
    pub(crate) longest_wait: Option<Duration>,
}

impl Heard {
    fn at_once(outcome: PollOutcome) -> Self {
        Self {
            outcome,
            longest_wait: None,
        }
    }

    pub(crate) fn reply(&self) -> Reply {
        let reply = self.outcome.reply();
        match self.longest_wait {
            Some(longest) => {
                reply.header("Preference-Applied", format!("wait={}", longest.as_secs()))
            }
            None => reply,
        }
    }
}

/// The first look at a poll that may wait.
enum Begun<'a> {
    Answered(PollOutcome),
    /// The poll waits, for this time at most, and no longer than the codes live.
    Waits(Wait<'a>, Duration),
}

/// A poll that waits.
struct Wait<'a> {
    client: &'a Client,
    request: &'a DeviceTokenRequest,
    id: GrantId,
    timer: &'a dyn Timer,
    place: Place<'a>,
    /// The time after which the poll is answered in any case.
    until_end: Duration,
}

/// The end of one stretch of a wait.
enum Stretch {
    /// News has come, or an interval is over.
    Look,
    /// The time of the poll is over.
    LastLook,
    /// The wait is given up, and the grant is not read.
    GiveUp,
}

impl Wait<'_> {
    /// Waits until the grant is decided, or the time is over. Returns `None` if the wait is given up before.
    ///
    /// News is only a hint, and may be lost. So the grant is also read once in each interval.
    async fn run(self, grants: &DeviceGrants) -> Result<Option<PollOutcome>, Fault> {
        let mut end = self.timer.sleep(self.until_end);
        loop {
            // Read in each round, because `reconfigure` may change it during the wait.
            let interval = grants.inner().interval;
            let stretch = self.stretch(interval, end.as_mut()).await;
            if let Stretch::GiveUp = stretch {
                return Ok(None);
            }
            // `reconfigure` or `suspend` may have been called since the wait began.
            let inner = grants.in_service()?;
            let looked = Box::pin(inner.look_again(self.client, self.request, self.id)).await?;
            match stretch {
                Stretch::Look if looked.is_none() => {}
                Stretch::Look | Stretch::LastLook | Stretch::GiveUp => {
                    return Ok(Some(looked.unwrap_or(PollOutcome::Pending)));
                }
            }
        }
    }

    async fn stretch(
        &self,
        interval: Duration,
        mut end: Pin<&mut (dyn Future<Output = ()> + Send)>,
    ) -> Stretch {
        let mut interval = self.timer.sleep(interval);
        poll_fn(|context| match self.place.poll(context) {
            Poll::Ready(News::Changed) => Poll::Ready(Stretch::Look),
            Poll::Ready(News::Over) => Poll::Ready(Stretch::GiveUp),
            Poll::Pending => match end.as_mut().poll(context) {
                Poll::Ready(()) => Poll::Ready(Stretch::LastLook),
                Poll::Pending => interval.as_mut().poll(context).map(|()| Stretch::Look),
            },
        })
        .await
    }
}

impl Inner {
    /// Answers a poll, or begins to wait.
    async fn begin<'a>(
        &'a self,
        client: &'a Client,
        request: &'a DeviceTokenRequest,
    ) -> Result<Begun<'a>, Fault> {
        // The id is a digest. Without a wish to wait it is not computed here, but only once, in `poll`.
        let wish = request
            .wait
            .and_then(|wanted| Some((wanted, self.grant_id(request, client)?)));
        // Before the poll reads the grant: a decision between that read and the wait would otherwise be missed.
        let seen = wish.map(|(_, id)| self.waits.seen(&id));
        let polled = self.poll(client, request).await?;
        let wait = polled.undecided_for.and_then(|undecided_for| {
            let ((wanted, id), timer) = wish.zip(self.timer.as_deref())?;
            let longest = wanted.min(self.longest_wait);
            let wait = Wait {
                client,
                request,
                id,
                timer,
                place: self.waits.enter(id, seen?, self.waiting_polls)?,
                // No longer than the codes live, so that `expired_token` is not late.
                until_end: longest.min(undecided_for),
            };
            Some(Begun::Waits(wait, longest))
        });
        Ok(wait.unwrap_or_else(|| Begun::Answered(polled.outcome)))
    }

    /// Looks at the grant of a poll that waits, and answers once somebody has decided or the codes are expired.
    async fn look_again(
        &self,
        client: &Client,
        request: &DeviceTokenRequest,
        id: GrantId,
    ) -> Result<Option<PollOutcome>, Fault> {
        let asked_at = self.now();
        // A read and not `record_poll`: these reads are not polls of the device, and must not change its pace.
        let found = self.store.find(&id).await;
        let row = found.map_err(|error| self.fault(Fault::store(error)))?;
        let Some(row) = row.filter(|row| row.id == id && self.is_own(row)) else {
            return Ok(Some(PollOutcome::InvalidGrant));
        };
        if row.is_paced(row.read_at) && row.subject.is_none() {
            return Ok(None);
        }
        let stored = Stored::read(row, asked_at);
        let stored = stored.map_err(|error| self.fault(Fault::store(error)))?;
        let outcome = self.answer_holder(client, request, stored, None).await?;
        Ok(Some(outcome))
    }
}
