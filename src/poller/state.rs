use std::fmt;
use std::time::{Duration, Instant};

use zeroize::Zeroizing;

use crate::message::DeviceAuthorizationResponse;
use crate::{
    message::{GRANT_TYPE, percent::push_encoded},
    poller::{PollAnswer, Progress, Step, answer::Meaning, members::showable},
};

/// Decides when a device polls, and what each answer means.
///
/// It reads no clock: pass `now`. [The module](crate::poller) has its rules and the loop around it.
///
/// ```
/// use std::time::{Duration, Instant};
/// use device_grant::message::DeviceAuthorizationResponse;
/// use device_grant::poller::{Poller, Step};
///
/// let authorization = DeviceAuthorizationResponse::from_json(br#"{
///     "device_code": "GmRhmhcx",
///     "user_code": "WDJB-MJHT",
///     "verification_uri": "https://example.com/device",
///     "expires_in": 600
/// }"#)?;
/// let now = Instant::now();
/// let poller = Poller::new(authorization, now);
/// assert_eq!(poller.next(now), Step::Wait(Duration::from_secs(5)));
/// assert_eq!(poller.next(now + Duration::from_secs(600)), Step::Expired);
/// # Ok::<(), device_grant::InvalidValue>(())
/// ```
#[derive(Clone)]
pub struct Poller {
    authorization: DeviceAuthorizationResponse,
    expires_at: Instant,
    pub(super) interval: Duration,
    failures: u32,
    next_poll: Instant,
    ended: Option<Step>,
    confirmation_code: Option<Zeroizing<String>>,
    /// The number of further tries that the server told last.
    tries_left: Option<u32>,
    /// True if an answer has come since the code was entered that may be to an earlier poll.
    is_code_untried: bool,
    /// The time for which polls prefer to wait.
    longest_wait: Duration,
    /// The time at which the poll under way was sent, if it prefers to wait.
    waiting_since: Option<Instant>,
}

impl Poller {
    /// The interval if the server sends none: 5 s
    /// ([RFC 8628 §3.2](https://www.rfc-editor.org/rfc/rfc8628#section-3.2)).
    pub const DEFAULT_INTERVAL: Duration = Duration::from_secs(5);
    /// The shortest interval that is accepted from a server: 1 s.
    pub const MIN_INTERVAL: Duration = Duration::from_secs(1);
    /// The longest interval that is accepted from a server: 5 min. A longer one is taken as a mistake.
    pub const MAX_INTERVAL: Duration = Duration::from_secs(300);
    /// The lifetime if the server sends none, which the RFC does not allow: 15 min.
    pub const DEFAULT_LIFETIME: Duration = Duration::from_secs(900);
    /// The longest lifetime that is accepted from a server: 24 h.
    pub const MAX_LIFETIME: Duration = Duration::from_secs(24 * 60 * 60);
    /// The time that each `slow_down` adds to the interval: 5 s.
    pub const SLOW_DOWN: Duration = Duration::from_secs(5);
    /// The longest delay after failures in a row, unless the interval is longer: 60 s.
    pub const MAX_BACK_OFF: Duration = Duration::from_secs(60);
    /// The longest wait that a poll requests: 30 s. Set the time-out of the HTTP client to more.
    pub const MAX_WAIT: Duration = Duration::from_secs(30);
    /// The longest `Retry-After` that is respected: 5 min. A longer one counts as this.
    pub const MAX_RETRY_AFTER: Duration = Duration::from_secs(300);

    /// A poller for an authorization that was received at `now`. The first poll is after one
    /// interval, or after half the lifetime if that is shorter.
    #[must_use]
    pub fn new(authorization: DeviceAuthorizationResponse, now: Instant) -> Self {
        let lifetime = authorization.expires_in.min(Self::MAX_LIFETIME);
        let interval = authorization
            .interval
            .clamp(Self::MIN_INTERVAL, Self::MAX_INTERVAL)
            .min(lifetime / 2);
        let expires_at = now.checked_add(lifetime).unwrap_or(now);
        Self {
            authorization,
            expires_at,
            interval,
            failures: 0,
            next_poll: now.checked_add(interval).unwrap_or(expires_at),
            ended: None,
            confirmation_code: None,
            tries_left: None,
            is_code_untried: false,
            longest_wait: Self::MAX_WAIT,
            waiting_since: None,
        }
    }

