//! `RedisStore` in numbers: its polls beside the same script called by a bare client over the same kind of connection,
//! what a poll costs among a thousand grants and among a million, and the memory that Redis takes for a grant.
//!
//! Starts Redis servers of its own. Tells its progress on standard error, and prints a table.

use std::sync::Arc;
use std::time::Duration;

use device_grant::code::{GrantId, UserCodeDigest};
use device_grant::host::{Body, Clock, GrantStore, NewRow, PollRecord};
use device_grant::store::RedisStore;
use device_grant::testing::ManualClock;
use device_grant::testing::conformance::store::fixtures;
use device_grant_benches::timing::{Walk, now};
use device_grant_benches::{SCOPE, SIZES, USER_AGENT};
use redis::aio::ConnectionManager;
use tokio::runtime::Runtime;

#[path = "../../tests/redis/patience.rs"]
#[expect(dead_code, reason = "the tests also wait for other things")]
mod patience;
#[path = "../../tests/redis/server.rs"]
#[expect(dead_code, reason = "the tests also crash it")]
mod server;

const SCRIPT: &str = concat!(
    "#!lua flags=allow-oom\n",
    include_str!("../../src/store/redis/now.lua"),
    include_str!("../../src/store/redis/record_poll.lua")
);
/// Polls that are under way at the same time, over one connection.
const CONCURRENCY: usize = 64;

/// The size of a run: a benchmark, or a short test that it works.
struct Extent {
    sizes: [u64; 2],
    rounds: usize,
    polls: usize,
    filled: [u64; 3],
}

fn main() {
    // Cargo runs benchmarks as tests, too, and then wants them short.
    let extent = if std::env::args().any(|argument| argument == "--bench") {
        Extent {
            sizes: SIZES.map(|size| size.try_into().expect("sizes are small")),
            rounds: 41,
            polls: 400,
            filled: [200_000, 260_000, 270_000],
        }
    } else {
        Extent {
            sizes: [100, 1_000],
            rounds: 2,
            polls: 10,
            filled: [100, 200, 1_000],
        }
    };
    println!("| Redis | median | spread |\n|---|---:|---:|");
    let runtime = Runtime::new().expect("a runtime starts");
    runtime.block_on(async {
        for grants in extent.filled {
            memory("with a scope", new_row, grants).await;
            memory("with address and user agent, too", with_origin, grants).await;
        }
        let few = Polled::among(extent.sizes[0]).await;
        let many = Polled::among(extent.sizes[1]).await;
        polls(&extent, &few, &many).await;
    });
}

/// Rounds of each kind in turn, so that what else the machine does meets all of them.
async fn polls(extent: &Extent, few: &Polled, many: &Polled) {
    let (few_size, many_size) = (few.grants, many.grants);
    let mut rows = [
        (format!("polls a second among {few_size}"), Vec::new()),
        (format!("the bare script among {few_size}"), Vec::new()),
        (format!("ratio among {few_size}"), Vec::new()),
        (format!("polls a second among {many_size}"), Vec::new()),
        (format!("the bare script among {many_size}"), Vec::new()),
        (format!("ratio among {many_size}"), Vec::new()),
        (
            format!("cost among {many_size} to among {few_size}"),
            Vec::new(),
        ),
    ];
    for round in 1..=extent.rounds {
        let [a, b] = few.round(extent.polls, round).await;
        let [c, d] = many.round(extent.polls, round).await;
        for ((_, numbers), number) in
            rows.iter_mut()
                .zip([a, b, a / b, c, d, c / d, (1.0 / c) / (1.0 / a)])
        {
            numbers.push(number);
        }
        eprintln!(
            "round {round} of {}: {a:.0} and {b:.0} polls/s, {c:.0} and {d:.0} polls/s",
            extent.rounds
        );
    }
    for (what, numbers) in rows {
        report(&what, numbers);
    }
}

