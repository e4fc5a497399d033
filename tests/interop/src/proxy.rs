//! A proxy between the clients and the server. It notes how each request to the token endpoint was answered, and makes
//! the faults that a test asked for.

use std::collections::VecDeque;
use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::time::timeout;

/// Longer than any client waits between two polls.
const LONGEST_WAIT: Duration = Duration::from_secs(30);

/// A failure of one request to the token endpoint.
#[derive(Clone, Copy, Debug)]
pub enum Fault {
    /// The connection closes before the server has seen the request.
    RequestLost,
    /// The connection closes after the server has answered.
    AnswerLost,
    /// Something in front of the server answers 503.
    Unavailable,
    /// Something in front of the server redirects the request there.
    Redirected(SocketAddr),
    /// Others poll with the same code at the same time, until the server says `slow_down`.
    Crowded,
}

/// The answer that a client got from the token endpoint.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Answer {
    pub status: u16,
    pub error: Option<String>,
}

/// Where the client was told nothing, the status is 0.
impl PartialEq<&str> for Answer {
    fn eq(&self, told: &&str) -> bool {
        match (&self.error, self.status) {
            (Some(error), _) => error == told,
            (None, 200) => *told == "tokens",
            (None, 0) => *told == "nothing",
            (None, _) => false,
        }
    }
}

#[derive(Clone)]
pub(crate) struct Proxy {
    faults: Arc<Mutex<VecDeque<Fault>>>,
    answers: watch::Sender<Vec<Answer>>,
}

impl Proxy {
    /// Begins to forward what the listener accepts.
    pub(crate) fn start(listener: TcpListener, server: SocketAddr) -> Self {
        let proxy = Self {
            faults: Arc::default(),
            answers: watch::Sender::default(),
        };
        let accepting = proxy.clone();
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let proxy = accepting.clone();
                // A client that goes away is its own affair.
                tokio::spawn(async move { _ = proxy.serve(client, server).await });
            }
        });
        proxy
    }

    /// The next requests to the token endpoint go wrong, one after the other.
    pub(crate) fn fail_next(&self, faults: &[Fault]) {
        self.faults.lock().unwrap().extend(faults);
    }

    pub(crate) fn answers(&self) -> Vec<Answer> {
        self.answers.borrow().clone()
    }

    /// Returns once so many requests to the token endpoint were answered.
    pub(crate) async fn answered(&self, count: usize) {
        let mut answers = self.answers.subscribe();
        let enough = answers.wait_for(|answers| answers.len() >= count);
        let in_time = timeout(LONGEST_WAIT, enough).await.is_ok();
        assert!(in_time, "the client gave up after {:?}", self.answers());
    }

    /// One request; both connections close behind it.
    async fn serve(&self, mut client: TcpStream, server: SocketAddr) -> io::Result<()> {
        let request = read_request(&mut client).await?;
        if !is_token_request(&request) {
            return client.write_all(&forward(&request, server).await?).await;
        }
        let fault = self.faults.lock().unwrap().pop_front();
        let response = match fault {
            None => Some(forward(&request, server).await?),
            Some(Fault::RequestLost) => None,
            Some(Fault::AnswerLost) => {
                forward(&request, server).await?;
                None
            }
            Some(Fault::Unavailable) => Some(UNAVAILABLE.as_bytes().to_vec()),
            Some(Fault::Redirected(there)) => Some(redirect(there).into_bytes()),
            Some(Fault::Crowded) => Some(crowd(&request, server).await?),
        };
        let answer = Answer::read(response.as_deref().unwrap_or_default());
        // First, so that who has an answer finds it noted.
        self.answers.send_modify(|answers| answers.push(answer));
        match response {
            Some(response) => client.write_all(&response).await,
            None => Ok(()),
        }
    }
}

/// The answer of a load balancer, which is no JSON.
const UNAVAILABLE: &str = "HTTP/1.1 503 Service Unavailable\r\ncontent-type: text/html\r\nretry-after: 1\r\n\
    content-length: 22\r\nconnection: close\r\n\r\n<h1>Come back soon</h1>";

/// With a status that keeps the method and the body.
fn redirect(there: SocketAddr) -> String {
    format!(
        "HTTP/1.1 307 Temporary Redirect\r\nlocation: http://{there}/token\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
    )
}

impl Answer {
    fn read(response: &[u8]) -> Self {
        let text = String::from_utf8_lossy(response);
        let status = text
            .split(' ')
            .nth(1)
            .and_then(|status| status.parse().ok());
        let (_, body) = text.split_once("\r\n\r\n").unwrap_or_default();
        let body: Value = serde_json::from_str(body).unwrap_or_default();
        Self {
            status: status.unwrap_or(0),
            error: body["error"].as_str().map(str::to_owned),
        }
    }
}

fn is_token_request(request: &[u8]) -> bool {
    request.starts_with(b"POST /token ")
}

/// Reads a request whole, as far as its `Content-Length` says.
async fn read_request(client: &mut TcpStream) -> io::Result<Vec<u8>> {
    let mut request = Vec::new();
    loop {
        if client.read_buf(&mut request).await? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        let text = String::from_utf8_lossy(&request);
        let Some((head, body)) = text.split_once("\r\n\r\n") else {
            continue;
        };
        let length = head.lines().filter_map(|line| line.split_once(':'));
        let length = length
            .filter(|(name, _)| name.eq_ignore_ascii_case("content-length"))
            .find_map(|(_, value)| value.trim().parse().ok());
        if body.len() >= length.unwrap_or(0) {
            return Ok(request);
        }
    }
}

/// The response to the first of many such requests that is told to slow down.
async fn crowd(request: &[u8], server: SocketAddr) -> io::Result<Vec<u8>> {
    for _ in 0..20 {
        let response = forward(request, server).await?;
        if Answer::read(&response) == "slow_down" {
            return Ok(response);
        }
    }
    Err(io::Error::other("nobody is slowed"))
}

/// The server's whole response to this request.
async fn forward(request: &[u8], server: SocketAddr) -> io::Result<Vec<u8>> {
    let mut upstream = TcpStream::connect(server).await?;
    let text = String::from_utf8_lossy(request);
    let (line, rest) = text.split_once("\r\n").unwrap_or_default();
    let request = format!("{line}\r\nconnection: close\r\n{rest}");
    upstream.write_all(request.as_bytes()).await?;
    let mut response = Vec::new();
    upstream.read_to_end(&mut response).await?;
    Ok(response)
}
