//! The device: it asks for codes, shows them, and polls until it knows.

use std::error::Error;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use device_grant::poller::{Answer, DeviceAuthorization, Failure, Poller, Progress, Step, Tokens};
use ureq::Agent;

use super::screen::{Screen, Tone};
use super::web;

/// The device is this client of the server's.
const CLIENT_ID: &str = "cli";
const SCOPE: &str = "openid profile offline_access";
/// How often the countdown moves.
const TICK: Duration = Duration::from_millis(200);

pub(crate) struct Device {
    agent: Agent,
    url: String,
    poller: Poller,
    polls: u32,
}

/// How it ended for the device.
pub(crate) enum Ending {
    Tokens,
    Without,
    Cancelled,
}

impl Device {
    /// Asks for codes and shows them.
    pub(crate) fn start(url: &str, screen: &mut Screen) -> Result<Self, Box<dyn Error>> {
        let agent = web::agent();
        screen.line(&format!("server   listening on {url}"), Tone::Dim);
        let request = web::form(&[("client_id", CLIENT_ID), ("scope", SCOPE)]);
        let mut response = web::post(&agent, &format!("{url}/device_authorization"), request)?;
        let authorization = DeviceAuthorization::from_json(&web::body(&mut response)?)?;
        screen.line("device   asked for codes", Tone::Dim);
        let complete = authorization
            .verification_uri_complete()
            .map(ToOwned::to_owned);
        screen.invite(
            authorization.verification_uri(),
            complete.as_deref(),
            authorization.user_code(),
        );
        let poller = Poller::new(authorization, now());
        Ok(Self {
            agent,
            url: url.to_owned(),
            poller,
            polls: 0,
        })
    }

    pub(crate) fn user_code(&self) -> &str {
        self.poller.authorization().user_code()
    }

    /// Polls until the person has decided, time is up, or `interrupted`.
    pub(crate) fn poll(
        mut self,
        screen: &mut Screen,
        interrupted: &AtomicBool,
    ) -> Result<Ending, Box<dyn Error>> {
        let whole = self.poller.authorization().expires_in();
        loop {
            if interrupted.load(Ordering::Relaxed) {
                return self.cancel(screen);
            }
            screen.countdown(self.poller.remaining(now()), whole);
            match self.poller.next(now()) {
                Step::Wait(delay) => thread::sleep(delay.min(TICK)),
                Step::Poll => {
                    if let Some(ending) = self.poll_once(screen) {
                        return Ok(ending);
                    }
                }
                Step::Stop(_) => {
                    screen.line("device   the code is expired", Tone::Bad);
                    return Ok(Ending::Without);
                }
            }
        }
    }

    fn poll_once(&mut self, screen: &mut Screen) -> Option<Ending> {
        self.polls += 1;
        let form = self.poller.form(&[("client_id", CLIENT_ID)]);
        let (status, progress) = match web::post(&self.agent, &format!("{}/token", self.url), form)
        {
            Ok(mut response) => {
                let body = web::body(&mut response).unwrap_or_default();
                let retry_after = response
                    .headers()
                    .get("retry-after")
                    .and_then(|value| value.to_str().ok());
                let status = response.status().as_u16();
                let answer = Answer {
                    status,
                    retry_after,
                    body: &body,
                };
                (status.to_string(), self.poller.answered(&answer, now()))
            }
            Err(ureq::Error::Timeout(_)) => (
                "time-out".into(),
                self.poller.failed(Failure::Timeout, now()),
            ),
            Err(_) => (
                "no connection".into(),
                self.poller.failed(Failure::Connection, now()),
            ),
        };
        let mut tell = |text: &str, tone| {
            screen.line(&format!("poll {:>3} {status}  {text}", self.polls), tone)
        };
        match progress {
            Progress::Pending => tell("authorization_pending", Tone::Plain),
            Progress::SlowDown { interval } => {
                tell(&format!("slow_down, every {interval:?}"), Tone::Plain)
            }
            Progress::Retry { after, .. } => {
                tell(&format!("trying again in {after:?}"), Tone::Plain)
            }
            Progress::Tokens(tokens) => {
                tell("signed in", Tone::Good);
                show(&tokens, screen);
                return Some(Ending::Tokens);
            }
            Progress::Denied => {
                tell("access_denied: the person said no", Tone::Bad);
                return Some(Ending::Without);
            }
            Progress::Expired => {
                tell("expired_token: start again", Tone::Bad);
                return Some(Ending::Without);
            }
            progress => {
                tell(&format!("{progress:?}"), Tone::Bad);
                return Some(Ending::Without);
            }
        }
        None
    }

    /// Tells the server that nobody waits for this code any more.
    fn cancel(mut self, screen: &mut Screen) -> Result<Ending, Box<dyn Error>> {
        let device_code = self
            .poller
            .request()
            .into_iter()
            .find(|(name, _)| *name == "device_code");
        let (_, device_code) = device_code.ok_or("the poller has no device code")?;
        let form = web::form(&[("token", device_code), ("client_id", CLIENT_ID)]);
        let response = web::post(&self.agent, &format!("{}/revoke", self.url), form)?;
        self.poller.cancel();
        screen.line("", Tone::Plain);
        screen.line(
            &format!(
                "device   cancelled the grant on the server ({})",
                response.status().as_u16()
            ),
            Tone::Bad,
        );
        Ok(Ending::Cancelled)
    }
}

fn show(tokens: &Tokens, screen: &mut Screen) {
    screen.line("", Tone::Plain);
    let mut row =
        |name: &str, value: &str| screen.line(&format!("  {name:<14} {value}"), Tone::Plain);
    row("access_token", &shortened(tokens.access_token()));
    row("token_type", tokens.token_type());
    if let Some(lifetime) = tokens.expires_in() {
        row("expires_in", &format!("{} s", lifetime.as_secs()));
    }
    if let Some(token) = tokens.refresh_token() {
        row("refresh_token", &shortened(token));
    }
    if let Some(token) = tokens.id_token() {
        row("id_token", &shortened(token));
    }
    row("scope", tokens.scope().unwrap_or_default());
}

/// Enough of a token to recognise it, and too little to use it.
fn shortened(token: &str) -> String {
    let start: String = token.chars().take(8).collect();
    format!("{start}… ({} characters)", token.chars().count())
}

#[expect(
    clippy::disallowed_methods,
    reason = "the device has a clock of its own"
)]
fn now() -> Instant {
    Instant::now()
}
