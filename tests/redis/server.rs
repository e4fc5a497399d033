//! Private Redis servers: on free ports of the loopback interface, in directories of their own, gone with the test.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;
use std::{env, fs, process, thread};

use redis::aio::{ConnectionManager, ConnectionManagerConfig};

use super::patience::Patience;

/// One `redis-server`, or a Sentinel.
pub(crate) struct Server {
    port: u16,
    options: Vec<String>,
    process: Option<Child>,
    directory: Directory,
}

impl Server {
    /// A server that keeps nothing on disk.
    pub(crate) fn start() -> Self {
        Self::start_with(&["--save", "", "--appendonly", "no"])
    }

    pub(crate) fn start_with(options: &[&str]) -> Self {
        Self::start_in(Directory::new(), options)
    }

    /// A Sentinel with these settings. It writes into their file what it learns.
    pub(crate) fn start_sentinel(settings: &str) -> Self {
        let directory = Directory::new();
        fs::write(directory.path.join("sentinel.conf"), settings).unwrap();
        Self::start_in(directory, &["sentinel.conf", "--sentinel"])
    }

    fn start_in(directory: Directory, options: &[&str]) -> Self {
        let options: Vec<String> = options.iter().map(|option| (*option).to_owned()).collect();
        // Somebody else may take a free port before the server does.
        for _ in 0..10 {
            let mut server = Self {
                port: free_port(),
                options: options.clone(),
                process: None,
                directory: directory.clone(),
            };
            if server.try_run() {
                return server;
            }
        }
        panic!("redis-server does not start: {}", directory.log());
    }

    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    pub(crate) fn url(&self) -> String {
        format!("redis://127.0.0.1:{}/", self.port)
    }

    pub(crate) fn directory(&self) -> &Path {
        &self.directory.path
    }

    /// A connection that reconnects, as a host has it.
    pub(crate) async fn connection(&self) -> ConnectionManager {
        connection(&self.url()).await
    }

    /// One command over a connection of its own; the answer as text.
    pub(crate) fn command(&self, words: &[&str]) -> String {
        ask(self.port, words).expect("the server answers")
    }

    /// Ends the process as a crash would.
    pub(crate) fn kill(&mut self) {
        if let Some(mut process) = self.process.take() {
            process.kill().unwrap();
            process.wait().unwrap();
        }
    }

    /// Ends the process as its operator would: it keeps on disk what it is told to keep there.
    pub(crate) fn stop(&mut self) {
        if let Some(mut process) = self.process.take() {
            let _ = ask(self.port, &["SHUTDOWN"]);
            process.wait().unwrap();
        }
    }

    /// Starts it again, with the port and the files that it had.
    pub(crate) fn restart(&mut self) {
        self.kill();
        assert!(
            self.try_run(),
            "redis-server does not start again: {}",
            self.directory.log()
        );
    }

    /// Starts the process, and waits until it has loaded what it keeps; false if it ends instead.
    fn try_run(&mut self) -> bool {
        let mut command = Command::new("redis-server");
        command
            .current_dir(&self.directory.path)
            .args(&self.options)
            .args(["--port", &self.port.to_string(), "--bind", "127.0.0.1"])
            .args(["--dir", ".", "--logfile", "log"])
            .args(["--pidfile", &format!("{}.pid", self.port)])
            .stdin(Stdio::null())
            .stdout(Stdio::null());
        let process = command.spawn().unwrap_or_else(|error| {
            panic!("redis-server cannot be run ({error}): sudo apt-get install -y redis-server")
        });
        let process = self.process.insert(process);
        let patience = Patience::new();
        while process.try_wait().unwrap().is_none() {
            if ask(self.port, &["PING"]).is_some_and(|answer| answer.starts_with("+PONG")) {
                return true;
            }
            assert!(!patience.is_over(), "redis-server does not answer");
            thread::sleep(Duration::from_millis(2));
        }
        false
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.kill();
    }
}

/// A connection manager that soon tries again, and gives up within a second.
pub(crate) async fn connection(url: &str) -> ConnectionManager {
    let config = ConnectionManagerConfig::new()
        .set_response_timeout(Some(Duration::from_secs(5)))
        .set_min_delay(Duration::from_millis(5))
        .set_max_delay(Duration::from_millis(50))
        .set_number_of_retries(20);
    let client = redis::Client::open(url).unwrap();
    client
        .get_connection_manager_with_config(config)
        .await
        .unwrap()
}

/// Sends one command, and reads what fits into one answer.
pub(crate) fn ask(port: u16, words: &[&str]) -> Option<String> {
    let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).ok()?;
    stream.set_read_timeout(Some(Duration::from_secs(5))).ok()?;
    let mut request = format!("*{}\r\n", words.len());
    for word in words {
        request.push_str(&format!("${}\r\n{word}\r\n", word.len()));
    }
    // What follows makes the server close the connection behind its answer. A Sentinel says that it cannot.
    request.push_str("*1\r\n$4\r\nQUIT\r\n");
    stream.write_all(request.as_bytes()).ok()?;
    let (mut answer, mut part) = (Vec::new(), [0; 4_096]);
    loop {
        let read = stream.read(&mut part).ok()?;
        answer.extend_from_slice(&part[..read]);
        let text = String::from_utf8_lossy(&answer);
        if read == 0 || text.contains("unknown command 'QUIT'") {
            return Some(text.into_owned());
        }
    }
}

/// A port that nobody listens on, and that no connection is given: those are above [`PORTS`]. None comes twice, so that
/// a server finds its own free when it is started again.
pub(crate) fn free_port() -> u16 {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let range = u32::from(PORTS.end - PORTS.start);
    let first = process::id().wrapping_mul(211);
    let ports = std::iter::repeat_with(|| {
        let offset = first.wrapping_add(NEXT.fetch_add(1, Ordering::Relaxed)) % range;
        PORTS.start + u16::try_from(offset).unwrap()
    });
    let mut free = ports.take(PORTS.len()).filter(|port| {
        let address = (Ipv4Addr::LOCALHOST, *port);
        TcpListener::bind(address).is_ok()
    });
    free.next().expect("a port is free")
}

const PORTS: Range<u16> = 16_000..32_000;

/// A directory that is removed, with every process whose number lies in it, even if this process is killed.
#[derive(Clone)]
struct Directory {
    path: PathBuf,
    _keeper: std::sync::Arc<Keeper>,
}

/// A shell that waits for the end of its input, which comes with the end of this process at the latest.
struct Keeper(Child);

const KEEP: &str = r#"
    trap '' INT TERM HUP
    read -r _
    for file in "$1"/*.pid; do
        [ ! -e "$file" ] || kill -9 "$(cat "$file")" 2>/dev/null
    done
    rm -rf "$1"
"#;

impl Directory {
    fn new() -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let path = env::temp_dir().join(format!("device-grant-redis-{}-{number}", process::id()));
        fs::create_dir(&path).unwrap();
        let mut keeper = Command::new("sh");
        keeper
            .args(["-c", KEEP, "keeper"])
            .arg(&path)
            .stdin(Stdio::piped())
            .stdout(Stdio::null());
        let keeper = Keeper(keeper.spawn().unwrap());
        Self {
            path,
            _keeper: keeper.into(),
        }
    }

    fn log(&self) -> String {
        fs::read_to_string(self.path.join("log")).unwrap_or_default()
    }
}

impl Drop for Keeper {
    fn drop(&mut self) {
        drop(self.0.stdin.take());
        let _ = self.0.wait();
    }
}
