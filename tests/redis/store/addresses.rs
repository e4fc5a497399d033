//! Addresses that are wrong: one clear error each, which says what to do.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, TcpListener};
use std::thread;
use std::time::Duration;

use device_grant::host::{GrantStore, PortError};
use device_grant::store::RedisStore;
use redis::aio::{ConnectionManager, ConnectionManagerConfig};

use crate::cluster::Cluster;
use crate::runtime::RUNTIME;
use crate::server::{Server, free_port};
use crate::store::settings::{chain, check};
use device_grant::testing::conformance::store::fixtures::{id, new_row};

/// A store whose connection is made when it is used.
fn store_at(url: &str) -> RedisStore {
    let config = ConnectionManagerConfig::new()
        .set_number_of_retries(1)
        .set_max_delay(Duration::from_millis(5));
    let client = redis::Client::open(url).unwrap();
    let _guard = RUNTIME.enter();
    RedisStore::new(ConnectionManager::new_lazy_with_config(client, config).unwrap())
}

fn cluster_at(url: &str) -> RedisStore {
    RedisStore::new(crate::cluster::client(vec![url.to_owned()]))
}

/// Returns the error of the check, and whether it may pass.
fn verdict(store: &RedisStore) -> (String, bool) {
    let error: PortError = check(store).unwrap_err();
    (chain(&error), error.is_retryable())
}

#[test]
fn nobody_at_the_address_is_an_error_that_may_pass() {
    let url = format!("redis://127.0.0.1:{}/", free_port());
    for store in [store_at(&url), cluster_at(&url)] {
        let (said, may_pass) = verdict(&store);
        assert!(may_pass && said.contains("cannot be reached"), "{said}");
    }
}

#[test]
fn a_server_that_is_not_redis_is_named_as_such() {
    let (said, _) = verdict(&store_at(&http_server()));
    assert!(said.contains("is not Redis' protocol"), "{said}");
    assert!(check(&cluster_at(&http_server())).is_err());
}

/// Answers every request as a web server does.
fn http_server() -> String {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let url = format!("redis://{}/", listener.local_addr().unwrap());
    thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let _ = stream.read(&mut [0; 1_024]);
            let _ = stream.write_all(b"HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\n\r\n");
        }
    });
    url
}

#[test]
fn no_password_and_a_wrong_one_are_named_as_such() {
    let server = Server::start();
    server.command(&["CONFIG", "SET", "requirepass", "hunter2"]);
    let wrong = server.url().replace("redis://", "redis://:hunter1@");
    for url in [server.url(), wrong] {
        let (said, may_pass) = verdict(&store_at(&url));
        assert!(!may_pass && said.contains("in its URL"), "{said}");
        assert!(!said.contains("hunter"), "{said}");
    }
}

#[test]
fn a_node_of_a_cluster_is_no_single_server() {
    let cluster = Cluster::start();
    let store = store_at(&cluster.nodes[0].url());
    let (said, may_pass) = verdict(&store);
    assert!(!may_pass && said.contains("`ClusterClient`"), "{said}");
    let unserved =
        (0..20).find_map(|number| RUNTIME.block_on(store.insert(&new_row(number))).err());
    let said = chain(&unserved.expect("most slots are others'"));
    assert!(said.contains("`ClusterClient`"), "{said}");
}

#[test]
fn a_single_server_is_no_cluster() {
    let server = Server::start();
    let (said, may_pass) = verdict(&cluster_at(&server.url()));
    assert!(!may_pass && said.contains("`ConnectionManager`"), "{said}");
}

#[test]
fn a_server_with_too_many_clients_is_an_error_that_may_pass() {
    let server = Server::start();
    let store = store_at(&server.url());
    server.command(&["CONFIG", "SET", "maxclients", "1"]);
    let _one = RUNTIME.block_on(server.connection());
    let error = RUNTIME.block_on(store.find(&id(1))).unwrap_err();
    assert!(error.is_retryable(), "{}", chain(&error));
}
