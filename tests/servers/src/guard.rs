//! The shell that watches over a server.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, Stdio};

use crate::Folder;

/// A shell that runs a server's script: it prints `started`, takes orders from its standard input, and stops the server when
/// that ends, as it does with this process.
#[derive(Debug)]
pub struct Guard(Child);

impl Guard {
    /// Runs this script with these arguments, as the shell `shell`, and waits until the server takes connections.
    ///
    /// # Panics
    ///
    /// If it does not start, with the server's log in this folder.
    pub(crate) fn start(
        mut shell: Command,
        script: &str,
        arguments: &[&str],
        folder: &Folder,
    ) -> Self {
        shell
            .args(["-c", script, "guard"])
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null());
        let mut guard = Self(shell.process_group(0).spawn().unwrap());
        let output = guard.0.stdout.take().unwrap();
        let mut line = String::new();
        BufReader::new(output).read_line(&mut line).unwrap();
        assert!(
            line.starts_with("started"),
            "the server does not start: {}",
            fs::read_to_string(folder.path().join("log")).unwrap_or_default()
        );
        guard
    }

    /// Ends the server as a crash would, and starts it again.
    ///
    /// # Panics
    ///
    /// If the server is no longer watched over.
    pub fn crash_and_restart(&mut self) {
        self.order("crash\n");
    }

    /// Ends PostgreSQL as a crash would, and leaves it so.
    ///
    /// # Panics
    ///
    /// If the server is no longer watched over.
    pub fn kill(&mut self) {
        self.order("kill\n");
    }

    /// Makes a standby of PostgreSQL a primary.
    ///
    /// # Panics
    ///
    /// If the server is no longer watched over.
    pub fn promote(&mut self) {
        self.order("promote\n");
    }

    /// Stops the server's processes where they are: it holds its connections, and answers nothing.
    ///
    /// # Panics
    ///
    /// If the server is no longer watched over.
    pub fn freeze(&mut self) {
        self.order("freeze\n");
    }

    /// Lets them go on.
    ///
    /// # Panics
    ///
    /// If the server is no longer watched over.
    pub fn thaw(&mut self) {
        self.order("thaw\n");
    }

    /// Ends the server as an operator would, and starts it again.
    ///
    /// # Panics
    ///
    /// If the server is no longer watched over.
    pub fn stop_and_restart(&mut self) {
        self.order("stop\n");
    }

    fn order(&mut self, order: &str) {
        let orders = self.0.stdin.as_mut().unwrap();
        orders.write_all(order.as_bytes()).unwrap();
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        drop(self.0.stdin.take());
        let _ = self.0.wait();
    }
}
