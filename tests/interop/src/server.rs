//! The example server, as a process of its own.

use std::env;
use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;

use serde_json::Value;

/// A running server; it ends when this is dropped.
pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    process: Child,
}

impl Server {
    /// Starts one at a free port; `public_url` is what it says it is called.
    pub(crate) fn start(public_url: &str, options: &[&str]) -> Self {
        let mut process = Command::new(program())
            .args(["--listen", "127.0.0.1:0", "--threads", "1"])
            .args(["--public-url", public_url])
            .args(options)
            .stdout(Stdio::piped())
            .spawn()
            .expect("the example server starts");
        let output = process.stdout.take().expect("its output is piped");
        let mut first_line = String::new();
        BufReader::new(output)
            .read_line(&mut first_line)
            .expect("its output is text");
        let address = first_line
            .trim()
            .strip_prefix("listening on http://")
            .and_then(|address| address.parse().ok());
        let Some(address) = address else {
            _ = process.kill();
            panic!("the example server with {options:?} says {first_line:?}");
        };
        Self { address, process }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        _ = self.process.kill();
        _ = self.process.wait();
    }
}

/// The example that `EXAMPLE_SERVER` names. Without that, cargo builds one.
fn program() -> &'static Path {
    static PROGRAM: OnceLock<PathBuf> = OnceLock::new();
    PROGRAM.get_or_init(|| {
        if let Some(built) = env::var_os("EXAMPLE_SERVER") {
            return built.into();
        }
        let output = Command::new(env!("CARGO"))
            .current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."))
            .args(["build", "--locked", "--quiet", "--example", "server"])
            .args(["--features", "dpop,page,tower", "--message-format", "json"])
            .stderr(Stdio::inherit())
            .output()
            .expect("cargo runs");
        assert!(output.status.success(), "the example server does not build");
        let messages = String::from_utf8_lossy(&output.stdout);
        messages
            .lines()
            .filter_map(|line| serde_json::from_str::<Value>(line).ok())
            .filter(|message| message["target"]["name"] == "server")
            .find_map(|message| message["executable"].as_str().map(PathBuf::from))
            .expect("cargo says where the example server is")
    })
}
