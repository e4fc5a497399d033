//! The example server, as a process of its own.

use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::process::{Child, Command, Stdio};

use test_servers::example_server;

/// A running server; it ends when this is dropped.
pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    process: Child,
}

impl Server {
    /// Starts one at a free port; `public_url` is what it says it is called.
    pub(crate) fn start(public_url: &str, options: &[&str]) -> Self {
        let mut process = Command::new(example_server())
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
