//! A thousand devices sign in over two nodes: the time from approval to tokens, and the number of requests.

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use device_grant::message::DeviceAuthorizationResponse;
use device_grant::poller::{PollAnswer, Poller, Progress, Step};
use test_servers::Postgres;
use tokio::net::TcpSocket;
use tokio::time::{Instant, sleep};

use super::http::{Answer, Request};
use super::node::{Node, free_address};
use super::outage::{Redis, Store};

const DEVICES: u32 = 1_000;

/// All devices begin within this time, by turns at either node.
const ARRIVAL: Duration = Duration::from_secs(120);

/// The time that a person takes to approve: each between these two.
const QUICKEST: Duration = Duration::from_secs(10);
const SLOWEST: Duration = Duration::from_secs(50);

/// Far above what is measured, and far below the half of an interval that a device waits otherwise.
const PROMPT: Duration = Duration::from_secs(1);

#[test]
#[ignore = "long; scripts/test-long runs it"]
fn a_thousand_devices_sign_in_at_one_node_in_memory() {
    fleet("memory", "memory", 1);
}

#[test]
#[ignore = "long; scripts/test-long runs it"]
fn a_thousand_devices_sign_in_over_two_nodes_on_postgresql() {
    let server = Postgres::start(&[]);
    fleet("PostgreSQL", &server.url(), 2);
}

#[test]
#[ignore = "long; scripts/test-long runs it"]
fn a_thousand_devices_sign_in_over_two_nodes_on_redis() {
    let server = Redis::start();
    fleet("Redis", &server.url(), 2);
}

fn fleet(name: &str, store: &str, nodes: usize) {
    let addresses: Vec<_> = (0..nodes).map(|_| free_address()).collect();
    let origin = format!("http://{}", addresses[0]);
    let nodes: Vec<_> = addresses
        .iter()
        .map(|address| {
            Node::with(*address, store, &origin, |command| {
                command.args(["--users", "100"]);
            })
        })
        .collect();
    let fleet = Arc::new(Fleet {
        nodes: nodes.iter().map(|node| node.address).collect(),
        origin,
    });
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let plain = runtime.block_on(fleet.sign_in(false));
    let waiting = runtime.block_on(fleet.sign_in(true));
    println!(
        "| store, nodes | `Prefer: wait` | p50 | p99 | requests per sign-in |\n|---|---|---:|---:|---:|"
    );
    for (waits, told) in [("no", &plain), ("yes", &waiting)] {
        let nodes = nodes.len();
        println!(
            "| {name}, {nodes} | {waits} | {:.0} ms | {:.0} ms | {:.1} |",
            millis(told.after(50)),
            millis(told.after(99)),
            told.requests()
        );
    }
    assert!(waiting.after(50) < PROMPT, "{:?}", waiting.after(50));
    assert!(waiting.requests() < plain.requests() / 2.0);
}

fn millis(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1e3
}

/// The nodes, and where browsers think that they are.
struct Fleet {
    nodes: Vec<SocketAddr>,
    origin: String,
}

/// A device that has its tokens.
struct SignedIn {
    requests: u32,
    /// The time from the press of the button to the tokens.
    after: Duration,
}

struct Told(Vec<SignedIn>);

impl Told {
    /// The time after which so many in a hundred devices had their tokens.
    fn after(&self, percent: usize) -> Duration {
        let mut all: Vec<_> = self.0.iter().map(|device| device.after).collect();
        all.sort();
        all[(all.len() * percent / 100).min(all.len() - 1)]
    }

    fn requests(&self) -> f64 {
        let all: u32 = self.0.iter().map(|device| device.requests).sum();
        f64::from(all) / f64::from(DEVICES)
    }
}

impl Fleet {
    async fn sign_in(self: &Arc<Self>, waits: bool) -> Told {
        let devices = (0..DEVICES).map(|number| {
            let fleet = Arc::clone(self);
            tokio::spawn(async move {
                sleep(ARRIVAL * number / DEVICES).await;
                fleet.device(number, waits).await
            })
        });
        let devices: Vec<_> = devices.collect();
        let mut told = Vec::new();
        for device in devices {
            told.push(device.await.unwrap());
        }
        Told(told)
    }

