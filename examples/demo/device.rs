//! The device: it asks for codes, shows them, and polls until it knows.

use std::error::Error;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread;
use std::time::{Duration, Instant};

use device_grant::message::{DeviceAuthorizationResponse, Scope, TokenResponse};
use device_grant::poller::{PollAnswer, Poller, Progress, Step};
use serde_json::Value;
use ureq::Agent;
use ureq::http::Response;

use super::screen::{Screen, Tone};
use super::web;

const SCOPE: &str = "openid profile offline_access";
/// The time between two steps of the countdown.
const TICK: Duration = Duration::from_millis(200);

pub(crate) struct Device {
    agent: Agent,
    url: String,
    client_id: &'static str,
    poller: Poller,
    entered: Receiver<String>,
    /// Where its user's entries go, until they are asked for.
    user: Option<Sender<String>>,
    /// Where the answer to the poll under way will be.
    asked: Option<Receiver<Option<Answer>>>,
    polls: u32,
    heard: String,
}

/// An answer of the token endpoint.
struct Answer {
    status: u16,
    retry_after: Option<String>,
    date: Option<String>,
    preference_applied: Option<String>,
    body: Vec<u8>,
}

impl From<Response<ureq::Body>> for Answer {
    fn from(mut response: Response<ureq::Body>) -> Self {
        let body = web::body(&mut response).unwrap_or_default();
        let header = |name| Some(response.headers().get(name)?.to_str().ok()?.to_owned());
        Self {
            status: response.status().as_u16(),
            retry_after: header("retry-after"),
            date: header("date"),
            preference_applied: header("preference-applied"),
            body,
        }
    }
}

impl Answer {
    fn as_poll_answer(&self) -> PollAnswer<'_> {
        PollAnswer {
            status: self.status,
            retry_after: self.retry_after.as_deref(),
            date: self.date.as_deref(),
            preference_applied: self.preference_applied.as_deref(),
            body: &self.body,
        }
    }
}

/// The end of the flow for the device.
pub(crate) enum Ending {
    Tokens,
    Without,
    Cancelled,
}

impl Device {
    /// Asks for codes as this client of the server's, and shows them.
    pub(crate) fn start(
        url: &str,
        client_id: &'static str,
        screen: &mut Screen,
    ) -> Result<Self, Box<dyn Error>> {
        let agent = web::agent();
        screen.line(&format!("server   listening on {url}"), Tone::Dim);
        let request = web::form(&[("client_id", client_id), ("scope", SCOPE)]);
        let mut response = web::post(&agent, &format!("{url}/device_authorization"), request)?;
        let authorization = DeviceAuthorizationResponse::from_json(&web::body(&mut response)?)?;
        screen.line("device   asked for codes", Tone::Dim);
        screen.invite(
            &authorization.verification_uri,
            authorization.verification_uri_complete.as_deref(),
            &authorization.user_code,
        );
        let poller = Poller::new(authorization, now());
        let (user, entered) = channel();
        Ok(Self {
            agent,
            url: url.to_owned(),
            client_id,
            poller,
            entered,
            user: Some(user),
            asked: None,
            polls: 0,
            heard: String::new(),
        })
    }

    pub(crate) fn user_code(&self) -> &str {
        &self.poller.authorization().user_code
    }

    /// Takes the keyboard away from the terminal: what is sent here is what the device's user enters.
    pub(crate) fn keyboard(&mut self) -> Option<Sender<String>> {
        self.user.take()
    }

    /// Polls until the person has decided, time is up, or `interrupted`.
    pub(crate) fn poll(
        mut self,
        screen: &mut Screen,
        interrupted: &AtomicBool,
    ) -> Result<Ending, Box<dyn Error>> {
        let whole = self.poller.authorization().expires_in;
        loop {
            if interrupted.load(Ordering::Relaxed) {
                return self.cancel(screen);
            }
            if let Ok(entered) = self.entered.try_recv() {
                self.poller.confirm(&entered);
            }
            screen.countdown(self.poller.remaining(now()), whole);
            match self.poller.next(now()) {
                Step::Wait(delay) => thread::sleep(delay.min(TICK)),
                Step::Poll => {
                    if let Some(ending) = self.look(screen) {
                        return Ok(ending);
                    }
                }
                Step::Expired | Step::Stopped => {
                    screen.line("device   the code is expired", Tone::Bad);
                    return Ok(Ending::Without);
                }
            }
        }
    }

