use std::ffi::OsStr;
use std::io::{BufRead, BufReader};
use std::process::{Child, ChildStdout, Command, Stdio};

/// A running example; it ends when this is dropped.
pub(crate) struct Server {
    /// `http://127.0.0.1:PORT`
    pub(crate) url: String,
    process: Child,
    output: BufReader<ChildStdout>,
    said: Vec<String>,
}

impl Server {
    /// Starts the example at a free port, with these options and environment variables besides.
    #[track_caller]
    pub(crate) fn start(
        program: impl AsRef<OsStr>,
        options: &[&str],
        environment: &[(&str, &str)],
    ) -> Self {
        let mut process = Command::new(&program)
            .args(["--listen", "127.0.0.1:0"])
            .args(options)
            .envs(environment.iter().copied())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let output = process.stdout.take().unwrap();
        let mut server = Self {
            url: String::new(),
            process,
            output: BufReader::new(output),
            said: Vec::new(),
        };
        server.url = server.says("listening on ");
        server
    }

    /// The rest of the line that begins like this, which the server prints sooner or later.
    #[track_caller]
    pub(crate) fn says(&mut self, beginning: &str) -> String {
        loop {
            let mut said = self.said.iter();
            if let Some(rest) = said.find_map(|line| line.trim().strip_prefix(beginning)) {
                return rest.to_owned();
            }
            let mut line = String::new();
            let read = self.output.read_line(&mut line).unwrap();
            assert_ne!(read, 0, "it says only {:?}", self.said);
            self.said.push(line);
        }
    }

    /// Asks it to end.
    pub(crate) fn terminate(&self) {
        let id = self.process.id().to_string();
        let told = Command::new("kill").args(["-TERM", &id]).status();
        assert!(told.unwrap().success());
    }

    /// Waits until it ends; true if it says that all was well.
    pub(crate) fn ends_well(&mut self) -> bool {
        self.process.wait().unwrap().success()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        _ = self.process.kill();
        _ = self.process.wait();
    }
}
