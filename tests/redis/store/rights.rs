//! The rights that `src/guide/redis.md` names: they are enough, and each is needed.

use std::time::Duration;

use device_grant::host::{
    Charge, GrantDirectory, GrantStore, GrantsOf, LimitKey, Limiter, PageRequest, PollRecord,
    PortError, Quota,
};
use device_grant::limiter::RedisLimiter;
use device_grant::store::RedisStore;
use device_grant::testing::ManualClock;
use device_grant::testing::conformance::store::fixtures::*;
use redis::aio::ConnectionManager;
use tokio::sync::mpsc::unbounded_channel;
use tokio::time::timeout;

use super::settings::chain;
use crate::cluster::{self, Cluster};
use crate::runtime::RUNTIME;
use crate::server::{self, Server};
use crate::ways;

/// The command in the documentation, word by word.
fn documented() -> Vec<String> {
    let docs = include_str!("../../../src/guide/redis.md");
    let start = docs.find("ACL SETUSER device-grant").unwrap();
    let (_, from) = docs.split_at(start);
    let (command, _) = from.split_once("```").unwrap();
    let words = command.split_whitespace();
    words.map(|word| word.replace(">PASSWORD", ">pw")).collect()
}

/// Gives the user these rights and no others.
fn permit(server: &Server, command: &[String]) {
    server.command(&["ACL", "DELUSER", "device-grant"]);
    let words: Vec<&str> = command.iter().map(String::as_str).collect();
    let answer = server.command(&words);
    assert!(answer.starts_with("+OK"), "{answer}");
    // So that every script has to be sent again.
    server.command(&["SCRIPT", "FLUSH"]);
    server.command(&["FLUSHALL"]);
}

async fn connection(server: &Server) -> ConnectionManager {
    server::connection(&url(server)).await
}

fn url(server: &Server) -> String {
    server.url().replace("redis://", "redis://device-grant:pw@")
}

/// Does everything that a store and a limiter do.
async fn everything(server: &Server) -> Result<(), PortError> {
    let store = RedisStore::new(connection(server).await).indexed();
    store.check().await?;
    assert!(store.insert(&new_row(1)).await?.is_some());
    assert!(store.insert(&new_row(1)).await?.is_none());
    let row = store.find(&id(1)).await?.expect("it was inserted");
    assert!(store.record_poll(&PollRecord::new(id(1))).await?.is_some());
    let mut approval = Shape::approved().over(&row, 2);
    approval.forget_at = row.forget_at + Duration::from_secs(1);
    let deciding = store.clone();
    let deciding =
        deciding.wait_for_replicas(0, Duration::from_millis(1), connection(server).await);
    assert!(deciding.replace(&approval).await?);
    let codes = [row.user_code.expect("it has one")];
    assert_eq!(store.find_by_user_code(&codes).await?.len(), 1);
    let page = PageRequest::first("https://as.example", GrantsOf::Client(row.client_id), 10);
    assert_eq!(store.list(&page).await?.len(), 1);
    let clock = ManualClock::new();
    clock.set(approval.forget_at);
    assert_eq!(store.clone().with_clock(clock).purge(10).await?, 1);
    assert!(store.list(&page).await?.is_empty());
    announce(&store, server).await?;
    let limiter = RedisLimiter::new(connection(server).await);
    limiter.check().await?;
    let key = LimitKey::new("entry", "https://id.example", "subject:alice");
    let quota = Quota::new(2, Duration::from_secs(60));
    let take = Charge::take(key, quota);
    for charge in [take.clone(), take.given_back()] {
        _ = limiter.charge(&[charge]).await?;
    }
    Ok(())
}

