use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

/// A running example; it ends when this is dropped.
pub(crate) struct Server {
    /// `http://127.0.0.1:PORT`
    pub(crate) url: String,
    process: Child,
}

impl Server {
    /// Starts the example at a free port, with these options and environment variables besides.
    #[track_caller]
    pub(crate) fn start(program: &str, options: &[&str], environment: &[(&str, &str)]) -> Self {
        let mut process = Command::new(program)
            .args(["--listen", "127.0.0.1:0"])
            .args(options)
            .envs(environment.iter().copied())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let output = process.stdout.take().unwrap();
        let mut line = String::new();
        BufReader::new(output).read_line(&mut line).unwrap();
        let Some(url) = line.trim().strip_prefix("listening on ") else {
            _ = process.kill();
            _ = process.wait();
            panic!("{program} says {line:?}");
        };
        Self {
            url: url.to_owned(),
            process,
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        _ = self.process.kill();
        _ = self.process.wait();
    }
}
