//! The example server on each store that it is built with: a device gets its tokens, and a second server on the same store
//! knows that its code is spent.

#![cfg(any(
    feature = "mariadb-sqlx-09",
    feature = "postgres-sqlx-09",
    feature = "redis-1"
))]

use super::browser::Browser;
use super::device::{self, Device};
use super::server::Server;

fn a_device_gets_tokens_on(store: &str) {
    let arguments = ["--store", store];
    let one = Server::with(&arguments);
    let browser = Browser::new(&one);
    browser.sign_in("alice");
    let device = Device::start(&one, "openid");
    browser.approve(device.user_code());
    assert!(device.tokens()["access_token"].is_string(), "{store}");
    let other = Server::with(&arguments);
    let again = device::poll(&other, "cli", device.device_code());
    assert_eq!(again.error(), (400, "invalid_grant".to_owned()), "{store}");
}

/// Two of them on one store would not find each other's user codes. No server is there: the key is asked for first.
#[test]
fn a_store_that_servers_share_is_refused_without_a_key() {
    for store in [
        #[cfg(feature = "mariadb-sqlx-09")]
        "mysql://127.0.0.1:1/grants",
        #[cfg(feature = "postgres-sqlx-09")]
        "postgres://127.0.0.1:1/grants",
        #[cfg(feature = "redis-1")]
        "redis://127.0.0.1:1/",
        #[cfg(feature = "redis-1")]
        "redis-cluster://127.0.0.1:1/",
        #[cfg(feature = "redis-1")]
        "redis-sentinel://127.0.0.1:1/main",
    ] {
        let said = Server::refused_without_a_key(store);
        assert!(said.contains("DEVICE_GRANT_CODE_KEY"), "{store}: {said}");
        assert!(said.contains("openssl rand -base64 32"), "{store}: {said}");
    }
}

#[cfg(feature = "mariadb-sqlx-09")]
#[test]
fn the_example_runs_on_mariadb() {
    let server = test_servers::MariaDb::start(&[]);
    let socket = server.socket();
    let url = format!("root@localhost/mysql?socket={}", socket.display());
    for scheme in ["mariadb", "mysql"] {
        a_device_gets_tokens_on(&format!("{scheme}://{url}"));
    }
}

#[cfg(feature = "postgres-sqlx-09")]
#[test]
fn the_example_runs_on_postgres() {
    let server = test_servers::Postgres::start(&[]);
    let folder = server.folder().display();
    a_device_gets_tokens_on(&format!(
        "postgres://postgres@localhost/postgres?host={folder}"
    ));
}

#[cfg(feature = "redis-1")]
#[test]
fn the_example_runs_on_redis() {
    let server = Redis::start();
    a_device_gets_tokens_on(&format!("redis://127.0.0.1:{}/", server.port));
}

/// A private Redis that keeps nothing.
#[cfg(feature = "redis-1")]
struct Redis {
    process: std::process::Child,
    port: u16,
}

#[cfg(feature = "redis-1")]
impl Redis {
    fn start() -> Self {
        use std::net::{Ipv4Addr, TcpListener, TcpStream};

        let free = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let port = free.local_addr().unwrap().port();
        drop(free);
        let options = ["--bind", "127.0.0.1", "--save", "", "--port"];
        let process = std::process::Command::new("redis-server")
            .args(options)
            .arg(port.to_string())
            .stdout(std::process::Stdio::null())
            .spawn()
            .expect("redis-server is there: sudo apt-get install -y redis-server");
        let mut redis = Self { process, port };
        while TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_err() {
            assert!(redis.process.try_wait().unwrap().is_none(), "it ended");
            std::thread::sleep(std::time::Duration::from_millis(10));
        }
        redis
    }
}

#[cfg(feature = "redis-1")]
impl Drop for Redis {
    fn drop(&mut self) {
        _ = self.process.kill();
        _ = self.process.wait();
    }
}
