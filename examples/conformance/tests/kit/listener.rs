//! A listener that hands each request to a server's answer, one thread each.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::thread;

/// A request, as far as these servers look at it.
pub(crate) struct Request {
    /// The address of the server.
    pub(crate) server: String,
    pub(crate) path: String,
    pub(crate) query: String,
    pub(crate) body: String,
}

/// The status, and JSON.
pub(crate) type Answer = (u16, String);

/// The answer of RFC 6749, section 5.2.
pub(crate) fn error(error: &str) -> Answer {
    (400, format!(r#"{{"error":"{error}"}}"#))
}

/// The first parameter of this name in a form.
pub(crate) fn parameter(form: &str, name: &str) -> Option<String> {
    let mut pairs = form.split('&').filter_map(|pair| pair.split_once('='));
    pairs
        .find(|(key, _)| *key == name)
        .map(|(_, value)| value.to_owned())
}

/// Starts a server, and returns its address. It ends with the process.
pub(crate) fn start(answer: impl Fn(&Request) -> Answer + Send + Sync + 'static) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let server = address.clone();
    let answer = Arc::new(answer);
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let (answer, server) = (answer.clone(), server.clone());
            thread::spawn(move || {
                let request = read(&stream, server)?;
                write(stream, &answer(&request))
            });
        }
    });
    address
}

fn read(stream: &TcpStream, server: String) -> Option<Request> {
    let mut reader = BufReader::new(stream);
    let mut line = String::new();
    reader.read_line(&mut line).ok()?;
    let target = line.split(' ').nth(1)?;
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let mut length = 0;
    loop {
        let mut header = String::new();
        reader.read_line(&mut header).ok()?;
        let header = header.trim().to_ascii_lowercase();
        if let Some(value) = header.strip_prefix("content-length:") {
            length = value.trim().parse().ok()?;
        }
        if header.is_empty() {
            break;
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    Some(Request {
        server,
        path: path.to_owned(),
        query: query.to_owned(),
        body: String::from_utf8_lossy(&body).into_owned(),
    })
}

fn write(mut stream: TcpStream, (status, json): &Answer) -> Option<()> {
    let head =
        format!("HTTP/1.1 {status} .\r\nContent-Type: application/json\r\nConnection: close\r\n");
    write!(stream, "{head}Content-Length: {}\r\n\r\n{json}", json.len()).ok()
}
