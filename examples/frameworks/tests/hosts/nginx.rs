//! nginx, as proxies between clients and a server.

use std::io::ErrorKind;
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::process::{Child, Command};
use std::sync::atomic::{AtomicU16, Ordering};
use std::thread::sleep;
use std::time::Duration;
use std::{fs, process};

use test_servers::Folder;

/// Proxies, one in front of the other. They end with this.
pub(crate) struct Nginx {
    process: Child,
    folder: Folder,
    /// Where clients reach the outer one.
    pub(crate) url: String,
}

/// From where the outer proxy reaches the inner one.
const OUTER: &str = "127.0.0.9";

impl Nginx {
    /// One proxy, which appends to `X-Forwarded-For` where a request comes from.
    pub(crate) fn one(server: &str) -> Self {
        let port = free_port();
        let appends = appending(port, server, "");
        Self::start(port, &appends)
    }

    /// Two proxies. The inner one trusts the outer one, and overwrites `X-Real-IP` with what it works out.
    pub(crate) fn two(server: &str) -> Self {
        let (outer, inner) = (free_port(), free_port());
        let appends = appending(
            outer,
            &format!("http://127.0.0.1:{inner}"),
            &format!("proxy_bind {OUTER};"),
        );
        let works_out = format!(
            "server {{ listen 127.0.0.1:{inner};
             set_real_ip_from {OUTER}; real_ip_header X-Forwarded-For; real_ip_recursive on;
             location / {{ proxy_pass {server}; proxy_set_header Host $http_host;
             proxy_set_header X-Real-IP $remote_addr; }} }}"
        );
        Self::start(outer, &(appends + &works_out))
    }

    fn start(port: u16, servers: &str) -> Self {
        let folder = Folder::new();
        let temporary: String = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
            .map(|kind| format!("{kind}_temp_path {kind};"))
            .concat();
        let configuration = format!(
            "daemon off; master_process off; pid nginx.pid; events {{}}
             http {{ access_log off; {temporary} {servers} }}"
        );
        fs::write(folder.path().join("nginx.conf"), configuration).unwrap();
        let started = Command::new("nginx")
            .args(["-e", "stderr", "-c", "nginx.conf", "-p"])
            .arg(folder.path())
            .spawn();
        let mut process = match started {
            Err(error) if error.kind() == ErrorKind::NotFound => panic!(
                "these tests need nginx; on Debian or Ubuntu run:\n  sudo apt-get install -y nginx-light"
            ),
            started => started.unwrap(),
        };
        while TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_err() {
            assert!(process.try_wait().unwrap().is_none(), "nginx has ended");
            sleep(Duration::from_millis(20));
        }
        Self {
            process,
            folder,
            url: format!("http://127.0.0.1:{port}"),
        }
    }
}

impl Drop for Nginx {
    fn drop(&mut self) {
        _ = self.process.kill();
        _ = self.process.wait();
        _ = fs::remove_dir_all(self.folder.path());
    }
}

fn appending(port: u16, to: &str, more: &str) -> String {
    format!(
        "server {{ listen 127.0.0.1:{port}; location / {{ proxy_pass {to}; {more}
         proxy_set_header Host $http_host; proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for; }} }}"
    )
}

/// A port that nobody listens on, and that the system gives to no connection: those are higher. None comes twice.
fn free_port() -> u16 {
    static NEXT: AtomicU16 = AtomicU16::new(0);
    let first = u16::try_from(process::id() * 61 % 5_000).unwrap();
    let ports =
        std::iter::repeat_with(|| 10_000 + (first + NEXT.fetch_add(1, Ordering::Relaxed)) % 5_000);
    let mut free = ports
        .take(5_000)
        .filter(|port| TcpListener::bind((Ipv4Addr::LOCALHOST, *port)).is_ok());
    free.next().expect("a port is free")
}