    /// A device that polls one node, while its person approves at the next one.
    async fn device(self: Arc<Self>, number: u32, waits: bool) -> SignedIn {
        let mut device = self.caller(number, 0);
        let begun = device
            .ask("POST", "/device_authorization", "client_id=tv&scope=openid")
            .await;
        let authorization =
            DeviceAuthorizationResponse::from_json(begun.body().as_bytes()).unwrap();
        let code = authorization.user_code.to_string();
        let fleet = Arc::clone(&self);
        let person = tokio::spawn(async move { fleet.approve(number, &code).await });
        let mut poller = Poller::new(authorization, now());
        let mut requests = 1;
        loop {
            if let Step::Wait(delay) = poller.next(now()) {
                sleep(delay).await;
            }
            requests += 1;
            let progress = device.poll(&mut poller, waits).await;
            if let Progress::Tokens(_) = progress {
                break;
            }
            let goes_on = matches!(progress, Progress::Pending | Progress::Retry { .. });
            assert!(goes_on, "{progress:?}");
        }
        let had_at = Instant::now();
        let pressed_at = person.await.unwrap();
        SignedIn {
            requests,
            after: had_at.saturating_duration_since(pressed_at),
        }
    }

    /// Returns when the button was pressed.
    async fn approve(&self, number: u32, code: &str) -> Instant {
        // Scattered, and the same in each run.
        let part = number.wrapping_mul(2_654_435_761) % 1_000;
        sleep(QUICKEST + (SLOWEST - QUICKEST) * part / 1_000).await;
        let mut browser = self.caller(number, 1);
        let user = format!("user{}", number % 100 + 1);
        let login = format!("username={user}&password={user}");
        browser.ask("POST", "/login", &login).await;
        let entered = browser
            .ask("POST", "/activate", &format!("user_code={code}"))
            .await;
        let review = entered.header("location").expect("the code is known");
        let review = review.trim_start_matches(&self.origin).to_owned();
        let page = browser.ask("GET", &review, "").await;
        let page = page.body();
        let ticket = page.split_once("name=\"ticket\" value=\"");
        let (_, ticket) = ticket.unwrap_or_else(|| panic!("this is no review: {page}"));
        let (ticket, _) = ticket.split_once('"').unwrap();
        let decision = format!("ticket={ticket}&decision=approve");
        let pressed_at = Instant::now();
        let decided = browser.ask("POST", "/activate/decision", &decision).await;
        assert!(
            decided.status < 400,
            "{} {}",
            decided.status,
            decided.body()
        );
        pressed_at
    }

    /// Someone at an address of their own, as people at home are.
    fn caller(&self, number: u32, side: usize) -> Caller {
        let number = usize::try_from(number).unwrap();
        let [.., high, low] = u32::try_from(number).unwrap().to_be_bytes();
        Caller {
            address: Ipv4Addr::new(127, 1 + u8::try_from(side).unwrap(), high, low),
            server: self.nodes[(number + side) % self.nodes.len()],
            origin: self.origin.clone(),
            cookies: BTreeMap::new(),
        }
    }
}

fn now() -> std::time::Instant {
    Instant::now().into_std()
}

/// A device or a browser.
struct Caller {
    address: Ipv4Addr,
    server: SocketAddr,
    origin: String,
    cookies: BTreeMap<String, String>,
}

impl Caller {
    async fn poll(&mut self, poller: &mut Poller, waits: bool) -> Progress {
        let form = poller.form(&[("client_id", "tv")]);
        let prefer = if waits { poller.prefer(now()) } else { None };
        let prefer = prefer.map(|prefer| format!("Prefer: {prefer}\r\n"));
        let prefer = prefer.unwrap_or_default();
        let answer = self.send("POST", "/token", &form, &prefer).await;
        let answer = PollAnswer::new(answer.status, answer.body().as_bytes(), |name| {
            answer.header(name)
        });
        poller.answered(&answer, now())
    }

    /// Asks once more where a busy server asks for patience.
    async fn ask(&mut self, method: &str, path: &str, form: &str) -> Answer {
        loop {
            let answer = self.send(method, path, form, "").await;
            if answer.status != 503 {
                return answer;
            }
            sleep(Duration::from_secs(1)).await;
        }
    }

    /// One request on a connection of its own.
    async fn send(&mut self, method: &str, path: &str, form: &str, more: &str) -> Answer {
        let socket = TcpSocket::new_v4().unwrap();
        socket.bind((self.address, 0).into()).unwrap();
        let stream = socket.connect(self.server).await.unwrap();
        let origin = &self.origin;
        let host = origin.trim_start_matches("http://");
        let cookies = self.cookies.iter();
        let cookies: Vec<_> = cookies
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        let headers = format!(
            "Host: {host}\r\nOrigin: {origin}\r\nSec-Fetch-Site: same-origin\r\nCookie: {}\r\n{more}",
            cookies.join("; ")
        );
        let request = Request { method, path, form };
        let answer = request.send(stream, &headers).await.unwrap();
        for cookie in answer.headers("set-cookie") {
            let (pair, _) = cookie.split_once(';').unwrap();
            let (name, value) = pair.split_once('=').unwrap();
            self.cookies.insert(name.to_owned(), value.to_owned());
        }
        answer
    }
}
