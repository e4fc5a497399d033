//! A server as it is written in an afternoon: it looks at no client, forbids no cache, burns no code, approves whatever
//! link is opened, and writes what a poll has read back after a while.

use std::collections::HashMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

/// The decision on each code; none while nobody has decided.
type Grants = Arc<Mutex<HashMap<String, Option<bool>>>>;

/// The time that a decision takes to be written, so that polls come in between.
const SLOW: Duration = Duration::from_secs(1);

/// Starts it, and returns its address. It ends with the process.
pub(crate) fn start() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let told = address.clone();
    let grants = Grants::default();
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let (grants, address) = (grants.clone(), address.clone());
            thread::spawn(move || serve(stream, &address, &grants));
        }
    });
    told
}

fn serve(mut stream: TcpStream, address: &str, grants: &Grants) -> Option<()> {
    let mut reader = BufReader::new(stream.try_clone().ok()?);
    let mut line = String::new();
    reader.read_line(&mut line).ok()?;
    let path = line.split(' ').nth(1)?.split('?').next()?.to_owned();
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
    let (status, json) = answer(&path, &String::from_utf8_lossy(&body), address, grants);
    let head =
        format!("HTTP/1.1 {status} .\r\nContent-Type: application/json\r\nConnection: close\r\n");
    write!(stream, "{head}Content-Length: {}\r\n\r\n{json}", json.len()).ok()
}

fn answer(path: &str, body: &str, address: &str, shared: &Grants) -> (u16, String) {
    let field = |name: &str| {
        let mut pairs = body.split('&').filter_map(|pair| pair.split_once('='));
        pairs
            .find(|(key, _)| *key == name)
            .map(|(_, value)| value.to_owned())
    };
    let mut grants = shared.lock().unwrap();
    let error = |error: &str| (400, format!(r#"{{"error":"{error}"}}"#));
    if let Some(code) = path.strip_prefix("/link/") {
        grants.insert(code.to_owned(), Some(true));
        return (200, "{}".to_owned());
    }
    match path {
        // As a strict schema reads it.
        "/device" if body.contains("no_such") => error("invalid_request"),
        "/device" => {
            let code = format!("{:08}", grants.len() + 23_456_789);
            grants.insert(code.clone(), None);
            let codes = format!(r#""device_code":"{code}","user_code":"{code}""#);
            let uris = format!(
                r#""verification_uri":"{address}","verification_uri_complete":"{address}/link/{code}""#
            );
            (
                200,
                format!(r#"{{{codes},{uris},"expires_in":600,"interval":0}}"#),
            )
        }
        "/approve" | "/deny" => {
            drop(grants);
            thread::sleep(SLOW);
            let code = field("code").unwrap_or_default();
            shared
                .lock()
                .unwrap()
                .insert(code, Some(path == "/approve"));
            (200, "{}".to_owned())
        }
        _ => match field("device_code").as_ref().map(|code| grants.get(code)) {
            None => error("invalid_request"),
            Some(None) => error("invalid_grant"),
            Some(Some(None)) => {
                drop(grants);
                thread::sleep(2 * SLOW);
                let code = field("device_code").unwrap_or_default();
                shared.lock().unwrap().insert(code, None);
                error("authorization_pending")
            }
            Some(Some(Some(false))) => error("access_denied"),
            Some(Some(Some(true))) => {
                let count = grants.len();
                let token = std::time::Instant::now();
                (
                    200,
                    format!(r#"{{"access_token":"{count} {token:?}","token_type":"Bearer"}}"#),
                )
            }
        },
    }
}