    /// Reports the answer to a poll, and returns its meaning.
    ///
    /// Tokens are returned even after the expiry or a [`cancel`](Poller::cancel), because they are valid. If the device
    /// does not need them any more, revoke them.
    pub fn answered(&mut self, answer: &PollAnswer<'_>, now: Instant) -> Progress {
        let meaning = answer.meaning();
        match self.ended {
            Some(_) if !matches!(meaning, Meaning::Tokens(_)) => Progress::Stopped,
            Some(_) | None => {
                // Any other answer came at once: a poll right behind it would be too early.
                let is_over = matches!(meaning, Meaning::Pending) && answer.was_held();
                let since = self.waiting_since.filter(|_| is_over);
                let progress = self.understood(meaning, answer.delay(), now);
                self.waited(since, answer.delay(), now);
                progress
            }
        }
    }

    /// Returns the `Prefer` header for the poll that is sent at `now`, such as `wait=30`
    /// ([RFC 7240 §4.3](https://www.rfc-editor.org/rfc/rfc7240#section-4.3)); `None` if a wait would be too short.
    ///
    /// A server that supports it answers when the end user has decided, or after
    /// [`MAX_WAIT`](Poller::MAX_WAIT). The interval then counts from `now`, not from the answer, so that another
    /// poll can wait at once. Other servers ignore the header. If such a poll fails, the next ones request half the time, because
    /// a proxy may end long requests.
    ///
    /// ```
    /// use std::time::{Duration, Instant};
    /// use device_grant::message::DeviceAuthorizationResponse;
    /// use device_grant::poller::{PollAnswer, Poller, Step};
    ///
    /// # let authorization = DeviceAuthorizationResponse::from_json(br#"{"device_code": "GmRhmhcx",
    /// #     "user_code": "WDJB-MJHT", "verification_uri": "https://example.com/device",
    /// #     "expires_in": 600, "interval": 5}"#)?;
    /// let start = Instant::now();
    /// let mut poller = Poller::new(authorization, start);
    /// let sent = start + Duration::from_secs(5);
    /// assert_eq!(poller.prefer(sent).as_deref(), Some("wait=30"));
    /// let pending = PollAnswer {
    ///     status: 400,
    ///     preference_applied: Some("wait=30"),
    ///     body: br#"{"error":"authorization_pending"}"#,
    ///     ..PollAnswer::default()
    /// };
    /// let answered = sent + Duration::from_secs(30);
    /// poller.answered(&pending, answered);
    /// assert_eq!(poller.next(answered), Step::Poll);
    /// # Ok::<(), device_grant::InvalidValue>(())
    /// ```
    #[must_use]
    pub fn prefer(&mut self, now: Instant) -> Option<String> {
        let wait = self.longest_wait.min(self.remaining(now)).as_secs();
        let is_worth_it = wait > 0;
        self.waiting_since = is_worth_it.then_some(now);
        is_worth_it.then(|| format!("wait={wait}"))
    }

    /// Reports that a poll got no answer: it timed out, or the connection was lost.
    pub fn failed(&mut self, now: Instant) -> Progress {
        match self.ended {
            Some(_) => Progress::Stopped,
            None => self.retry(Duration::ZERO, now),
        }
    }

    /// Sets the digits that the device's user entered, which the next poll sends. They are sent again if that poll gets no
    /// answer, or comes too early; a server counts a repeated wrong code once.
    ///
    /// ```
    /// use std::time::{Duration, Instant};
    /// use device_grant::message::DeviceAuthorizationResponse;
    /// use device_grant::poller::{PollAnswer, Poller, Progress};
    ///
    /// # let authorization = DeviceAuthorizationResponse::from_json(br#"{"device_code": "GmRhmhcx",
    /// #     "user_code": "WDJB-MJHT", "verification_uri": "https://example.com/device",
    /// #     "expires_in": 600, "interval": 5}"#)?;
    /// let now = Instant::now();
    /// let mut poller = Poller::new(authorization, now);
    /// let body = br#"{"error":"authorization_pending","confirmation_required":true}"#;
    /// let answer = PollAnswer { status: 400, body, ..PollAnswer::default() };
    /// if let Progress::ConfirmationRequired { .. } = poller.answered(&answer, now + Duration::from_secs(5)) {
    ///     poller.confirm("123 456"); // what a device reads from its user
    /// }
    /// assert!(poller.form(&[]).ends_with("&confirmation_code=123%20456"));
    /// # Ok::<(), device_grant::InvalidValue>(())
    /// ```
    pub fn confirm(&mut self, entered: &str) {
        let entered = entered.trim();
        let is_something = !entered.is_empty();
        self.confirmation_code = is_something.then(|| Zeroizing::new(entered.to_owned()));
        self.is_code_untried = false;
    }

