use std::time::Duration;

use device_grant::message::DeviceAuthorizationResponse;
use device_grant::{DeviceTokenRequest, PollOutcome};

use crate::allocator::live_bytes;
use crate::figure::Op;
use crate::server::Server;
use crate::threads::timed;

/// The figures of one service: filled, polled, and a tenth of its grants approved and redeemed.
pub(crate) struct Round {
    authorize: f64,
    poll_pending: f64,
    approve: f64,
    redeem: f64,
    bytes_per_pending: f64,
}

/// The codes of a device, without what else it was told.
struct Codes {
    device_code: Box<str>,
    user_code: Box<str>,
}

/// A service with pending grants, and the codes of their devices.
struct Filled {
    server: Server,
    codes: Vec<Codes>,
    bytes_per_pending: f64,
}

/// Operations are timed in portions of as many, so that their inputs take little memory.
const PORTION: usize = 100_000;
/// So many polls at least are timed in each round.
const POLLS: usize = 8_000;
/// More than the interval.
const TURN: Duration = Duration::from_secs(6);

impl Round {
    /// Runs every operation, with so many pending grants and threads.
    pub(crate) fn run(pending: usize, threads: usize) -> Self {
        let share = pending / 10;
        let mut filled = Filled::with(pending - share);
        let authorize = filled.authorize(share, threads);
        let poll_pending = filled.poll_pending(threads);
        let (approve, redeem) = filled.approve_and_redeem(share, threads);
        Self {
            authorize,
            poll_pending,
            approve,
            redeem,
            bytes_per_pending: filled.bytes_per_pending,
        }
    }

    pub(crate) fn value(&self, op: Op) -> f64 {
        match op {
            Op::Authorize => self.authorize,
            Op::PollPending => self.poll_pending,
            Op::Approve => self.approve,
            Op::Redeem => self.redeem,
            Op::BytesPerPending => self.bytes_per_pending,
        }
    }
}

impl Filled {
    fn with(count: usize) -> Self {
        let before = live_bytes();
        let server = Server::new();
        let mut own = 0;
        let mut codes = Vec::new();
        codes.reserve_exact(count + count.div_ceil(9) + 1);
        own += codes.capacity() * size_of::<Codes>();
        for _ in 0..count {
            let told = Codes::from(server.authorize(Server::request()));
            own += told.device_code.len() + told.user_code.len();
            codes.push(told);
        }
        let bytes = live_bytes() - before - own;
        Self {
            server,
            codes,
            bytes_per_pending: float(bytes) / float(count),
        }
    }

    fn authorize(&mut self, count: usize, threads: usize) -> f64 {
        let mut sum = 0.0;
        for portion in portions(count) {
            let requests = (0..portion).map(|_| Server::request()).collect();
            let (each, told) = timed(requests, threads, |request| self.server.authorize(request));
            self.codes.extend(told.into_iter().map(Codes::from));
            sum += each * float(portion);
        }
        sum / float(count)
    }

    fn poll_pending(&self, threads: usize) -> f64 {
        let pending = self.codes.len();
        let turns = POLLS.div_ceil(pending);
        let mut sum = 0.0;
        for _ in 0..turns {
            self.server.pass(TURN);
            let mut at = 0;
            for portion in portions(pending) {
                let mut next = || {
                    at = (at + stride(pending)) % pending;
                    DeviceTokenRequest::new(&*self.codes[at].device_code)
                };
                let requests = (0..portion).map(|_| next()).collect();
                let (each, outcomes) = timed(requests, threads, |request| {
                    self.server.poll(request).is_pending()
                });
                assert!(outcomes.into_iter().all(|is_pending| is_pending));
                sum += each * float(portion);
            }
        }
        sum / float(turns * pending)
    }

    fn approve_and_redeem(&self, count: usize, threads: usize) -> (f64, f64) {
        let (mut approve, mut redeem) = (0.0, 0.0);
        let mut left = self.codes.iter();
        for portion in portions(count) {
            let chosen: Vec<&Codes> = left.by_ref().take(portion).collect();
            let tickets = chosen
                .iter()
                .map(|codes| self.server.review(&codes.user_code));
            let tickets = tickets.collect();
            let (each, _) = timed(tickets, threads, |ticket| self.server.approve(&ticket));
            approve += each * float(portion);
            let requests = chosen
                .iter()
                .map(|codes| DeviceTokenRequest::new(&*codes.device_code));
            let requests = requests.collect();
            let (each, outcomes) = timed(requests, threads, |request| self.server.poll(request));
            let is_tokens = |outcome| matches!(outcome, PollOutcome::Tokens { .. });
            assert!(outcomes.into_iter().all(is_tokens));
            redeem += each * float(portion);
        }
        (approve / float(count), redeem / float(count))
    }
}

impl From<DeviceAuthorizationResponse> for Codes {
    fn from(told: DeviceAuthorizationResponse) -> Self {
        Self {
            device_code: told.device_code.as_str().into(),
            user_code: told.user_code.as_str().into(),
        }
    }
}

/// Portions that make up `count`.
fn portions(count: usize) -> impl Iterator<Item = usize> {
    let begins = (0..count).step_by(PORTION);
    begins.map(move |begin| PORTION.min(count - begin))
}

/// A step that visits each of so many places once, in an order that no prefetcher guesses.
fn stride(length: usize) -> usize {
    const PRIMES: [usize; 2] = [611_953, 7_368_787];
    let fits = |prime: &&usize| !length.is_multiple_of(**prime);
    *PRIMES.iter().find(fits).expect("no length has both")
}

fn float(count: usize) -> f64 {
    f64::from(u32::try_from(count).expect("fewer than four thousand million"))
}
