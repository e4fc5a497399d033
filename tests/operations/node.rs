use std::env;
use std::fs::{self, File};
use std::io::{BufRead, BufReader};
use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

const KEY: &str = "bm90IGEgc2VjcmV0OiBmb3IgZG9jdW1lbnRhdGlvbi4u";

/// A process of the example server. It ends with this.
pub(crate) struct Node {
    pub(crate) address: SocketAddr,
    process: Child,
}

impl Node {
    /// A server at this address on this store, seen at this URL.
    pub(crate) fn start(address: SocketAddr, store: &str, url: &str) -> Self {
        let log = folder().join(format!("node-{}.log", address.port()));
        let process = Command::new(binary())
            .args(["--listen", &address.to_string(), "--threads", "1"])
            .args(["--store", store, "--public-url", url])
            .env("DEVICE_GRANT_CODE_KEY", KEY)
            .stdout(Stdio::piped())
            .stderr(File::create(&log).unwrap())
            .spawn()
            .unwrap();
        let mut node = Self { address, process };
        // It listens a little before it is ready.
        let mut line = String::new();
        let output = node.process.stdout.take().unwrap();
        BufReader::new(output).read_line(&mut line).unwrap();
        let said = || fs::read_to_string(&log).unwrap_or_default();
        assert!(
            line.starts_with("listening on "),
            "the server ended: {}",
            said()
        );
        node
    }

    /// A server on its own, on this store.
    pub(crate) fn alone(store: &str) -> Self {
        let address = free_address();
        Self::start(address, store, &format!("http://{address}"))
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        _ = self.process.kill();
        _ = self.process.wait();
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