    /// Gives up: [`next`](Poller::next) returns [`Step::Stopped`] from now on, unless the poller had ended before.
    pub fn cancel(&mut self) {
        self.ended.get_or_insert(Step::Stopped);
    }

    /// Returns the next step at `now`.
    ///
    /// It returns [`Step::Poll`] until you report the result with [`answered`](Poller::answered) or
    /// [`failed`](Poller::failed).
    #[must_use]
    pub fn next(&self, now: Instant) -> Step {
        if let Some(end) = self.ended {
            return end;
        }
        if now >= self.expires_at {
            return Step::Expired;
        }
        let wait = self
            .next_poll
            // A device that sleeps for this time wakes up at the expiry, not after it.
            .min(self.expires_at)
            .saturating_duration_since(now);
        if wait.is_zero() {
            Step::Poll
        } else {
            Step::Wait(wait)
        }
    }

    /// Returns the parameters of the poll
    /// ([RFC 8628 §3.4](https://www.rfc-editor.org/rfc/rfc8628#section-3.4)).
    ///
    /// They include `confirmation_code` once the device's user has [entered it](Poller::confirm). Add
    /// `client_id`, or authenticate; and `code_verifier`, if the device sent a challenge.
    #[must_use]
    pub fn request(&self) -> Vec<(&'static str, &str)> {
        let mut pairs = vec![
            ("grant_type", GRANT_TYPE),
            ("device_code", self.authorization.device_code.as_str()),
        ];
        let code = self.confirmation_code.as_ref();
        pairs.extend(code.map(|code| ("confirmation_code", code.as_str())));
        pairs
    }

    /// Returns the poll as an `application/x-www-form-urlencoded` body: the parameters of [`request`](Poller::request),
    /// followed by `more`.
    #[must_use]
    pub fn form(&self, more: &[(&str, &str)]) -> String {
        let mut form = String::new();
        for (name, value) in self.request().iter().chain(more) {
            if !form.is_empty() {
                form.push('&');
            }
            push_encoded(&mut form, name);
            form.push('=');
            push_encoded(&mut form, value);
        }
        form
    }

    /// Returns the server's answer to the device authorization request.
    #[must_use]
    pub fn authorization(&self) -> &DeviceAuthorizationResponse {
        &self.authorization
    }

    /// Returns the remaining lifetime of the codes at `now`, for a countdown.
    #[must_use]
    pub fn remaining(&self, now: Instant) -> Duration {
        self.expires_at.saturating_duration_since(now)
    }

    fn understood(&mut self, meaning: Meaning, retry_after: Duration, now: Instant) -> Progress {
        match meaning {
            Meaning::Pending => {
                self.failures = 0;
                self.wait(self.after(retry_after, now), now, Progress::Pending)
            }
            Meaning::ConfirmationRequired(tries_left) => {
                self.failures = 0;
                let was_wrong = self.was_refused(tries_left);
                let progress = Progress::ConfirmationRequired {
                    tries_left,
                    was_wrong,
                };
                self.wait(self.after(retry_after, now), now, progress)
            }
            Meaning::SlowDown(told) => {
                self.failures = 0;
                self.slow_down(told.unwrap_or_default(), now);
                let progress = Progress::SlowDown {
                    interval: self.interval,
                };
                self.wait(self.after(retry_after, now), now, progress)
            }
            Meaning::Retry => self.retry(retry_after, now),
            Meaning::Denied => self.end(Step::Stopped, Progress::Denied),
            Meaning::Expired => self.end(Step::Expired, Progress::Expired),
            Meaning::Tokens(tokens) => self.end(Step::Stopped, Progress::Tokens(tokens)),
            Meaning::Failed { error, description } => {
                let error = self.black_out(&error);
                let description = description.map(|text| self.black_out(&text));
                self.end(Step::Stopped, Progress::Failed { error, description })
            }
        }
    }

