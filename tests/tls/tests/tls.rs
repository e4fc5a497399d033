//! The store on a Redis that takes TLS alone, with a certificate that an authority of the test's own signed.

use std::error::Error;
use std::net::{Ipv4Addr, TcpListener};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU16, Ordering};
use std::time::Duration;
use std::{fs, process};

use device_grant::host::{GrantStore, Limiter};
use device_grant::limiter::RedisLimiter;
use device_grant::store::{RedisConnection, RedisStore};
use device_grant::testing::conformance::store::fixtures::{Shape, by_code, id, insert, new_row};
use redis::aio::ConnectionManagerConfig;
use redis::{Client, TlsCertificates};
use test_servers::Folder;
use tokio::time::sleep;

/// A server, and the authority that signed its certificate.
struct Server {
    process: Child,
    folder: Folder,
    port: u16,
}

impl Server {
    async fn start() -> Self {
        // What says which cryptography the process uses: a host calls it once.
        _ = rustls::crypto::ring::default_provider().install_default();
        let folder = Folder::new();
        certify(folder.path());
        for port in ports() {
            let mut server = Self {
                process: run(folder.path(), port),
                folder: Folder::new(),
                port,
            };
            if server.answers(folder.path()).await {
                server.folder = folder;
                return server;
            }
        }
        panic!("redis-server does not start");
    }

    /// Waits until it answers; false if it ends instead.
    async fn answers(&mut self, folder: &Path) -> bool {
        let client = client(self.port, Some(folder));
        while self.process.try_wait().unwrap().is_none() {
            if client.get_multiplexed_async_connection().await.is_ok() {
                return true;
            }
            sleep(Duration::from_millis(20)).await;
        }
        false
    }

    /// A client that trusts its authority.
    fn client(&self) -> Client {
        client(self.port, Some(self.folder.path()))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        _ = self.process.kill();
        _ = self.process.wait();
    }
}

fn client(port: u16, trusted: Option<&Path>) -> Client {
    let root_cert = trusted.map(|folder| fs::read(folder.join("authority.pem")).unwrap());
    let certificates = TlsCertificates {
        client_tls: None,
        root_cert,
    };
    Client::build_with_tls(format!("rediss://127.0.0.1:{port}/"), certificates).unwrap()
}

/// Makes an authority, and a certificate of it for this machine.
fn certify(folder: &Path) {
    let openssl = |arguments: &str| {
        let done = Command::new("openssl")
            .current_dir(folder)
            .args(arguments.split(' '))
            .output()
            .expect("openssl is installed: sudo apt-get install -y openssl");
        assert!(done.status.success(), "openssl {arguments}: {done:?}");
    };
    let key = "-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2";
    openssl(&format!(
        "req -x509 {key} -keyout authority.key -out authority.pem -subj /CN=authority"
    ));
    openssl(&format!(
        "req -x509 {key} -CA authority.pem -CAkey authority.key -keyout server.key -out server.pem \
         -subj /CN=server -addext subjectAltName=IP:127.0.0.1 -addext basicConstraints=critical,CA:FALSE"
    ));
}

fn run(folder: &Path, port: u16) -> Child {
    Command::new("redis-server")
        .current_dir(folder)
        .args(["--port", "0", "--tls-port", &port.to_string()])
        .args(["--bind", "127.0.0.1", "--save", "", "--logfile", "log"])
        .args(["--tls-cert-file", "server.pem"])
        .args(["--tls-key-file", "server.key"])
        .args(["--tls-ca-cert-file", "authority.pem"])
        .args(["--tls-auth-clients", "no"])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .spawn()
        .expect("redis-server is installed: sudo apt-get install -y redis-server")
}

/// Ports that the system gives to no connection, those that are free first.
fn ports() -> impl Iterator<Item = u16> {
    static NEXT: AtomicU16 = AtomicU16::new(0);
    let first = u16::try_from(process::id() * 61 % 900).unwrap();
    let next = move || 15_000 + (first + NEXT.fetch_add(1, Ordering::Relaxed)) % 900;
    let free = |port: &u16| TcpListener::bind((Ipv4Addr::LOCALHOST, *port)).is_ok();
    std::iter::repeat_with(next).take(900).filter(free)
}

/// A grant from its codes to its approval, and what else a host does at its start.
async fn is_used(connection: RedisConnection) -> Result<(), Box<dyn Error>> {
    let store = RedisStore::new(connection.clone());
    store.check().await?;
    RedisLimiter::new(connection).check().await?;
    let row = insert(&store, &new_row(1)).await;
    assert_eq!(by_code(&store, 1).await, Some(row.clone()));
    assert!(store.replace(&Shape::approved().over(&row, 2)).await?);
    assert!(store.find(&id(1)).await?.is_some());
    Ok(())
}

#[tokio::test]
async fn a_connection_manager_over_tls_serves_the_store() -> Result<(), Box<dyn Error>> {
    let server = Server::start().await;
    let manager = server.client().get_connection_manager().await?;
    is_used(manager.into()).await
}

/// A pool lends what the host connected, by whatever settings.
#[tokio::test]
async fn a_pool_of_connections_over_tls_serves_the_store() -> Result<(), Box<dyn Error>> {
    let server = Server::start().await;
    let client = server.client();
    let pool = RedisConnection::pooled(move || {
        let client = client.clone();
        async move { client.get_multiplexed_async_connection().await }
    });
    is_used(pool).await
}

#[tokio::test]
async fn a_server_of_another_authority_is_not_trusted() {
    let server = Server::start().await;
    let stranger = client(server.port, None);
    let once = ConnectionManagerConfig::new().set_number_of_retries(0);
    let connected = stranger.get_connection_manager_with_config(once).await;
    assert!(connected.is_err());
    let pool = RedisConnection::pooled(move || {
        let stranger = stranger.clone();
        async move { stranger.get_multiplexed_async_connection().await }
    });
    let error = RedisStore::new(pool).check().await.unwrap_err();
    let mut causes = Vec::new();
    let mut cause = error.source();
    while let Some(next) = cause {
        causes.push(next.to_string());
        cause = next.source();
    }
    assert!(
        causes.iter().any(|cause| cause.contains("certificate")),
        "{causes:?}"
    );
}

#[tokio::test]
async fn a_connection_without_tls_is_refused() {
    let server = Server::start().await;
    let plain = Client::open(format!("redis://127.0.0.1:{}/", server.port)).unwrap();
    assert!(plain.get_multiplexed_async_connection().await.is_err());
}
