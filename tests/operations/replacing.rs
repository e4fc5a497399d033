//! Two processes behind nginx are replaced one after the other, while devices poll.

use std::io::ErrorKind;
use std::net::{SocketAddr, TcpStream};
use std::path::PathBuf;
use std::process::{Child, Command};
use std::time::Duration;
use std::{fs, thread};

use test_servers::Folder;
use tokio::time::{Instant, timeout};

use super::devices::Devices;
use super::node::{Node, folder, free_address};

#[test]
#[ignore = "long; scripts/test-long runs it"]
fn processes_that_are_replaced_one_by_one_behind_a_proxy_cost_no_poll() {
    let data = Folder::new();
    fs::create_dir_all(data.path()).unwrap();
    let store = format!("sqlite:{}", data.path().join("grants.db").display());
    let addresses = [free_address(), free_address()];
    let proxy = Proxy::start(addresses);
    let url = format!("http://{}", proxy.address);
    let mut nodes = addresses.map(|address| Some(Node::start(address, &store, &url)));
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let test = async {
        let devices = Devices::start(proxy.address, 100).await;
        for _ in 0..3 {
            for node in &mut nodes {
                devices.until_served(Instant::now()).await;
                let old = node.take().unwrap();
                let address = old.address;
                let (store, url) = (store.clone(), url.clone());
                let new = tokio::task::spawn_blocking(move || {
                    old.terminate();
                    Node::start(address, &store, &url)
                });
                *node = Some(new.await.unwrap());
            }
        }
        devices.until_served(Instant::now()).await;
        let polls = devices.stop().await;
        let wrong: Vec<_> = polls.iter().filter(|poll| !poll.is_pending()).collect();
        println!("{} polls, {} not answered", polls.len(), wrong.len());
        assert!(wrong.is_empty(), "{wrong:?}");
    };
    let ended = runtime.block_on(async { timeout(Duration::from_secs(120), test).await });
    ended.expect("this does not come to an end");
}

/// nginx in front of the processes. It ends with this.
struct Proxy {
    address: SocketAddr,
    process: Child,
    folder: PathBuf,
}

impl Proxy {
    fn start(nodes: [SocketAddr; 2]) -> Self {
        let address = free_address();
        let folder = folder().join(format!("operations-nginx-{}", address.port()));
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join("nginx.conf"), configuration(address, nodes)).unwrap();
        let started = Command::new("nginx")
            .args(["-e", "stderr", "-c", "nginx.conf", "-p"])
            .arg(&folder)
            .spawn();
        let process = match started {
            Err(error) if error.kind() == ErrorKind::NotFound => panic!(
                "these tests need nginx; on Debian or Ubuntu run:\n  sudo apt-get install -y nginx-light"
            ),
            started => started.unwrap(),
        };
        while TcpStream::connect(address).is_err() {
            thread::sleep(Duration::from_millis(20));
        }
        Self {
            address,
            process,
            folder,
        }
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        _ = self.process.kill();
        _ = self.process.wait();
        _ = fs::remove_dir_all(&self.folder);
    }
}

/// The documented configuration, at other addresses, and with its files in its own folder.
fn configuration(address: SocketAddr, [one, other]: [SocketAddr; 2]) -> String {
    let documented = include_str!("../../examples/operations/nginx.conf");
    let temporary: String = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
        .map(|kind| format!("{kind}_temp_path {kind};"))
        .concat();
    let ours = format!("http {{ access_log off; {temporary}");
    let moved = documented
        .replace("127.0.0.1:8628", &one.to_string())
        .replace("127.0.0.1:8629", &other.to_string())
        .replace("127.0.0.1:8080", &address.to_string())
        .replacen("http {", &ours, 1);
    format!("daemon off; master_process off; pid nginx.pid; {moved}")
}
