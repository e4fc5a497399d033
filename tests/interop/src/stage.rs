use tokio::net::TcpListener;

use crate::person::Person;
use crate::proxy::{Answer, Fault, Proxy};
use crate::server::Server;

/// A server of its own for one test, behind its proxy.
pub struct Stage {
    url: String,
    proxy: Proxy,
    _server: Server,
}

impl Stage {
    /// Starts one whose devices poll every second, and whose codes outlive any test.
    pub async fn start() -> Self {
        Self::with(&["--interval", "1", "--lifetime", "60"]).await
    }

    /// Starts one whose codes live no longer than two seconds.
    pub async fn with_short_lives() -> Self {
        Self::with(&["--interval", "1", "--lifetime", "2"]).await
    }

    /// Starts one with these options of the example server.
    pub async fn with(options: &[&str]) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await;
        let listener = listener.expect("there is a free port");
        let address = listener.local_addr().expect("it is bound");
        let url = format!("http://{address}");
        let server = Server::start(&url, options);
        Self {
            proxy: Proxy::start(listener, server.address),
            url,
            _server: server,
        }
    }

    /// Returns the URL of the server, for clients and browsers.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Somebody with a browser of their own.
    #[must_use]
    pub fn person(&self) -> Person {
        Person::new(&self.url)
    }

    /// The next requests to the token endpoint go wrong, one after the other.
    pub fn fail_next(&self, faults: &[Fault]) {
        self.proxy.fail_next(faults);
    }

    /// Returns the answers of the token endpoint so far.
    #[must_use]
    pub fn answers(&self) -> Vec<Answer> {
        self.proxy.answers()
    }

    /// Returns once the token endpoint has answered so many requests.
    pub async fn answered(&self, count: usize) {
        self.proxy.answered(count).await;
    }
}