/// Listens until a decision is heard.
async fn announce(store: &RedisStore, server: &Server) -> Result<(), PortError> {
    let client = redis::Client::open(url(server)).unwrap();
    let announcer = store.announcer(move || {
        let client = client.clone();
        async move { client.get_async_pubsub().await }
    });
    let (tell, mut told) = unbounded_channel();
    let heard = |id| tell.send(id).unwrap();
    let announcing = async {
        // Nothing says when it listens.
        loop {
            announcer.announce(&id(1)).await?;
            if timeout(Duration::from_millis(10), told.recv()).await == Ok(Some(id(1))) {
                return Ok(());
            }
        }
    };
    tokio::select! {
        done = announcing => done,
        done = announcer.listen(&heard) => done,
    }
}

#[test]
fn a_user_with_the_documented_rights_may_do_everything() {
    let server = Server::start();
    permit(&server, &documented());
    let done = RUNTIME.block_on(everything(&server));
    done.unwrap_or_else(|error| panic!("{}", chain(&error)));
}

#[test]
fn each_of_the_documented_rights_is_needed() {
    let server = Server::start();
    let all = documented();
    let rights = all.iter().filter(|word| word.starts_with(['+', '~', '&']));
    for right in rights {
        let without: Vec<_> = all.iter().filter(|word| *word != right).cloned().collect();
        permit(&server, &without);
        let error = RUNTIME.block_on(everything(&server)).err();
        let error = error.unwrap_or_else(|| panic!("{right} is not needed"));
        assert!(
            !error.is_retryable() && chain(&error).contains("`src/guide/redis.md`"),
            "{right}: {}",
            chain(&error)
        );
    }
}

/// A store that starts with a right too few would fail at its first poll.
#[test]
fn the_check_finds_each_command_that_is_not_allowed() {
    let server = Server::start();
    let all = documented();
    // The announcer's, which the store itself does not use.
    let is_for_announcers = |right: &str| ["+publish", "+subscribe"].contains(&right);
    let commands = all.iter().filter(|word| word.starts_with('+'));
    for right in commands.filter(|right| !is_for_announcers(right)) {
        let without: Vec<_> = all.iter().filter(|word| *word != right).cloned().collect();
        permit(&server, &without);
        let checked = RUNTIME.block_on(async {
            let store = RedisStore::new(connection(&server).await).indexed();
            let decisions = connection(&server).await;
            let store = store.wait_for_replicas(0, Duration::from_millis(1), decisions);
            store.check().await
        });
        let error = checked
            .err()
            .unwrap_or_else(|| panic!("{right} is missing"));
        assert!(
            !error.is_retryable() && chain(&error).contains("`src/guide/redis.md`"),
            "{right}: {}",
            chain(&error)
        );
    }
}

#[test]
fn a_pool_takes_two_rights_more() {
    let server = Server::start();
    let mut rights = documented();
    rights.extend(["+ping", "+unwatch"].map(str::to_owned));
    permit(&server, &rights);
    let store = RedisStore::new(ways::pooled(&url(&server)));
    RUNTIME.block_on(async {
        for number in 1..=8 {
            assert!(store.insert(&new_row(number)).await.unwrap().is_some());
        }
    });
}

#[test]
fn a_cluster_takes_one_right_more() {
    let cluster = Cluster::start();
    let mut rights = documented();
    rights.push("+cluster|slots".to_owned());
    for node in &cluster.nodes {
        permit_on_node(node, &rights);
    }
    let with_user = |url: String| url.replace("redis://", "redis://device-grant:pw@");
    let urls = cluster.urls().into_iter().map(with_user).collect();
    let store = RedisStore::new(cluster::client(urls)).indexed();
    RUNTIME.block_on(async {
        store
            .check()
            .await
            .unwrap_or_else(|error| panic!("{}", chain(&error)));
        for number in 1..=8 {
            assert!(store.insert(&new_row(number)).await.unwrap().is_some());
        }
    });
}

fn permit_on_node(node: &Server, command: &[String]) {
    let words: Vec<&str> = command.iter().map(String::as_str).collect();
    assert!(node.command(&words).starts_with("+OK"));
}
