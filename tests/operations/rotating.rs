//! The key of user codes is replaced on two nodes, one after the other, while codes are issued by both.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use rusqlite::Connection;
use test_servers::Folder;

use super::node::{Node, free_address};

/// The number of codes that both nodes have to find in each phase.
const CODES: usize = 20;

/// Two nodes on one store.
struct Nodes {
    nodes: [Node; 2],
    folder: Folder,
    is_over: AtomicBool,
    found: AtomicUsize,
}

impl Nodes {
    fn start(keys: &str) -> Self {
        let folder = Folder::new();
        let store = format!("sqlite:{}", folder.path().join("grants.db").display());
        let url = format!("http://{}", free_address());
        let start = |_| {
            Node::with(free_address(), &store, &url, |command| {
                command.env("DEVICE_GRANT_CODE_KEY", keys);
            })
        };
        let nodes = [0, 1].map(start);
        for node in &nodes {
            let many = node.administer("POST", "/settings", "authorizations_per_minute=100000");
            assert_eq!(many.status, 200, "{}", many.text);
        }
        Self {
            nodes,
            folder,
            is_over: AtomicBool::new(false),
            found: AtomicUsize::new(0),
        }
    }

    /// Gives a node other keys, and returns what it finds.
    fn change(&self, node: usize, keys: &str) -> String {
        let changed = self.nodes[node].administer("POST", "/keys", keys);
        assert_eq!(changed.status, 200, "{}", changed.text);
        changed.text
    }

    /// Waits until codes were issued and found under the keys that the nodes have now.
    fn go_on(&self) {
        let before = self.found.load(Ordering::SeqCst);
        while self.found.load(Ordering::SeqCst) < before + CODES {
            assert!(!self.is_over.load(Ordering::SeqCst), "a code is lost");
            thread::sleep(Duration::from_millis(10));
        }
    }

    /// Issues codes at one node, and has both of them find each, until the end.
    fn issue_and_find(&self, node: usize) {
        while !self.is_over.load(Ordering::SeqCst) {
            let code = self.issue(node);
            for other in &self.nodes {
                let path = format!("/grants?user_code={code}");
                let found = other.administer("GET", &path, "");
                let is_found = found.text.contains("\"standing\":\"pending\"");
                if !is_found {
                    self.is_over.store(true, Ordering::SeqCst);
                }
                assert!(is_found, "{code}: {}", found.text);
            }
            self.found.fetch_add(1, Ordering::SeqCst);
        }
    }

    fn issue(&self, node: usize) -> String {
        let mut stream = TcpStream::connect(self.nodes[node].address).unwrap();
        let form = "client_id=tv&scope=openid";
        let request = format!(
            "POST /device_authorization HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\
             Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n\r\n{form}",
            form.len()
        );
        stream.write_all(request.as_bytes()).unwrap();
        let mut text = String::new();
        stream.read_to_string(&mut text).unwrap();
        let (_, rest) = text.split_once("\"user_code\":\"").expect(&text);
        rest.split('"').next().unwrap().to_owned()
    }

    /// Lets the time pass in which a node might still be there that lacks the new key.
    fn forget_marks(&self) {
        let database = Connection::open(self.folder.path().join("grants.db")).unwrap();
        database.busy_timeout(Duration::from_secs(60)).unwrap();
        database.execute("DELETE FROM device_limits", ()).unwrap();
    }
}

/// Ends the load, also when a check fails.
struct End<'a>(&'a AtomicBool);

impl Drop for End<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::SeqCst);
    }
}

#[test]
fn a_key_is_replaced_on_two_nodes_under_load_and_no_code_is_lost() {
    let (old, new) = ("01".repeat(32), "02".repeat(32));
    let both = format!("{old}\n{new}");
    let nodes = Nodes::start(&old);
    let is_rotating = |findings: &str| findings.contains("key_rotation");
    thread::scope(|scope| {
        let end = End(&nodes.is_over);
        for node in [0, 1] {
            scope.spawn({
                let nodes = &nodes;
                move || nodes.issue_and_find(node)
            });
        }
        nodes.go_on();
        // Accepted everywhere, one node after the other.
        assert!(
            is_rotating(&nodes.change(0, &both)),
            "it draws under the new key already"
        );
        nodes.go_on();
        assert!(is_rotating(&nodes.change(1, &both)));
        nodes.go_on();
        // Drawn under the new key, which each node finds out by itself.
        nodes.forget_marks();
        for node in [0, 1] {
            assert!(
                !is_rotating(&nodes.change(node, &both)),
                "it still draws under the old key"
            );
            nodes.go_on();
        }
        // The old key is dropped, one node after the other.
        for node in [0, 1] {
            let findings = nodes.change(node, &new);
            assert!(findings.contains("\"findings\":[]"), "{findings}");
            nodes.go_on();
        }
        drop(end);
    });
    println!(
        "{} codes, each found by both nodes",
        nodes.found.load(Ordering::SeqCst)
    );
}

#[test]
fn a_node_that_draws_under_a_key_which_another_lacks_is_told() {
    let (old, new) = ("01".repeat(32), "02".repeat(32));
    let nodes = Nodes::start(&old);
    assert!(nodes.change(0, &old).contains("\"findings\":[]"));
    let findings = nodes.change(1, &new);
    assert!(findings.contains("\"findings\":[\"keys "), "{findings}");
}
