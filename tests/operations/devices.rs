use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::net::TcpStream;
use tokio::task::{JoinHandle, JoinSet};
use tokio::time::Instant;

use super::http::{Answer, Request};

/// The number of devices: fewer than one address may begin in a minute.
const DEVICES: usize = 40;

/// Devices that poll.
pub(crate) struct Devices {
    polling: JoinHandle<()>,
    is_over: Arc<AtomicBool>,
    polls: Arc<Mutex<Vec<Poll>>>,
}

/// A poll and its answer.
#[derive(Clone, Debug)]
pub(crate) struct Poll {
    pub(crate) began: Instant,
    pub(crate) took: Duration,
    pub(crate) answer: Result<Answer, String>,
}

impl Poll {
    pub(crate) fn answered_at(&self) -> Instant {
        self.began + self.took
    }

    /// Returns whether the device was told that nobody has decided.
    pub(crate) fn is_pending(&self) -> bool {
        let is_pending = |answer: &Answer| {
            let text = &answer.text;
            answer.status == 400
                && (text.contains("authorization_pending") || text.contains("slow_down"))
        };
        self.answer.as_ref().is_ok_and(is_pending)
    }

    /// Returns whether the device was told to come again later.
    pub(crate) fn is_postponed(&self) -> bool {
        let is_postponed = |answer: &Answer| {
            answer.status == 503 && answer.text.to_ascii_lowercase().contains("retry-after: ")
        };
        self.answer.as_ref().is_ok_and(is_postponed)
    }
}

impl Devices {
    /// Begins grants at this server, and polls them, so many times a second.
    pub(crate) async fn start(server: SocketAddr, polls_per_second: u32) -> Self {
        let mut codes = Vec::new();
        for _ in 0..DEVICES {
            codes.push(begin(server).await);
        }
        let polls = Arc::new(Mutex::new(Vec::new()));
        let is_over = Arc::new(AtomicBool::new(false));
        let (heard, over) = (Arc::clone(&polls), Arc::clone(&is_over));
        let polling = tokio::spawn(async move {
            let mut ticks = tokio::time::interval(Duration::from_secs(1) / polls_per_second);
            let mut running = JoinSet::new();
            for code in codes.iter().cycle() {
                ticks.tick().await;
                if over.load(Ordering::Relaxed) {
                    break;
                }
                let heard = Arc::clone(&heard);
                let code = code.clone();
                running.spawn(async move {
                    let poll = poll(server, &code).await;
                    heard.lock().unwrap().push(poll);
                });
            }
            while running.join_next().await.is_some() {}
        });
        Self {
            polling,
            is_over,
            polls,
        }
    }

    /// Waits until devices are told again that nobody has decided, and everything that was asked before is answered.
    pub(crate) async fn until_served(&self, since: Instant) {
        loop {
            tokio::time::sleep(Duration::from_millis(50)).await;
            let polls = self.polls.lock().unwrap();
            let served = polls
                .iter()
                .filter(|poll| poll.began > since && poll.is_pending());
            if served.count() >= 20 {
                return;
            }
        }
    }

    /// Ends the polling, and returns all polls once each is answered.
    pub(crate) async fn stop(self) -> Vec<Poll> {
        self.is_over.store(true, Ordering::Relaxed);
        self.polling.await.unwrap();
        self.polls.lock().unwrap().clone()
    }
}

/// Begins a grant, and returns its device code.
pub(crate) async fn begin(server: SocketAddr) -> String {
    let begun = post(server, "/device_authorization", "client_id=tv&scope=openid").await;
    let (_, rest) = begun.text.split_once("\"device_code\":\"").unwrap();
    rest.split('"').next().unwrap().to_owned()
}

/// Polls once.
pub(crate) async fn poll(server: SocketAddr, code: &str) -> Poll {
    let form = format!(
        "client_id=tv&grant_type=urn:ietf:params:oauth:grant-type:device_code&device_code={code}"
    );
    let began = Instant::now();
    let answer = send(server, ("POST", "/token", form.as_str())).await;
    Poll {
        began,
        took: began.elapsed(),
        answer: answer.map_err(|error| error.to_string()),
    }
}

/// The answer to a `GET`.
pub(crate) async fn get(server: SocketAddr, path: &str) -> Answer {
    send(server, ("GET", path, "")).await.unwrap()
}

async fn post(server: SocketAddr, path: &str, form: &str) -> Answer {
    send(server, ("POST", path, form)).await.unwrap()
}

async fn send(
    server: SocketAddr,
    (method, path, form): (&str, &str, &str),
) -> std::io::Result<Answer> {
    let stream = TcpStream::connect(server).await?;
    let request = Request { method, path, form };
    request.send(stream, &format!("Host: {server}\r\n")).await
}