    /// Looks for the answer to the poll under way for as long as the countdown stands still, or begins a poll.
    fn look(&mut self, screen: &mut Screen) -> Option<Ending> {
        let answer = self.asked.take().unwrap_or_else(|| self.ask());
        match answer.recv_timeout(TICK) {
            Ok(answer) => self.hear(answer, screen),
            Err(RecvTimeoutError::Timeout) => {
                self.asked = Some(answer);
                None
            }
            Err(RecvTimeoutError::Disconnected) => self.hear(None, screen),
        }
    }

    fn hear(&mut self, answer: Option<Answer>, screen: &mut Screen) -> Option<Ending> {
        self.polls += 1;
        let (status, progress) = match answer {
            Some(answer) => {
                let progress = self.poller.answered(&answer.as_poll_answer(), now());
                (answer.status.to_string(), progress)
            }
            None => ("---".to_owned(), self.poller.failed(now())),
        };
        let (text, tone, ending) = verdict(&progress);
        let heard = format!("{status}  {text}");
        let line = format!("poll {:>3}  {heard}", self.polls);
        if heard == self.heard {
            screen.line_again(&line, tone);
        } else {
            screen.line(&line, tone);
            self.heard = heard;
        }
        if let Progress::ConfirmationRequired { .. } = progress
            && let Some(user) = self.user.take()
        {
            screen.line(
                "device   enter the six digits that the page shows:",
                Tone::Good,
            );
            thread::spawn(move || read_lines(&user));
        }
        if let Progress::Tokens(tokens) = progress {
            show(&tokens, screen);
        }
        ending
    }

    /// Polls once, in a thread of its own: the server may hold the answer back until the person has decided.
    fn ask(&mut self) -> Receiver<Option<Answer>> {
        let form = self.poller.form(&[("client_id", self.client_id)]);
        let prefer = self.poller.prefer(now());
        let (agent, url) = (self.agent.clone(), format!("{}/token", self.url));
        let (answer, asked) = channel();
        thread::spawn(move || {
            let response = web::post_preferring(&agent, &url, form, prefer.as_deref());
            // Nobody waits for it any more if the device was cancelled.
            _ = answer.send(response.ok().map(Answer::from));
        });
        asked
    }

    /// Tells the server that nobody waits for this code any more.
    fn cancel(mut self, screen: &mut Screen) -> Result<Ending, Box<dyn Error>> {
        let device_code = &self.poller.authorization().device_code;
        let form = web::form(&[("token", device_code), ("client_id", self.client_id)]);
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

/// Returns the words for an answer, and the end of the flow, if it is one.
fn verdict(progress: &Progress) -> (String, Tone, Option<Ending>) {
    let going_on = |text: String| (text, Tone::Plain, None);
    let over = |text: &str| (text.to_owned(), Tone::Bad, Some(Ending::Without));
    match progress {
        Progress::Pending => going_on("authorization_pending".into()),
        Progress::ConfirmationRequired {
            was_wrong: true, ..
        } => going_on("authorization_pending: that code was wrong".into()),
        Progress::ConfirmationRequired { .. } => {
            going_on("authorization_pending: waits for the confirmation code".into())
        }
        Progress::SlowDown { interval, .. } => going_on(format!("slow_down: every {interval:?}")),
        Progress::Retry { after, .. } => going_on(format!("trying again in {after:?}")),
        Progress::Tokens(_) => ("signed in".into(), Tone::Good, Some(Ending::Tokens)),
        Progress::Denied => over("access_denied: the person said no"),
        Progress::Expired => over("expired_token: start again"),
        Progress::Failed { error, .. } => over(error),
        Progress::Stopped | _ => over("stopped"),
    }
}

/// Hands over what is typed, until the device no longer listens.
fn read_lines(user: &Sender<String>) {
    for line in std::io::stdin().lines().map_while(Result::ok) {
        if user.send(line).is_err() {
            break;
        }
    }
}

fn show(tokens: &TokenResponse, screen: &mut Screen) {
    screen.line("", Tone::Plain);
    let mut row =
        |name: &str, value: &str| screen.line(&format!("  {name:<14} {value}"), Tone::Plain);
    row("access_token", &shortened(&tokens.access_token));
    row("token_type", &tokens.token_type);
    if let Some(lifetime) = tokens.expires_in {
        row("expires_in", &format!("{} s", lifetime.as_secs()));
    }
    if let Some(token) = &tokens.refresh_token {
        row("refresh_token", &shortened(token));
    }
    if let Some(token) = tokens.extra("id_token").and_then(Value::as_str) {
        row("id_token", &shortened(token));
    }
    row("scope", tokens.scope.as_ref().map_or("", Scope::as_str));
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
