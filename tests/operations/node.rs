use std::fs::{self, File};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::{env, io};

use super::http::Answer;

/// The key of user codes unless a test sets another.
const KEY: &str = "bm90IGEgc2VjcmV0OiBmb3IgZG9jdW1lbnRhdGlvbi4u";

/// A process of the example server. It ends with this.
pub(crate) struct Node {
    pub(crate) address: SocketAddr,
    /// Where its operator is listened to.
    socket: PathBuf,
    process: Child,
}

impl Node {
    /// A server at this address on this store, seen at this URL.
    pub(crate) fn start(address: SocketAddr, store: &str, url: &str) -> Self {
        Self::with(address, store, url, |_| {})
    }

    /// A server that is started by this command, which `prepare` may change.
    pub(crate) fn with(
        address: SocketAddr,
        store: &str,
        url: &str,
        prepare: impl FnOnce(&mut Command),
    ) -> Self {
        let tried = Self::try_with(address, store, url, prepare);
        tried.unwrap_or_else(|said| panic!("the server ended: {said}"))
    }

    /// A server, or what it said when it ended instead.
    pub(crate) fn try_with(
        address: SocketAddr,
        store: &str,
        url: &str,
        prepare: impl FnOnce(&mut Command),
    ) -> Result<Self, String> {
        let log = folder().join(format!("node-{}.log", address.port()));
        let socket = folder().join(format!("node-{}", address.port()));
        let mut command = Command::new(binary());
        command
            .args(["--listen", &address.to_string(), "--threads", "1"])
            .args(["--store", store, "--public-url", url, "--admin"])
            .arg(&socket)
            .env("DEVICE_GRANT_CODE_KEY", KEY)
            .stdout(Stdio::piped())
            .stderr(File::create(&log).unwrap());
        prepare(&mut command);
        let process = command.spawn().unwrap();
        let mut node = Self {
            address,
            socket,
            process,
        };
        // It listens a little before it is ready.
        let mut line = String::new();
        let output = node.process.stdout.take().unwrap();
        BufReader::new(output).read_line(&mut line).unwrap();
        if line.starts_with("listening on ") {
            Ok(node)
        } else {
            Err(fs::read_to_string(&log).unwrap_or_default())
        }
    }

    /// A server on its own, on this store.
    pub(crate) fn alone(store: &str) -> Self {
        let address = free_address();
        Self::start(address, store, &format!("http://{address}"))
    }

    /// Ends it as a supervisor does, and waits until it has answered what it was asked.
    pub(crate) fn terminate(mut self) {
        let id = self.process.id().to_string();
        let told = Command::new("kill").args(["-TERM", &id]).status();
        assert!(told.unwrap().success());
        let ended = self.process.wait().unwrap();
        assert!(ended.success(), "{ended}");
    }

    /// Does what an operator asks of it.
    pub(crate) fn administer(&self, method: &str, path: &str, body: &str) -> Answer {
        let asked = || -> io::Result<String> {
            let mut stream = UnixStream::connect(&self.socket)?;
            let length = body.len();
            let request = format!(
                "{method} {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\
                 Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {length}\r\n\r\n{body}"
            );
            stream.write_all(request.as_bytes())?;
            let mut text = String::new();
            stream.read_to_string(&mut text)?;
            Ok(text)
        };
        let text = asked().unwrap();
        let status = text.get(9..12).and_then(|status| status.parse().ok());
        let status = status.unwrap_or_else(|| panic!("no answer: {text:?}"));
        Answer { status, text }
    }

    /// Has it forget all that is past its retention.
    pub(crate) fn purge(&self) {
        let purged = self.administer("POST", "/purge", "");
        assert_eq!(purged.status, 200, "{}", purged.text);
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        _ = self.process.kill();
        _ = self.process.wait();
        _ = fs::remove_file(&self.socket);
    }
}

/// An address that nobody listens at.
pub(crate) fn free_address() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap()
}

/// A folder for what the tests write.
pub(crate) fn folder() -> &'static Path {
    Path::new(env!("CARGO_TARGET_TMPDIR"))
}

/// `cargo test` has built it next to the tests.
fn binary() -> PathBuf {
    let test = env::current_exe().unwrap();
    let profile = test.parent().and_then(Path::parent).unwrap();
    let binary = profile.join("examples/server");
    assert!(
        binary.exists(),
        "these tests need the example server with every store; build it:\n  \
         cargo build --example server --all-features"
    );
    binary
}