/// A server with pending grants, a store on it, and a client that knows what the store calls.
struct Polled {
    grants: u64,
    store: RedisStore,
    bare: ConnectionManager,
    digest: Arc<str>,
    /// Each round comes an interval later, so that each poll is accepted.
    clock: ManualClock,
    _server: server::Server,
}

impl Polled {
    async fn among(grants: u64) -> Self {
        let server = server::Server::start();
        let clock = ManualClock::new();
        let store = RedisStore::new(server.connection().await).with_clock(clock.clone());
        fill(&store, new_row, grants).await;
        Self {
            grants,
            store,
            bare: server.connection().await,
            digest: redis::Script::new(SCRIPT).get_hash().into(),
            clock,
            _server: server,
        }
    }

    /// Returns the polls a second of the store and of the bare client. They take turns at going first.
    async fn round(&self, polls: usize, round: usize) -> [f64; 2] {
        if round.is_multiple_of(2) {
            let bare = self.rate_of_script(polls).await;
            return [self.rate_of_store(polls).await, bare];
        }
        [
            self.rate_of_store(polls).await,
            self.rate_of_script(polls).await,
        ]
    }

    async fn rate_of_store(&self, polls: usize) -> f64 {
        self.clock.advance(Duration::from_secs(5));
        let store = self.store.clone();
        let poll = move |number: u64| {
            let store = store.clone();
            async move {
                let poll = PollRecord::new(id(number));
                let polled = store.record_poll(&poll).await;
                assert!(polled.expect("Redis answers").is_some(), "it is known");
            }
        };
        rate(poll, self.grants, polls).await
    }

    /// Keys and arguments are those that the store sends.
    async fn rate_of_script(&self, polls: usize) -> f64 {
        let (bare, digest) = (self.bare.clone(), Arc::clone(&self.digest));
        self.clock.advance(Duration::from_secs(5));
        let now = (self.clock.now().as_micros().cast_unsigned() ^ (1 << 63)).to_be_bytes();
        let poll = PollRecord::new(id(0));
        let durations = [poll.twin_within, poll.set_back_beyond];
        let micros = durations.map(|duration| (duration.as_micros() as u64).to_be_bytes());
        let seconds = [poll.step, poll.longest].map(u32::to_be_bytes);
        let numbers = [micros.concat(), seconds.concat()].concat();
        let poll = move |number: u64| {
            let (mut bare, digest, numbers) = (bare.clone(), Arc::clone(&digest), numbers.clone());
            async move {
                let mut call = redis::cmd("EVALSHA");
                call.arg(&*digest).arg(1).arg(key(number)).arg(&now[..]);
                call.arg(numbers);
                let answer = call.query_async(&mut bare).await;
                let answer: redis::Value = answer.expect("Redis answers");
                assert!(matches!(answer, redis::Value::Array(_)), "it is known");
            }
        };
        rate(poll, self.grants, polls).await
    }
}

/// Returns the number of polls that are answered in a second.
async fn rate<F: Future<Output = ()> + Send + 'static>(
    poll: impl Fn(u64) -> F + Clone + Send + 'static,
    grants: u64,
    polls: usize,
) -> f64 {
    let length = usize::try_from(grants).expect("sizes are small");
    let start = now();
    let pollers: Vec<_> = (0..CONCURRENCY)
        .map(|poller| {
            let poll = poll.clone();
            let walk = Walk::new(poller * length / CONCURRENCY, length);
            tokio::spawn(async move {
                for number in walk.take(polls) {
                    poll(number as u64).await;
                }
            })
        })
        .collect();
    for poller in pollers {
        poller.await.expect("a poller ends");
    }
    (CONCURRENCY * polls) as f64 / start.elapsed().as_secs_f64()
}

/// Prints the bytes of each grant among this number of grants. They depend on how full the server's tables are.
async fn memory(what: &str, row: fn(u64) -> NewRow, grants: u64) {
    let server = server::Server::start();
    let store = RedisStore::new(server.connection().await);
    // What the first grant makes the server load is no grant's.
    insert(store.clone(), row(grants)).await;
    let before = used(&server);
    fill(&store, row, grants).await;
    let bytes = (used(&server) - before) / grants;
    println!("| bytes per grant, {what}, among {grants} | {bytes} | |");
}