    /// Returns whether the server refused the entered code, and then drops it, so that it is not sent with each poll.
    fn was_refused(&mut self, tries_left: Option<u32>) -> bool {
        let before = std::mem::replace(&mut self.tries_left, tries_left);
        if self.confirmation_code.is_none() {
            return false;
        }
        // A poll that was under way when the code was entered did not send it, and cost no try. A code that costs none twice was
        // sent: the server counts the same wrong code once.
        let cost_none = before.is_some() && before == tries_left;
        if cost_none && !std::mem::replace(&mut self.is_code_untried, true) {
            return false;
        }
        self.confirmation_code = None;
        true
    }

    /// Lets the next poll follow one that has waited, an interval after that one was sent.
    fn waited(&mut self, since: Option<Instant>, retry_after: Duration, now: Instant) {
        self.waiting_since = None;
        if let Some(since) = since.filter(|_| retry_after.is_zero()) {
            self.next_poll = since.checked_add(self.interval).unwrap_or(now).max(now);
        }
    }

    fn retry(&mut self, retry_after: Duration, now: Instant) -> Progress {
        if self.waiting_since.take().is_some() {
            // Perhaps a proxy ended the request because it took too long.
            self.longest_wait /= 2;
        }
        self.failures = self.failures.saturating_add(1);
        let doubled = 2_u32.saturating_pow(self.failures);
        let longest = self.interval.max(Self::MAX_BACK_OFF);
        let back_off = self.interval.saturating_mul(doubled).min(longest);
        let after = self.after(back_off.max(retry_after), now);
        self.wait(after, now, Progress::Retry { after })
    }

    /// Five seconds more, as the RFC has it, or the server's interval if that is longer. Neither goes beyond what is
    /// taken at the start, nor does the server's beyond half of what is left of the lifetime.
    fn slow_down(&mut self, told: Duration, now: Instant) {
        let longer = self.interval.saturating_add(Self::SLOW_DOWN);
        // Never shorter than before: RFC 8628 §3.5 lets the interval only grow.
        let longest = Self::MAX_INTERVAL.max(self.interval);
        let told = told.min(self.remaining(now) / 2);
        self.interval = longer.max(told).min(longest);
    }

    /// The interval, or a longer delay that the server asks for; it has to leave room for one more poll.
    fn after(&self, delay: Duration, now: Instant) -> Duration {
        // A `Retry-After` beyond the lifetime would lose an approval that is given meanwhile.
        let latest = self.remaining(now).saturating_sub(self.interval);
        let delay = delay.min(Self::MAX_RETRY_AFTER).min(latest);
        delay.max(self.interval)
    }

    fn wait(&mut self, delay: Duration, now: Instant, progress: Progress) -> Progress {
        if now >= self.expires_at {
            return self.end(Step::Expired, Progress::Expired);
        }
        self.next_poll = now.checked_add(delay).unwrap_or(self.expires_at);
        progress
    }

    fn end(&mut self, end: Step, progress: Progress) -> Progress {
        // The first end stays: a late answer must not let a poller go on that was cancelled.
        self.ended.get_or_insert(end);
        progress
    }

    /// A server that quotes a code in its error must not bring it into the device's log.
    fn black_out(&self, text: &str) -> String {
        let text = text.replace(&self.authorization.device_code, "[device_code]");
        showable(&text.replace(&*self.authorization.user_code, "[user_code]"))
    }
}

impl fmt::Debug for Poller {
    /// Leaves out the confirmation code.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Poller")
            .field("authorization", &self.authorization)
            .field("expires_at", &self.expires_at)
            .field("interval", &self.interval)
            .field("failures", &self.failures)
            .field("next_poll", &self.next_poll)
            .field("ended", &self.ended)
            .finish_non_exhaustive()
    }
}