async fn fill(store: &RedisStore, row: fn(u64) -> NewRow, grants: u64) {
    let numbers: Vec<u64> = (0..grants).collect();
    for some in numbers.chunks(256) {
        let insertions: Vec<_> = some
            .iter()
            .map(|number| tokio::spawn(insert(store.clone(), row(*number))))
            .collect();
        for insertion in insertions {
            insertion.await.expect("an insertion ends");
        }
        if some[0].is_multiple_of(51_200) {
            eprintln!("{} of {grants} grants inserted", some[0]);
        }
    }
}

async fn insert(store: RedisStore, new: NewRow) {
    let inserted = store.insert(&new).await.expect("Redis answers");
    assert!(inserted.is_some());
}

fn used(server: &server::Server) -> u64 {
    let info = server.command(&["INFO", "memory"]);
    let used = info
        .lines()
        .find_map(|line| line.strip_prefix("used_memory:"));
    used.and_then(|bytes| bytes.trim().parse().ok())
        .expect("Redis tells its memory")
}

fn new_row(number: u64) -> NewRow {
    let mut row = fixtures::new_row(number);
    (row.id, row.user_code) = (id(number), Some(code(number)));
    row.issuer = "https://id.example.com".into();
    row.lifetime = Duration::from_secs(1_800);
    row.body = body("");
    row
}

fn with_origin(number: u64) -> NewRow {
    let mut row = new_row(number);
    let origin = format!(r#","f":{{"a":"203.0.113.7","u":"{USER_AGENT}"}}"#);
    row.body = body(&origin);
    row
}

/// The body of a pending grant, with further facts.
fn body(facts: &str) -> Body {
    let body = format!(r#"{{"v":1,"r":{{"s":"{SCOPE}"}}{facts}}}"#);
    Body::from(body.into_bytes())
}

fn id(number: u64) -> GrantId {
    let mut bytes = [0; 16];
    for (part, chunk) in (1..).zip(bytes.chunks_mut(8)) {
        chunk.copy_from_slice(&spread(number ^ (part << 56)));
    }
    GrantId::from_bytes(bytes)
}

fn code(number: u64) -> UserCodeDigest {
    let mut bytes = [0; 16];
    for (part, chunk) in (3..).zip(bytes.chunks_mut(8)) {
        chunk.copy_from_slice(&spread(number ^ (part << 56)));
    }
    UserCodeDigest::from_bytes(bytes)
}

/// As random as a digest.
fn spread(number: u64) -> [u8; 8] {
    let mut bits = number.wrapping_add(0x9e37_79b9_7f4a_7c15);
    bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    (bits ^ (bits >> 31)).to_be_bytes()
}

/// The key of a grant, as the store has it: in base64url.
fn key(number: u64) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let bits = u128::from_be_bytes(*id(number).as_bytes());
    let digit = |at: u32| match 122_u32.checked_sub(6 * at) {
        Some(shift) => bits >> shift,
        None => bits << 4,
    };
    let digits = (0..22).map(|at| char::from(DIGITS[(digit(at) & 63) as usize]));
    "dg:g:".chars().chain(digits).collect()
}

/// The middle, and how far half of the numbers are from it at most.
fn report(what: &str, mut numbers: Vec<f64>) {
    let median = median(&mut numbers);
    let mut distances: Vec<f64> = numbers
        .iter()
        .map(|number| (number - median).abs())
        .collect();
    let spread = self::median(&mut distances);
    let digits = if median < 100.0 { 2 } else { 0 };
    println!("| {what} | {median:.digits$} | ± {spread:.digits$} |");
}

fn median(numbers: &mut [f64]) -> f64 {
    numbers.sort_by(f64::total_cmp);
    numbers[numbers.len() / 2]
}
