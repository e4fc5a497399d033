use std::env;
use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

/// The variable with the key of the user codes, and a key: servers that share a store need one.
const CODE_KEY: (&str, &str) = (
    "DEVICE_GRANT_CODE_KEY",
    "AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=",
);

/// The example server, on a port of its own. It ends with this.
pub(crate) struct Server {
    process: Child,
    url: String,
    metrics: String,
}

impl Server {
    pub(crate) fn start() -> Self {
        Self::with(&[])
    }

    /// With these arguments besides.
    pub(crate) fn with(arguments: &[&str]) -> Self {
        let mut process = Command::new(binary())
            .args(["--listen", "127.0.0.1:0", "--threads", "1"])
            .args(["--metrics", "127.0.0.1:0"])
            .env(CODE_KEY.0, CODE_KEY.1)
            .args(arguments)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut said = BufReader::new(process.stdout.take().unwrap());
        let mut told = |what: &str| {
            let mut line = String::new();
            said.read_line(&mut line).unwrap();
            let url = line.trim_end().strip_prefix(what).map(str::to_owned);
            url.unwrap_or_else(|| panic!("the server said {line:?}"))
        };
        let url = told("listening on ");
        let metrics = told("metrics on ");
        Self {
            process,
            url,
            metrics,
        }
    }

    /// Starts one on this store without a key of the user codes, and returns what it says to standard error before it ends.
    pub(crate) fn refused_without_a_key(store: &str) -> String {
        let ended = Command::new(binary())
            .args(["--listen", "127.0.0.1:0", "--store", store])
            .env_remove(CODE_KEY.0)
            .output()
            .unwrap();
        assert_eq!(ended.status.code(), Some(1), "{store}");
        String::from_utf8(ended.stderr).unwrap()
    }

    /// Says at which origin it is, behind a proxy.
    pub(crate) fn seen_at(&mut self, origin: &str) {
        origin.clone_into(&mut self.url);
    }

    /// The address of the metrics.
    pub(crate) fn metrics(&self) -> &str {
        &self.metrics
    }

    /// The address of a path.
    pub(crate) fn at(&self, path: &str) -> String {
        format!("{}{path}", self.url)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        _ = self.process.kill();
        _ = self.process.wait();
    }
}

/// `cargo test` has built it next to the tests.
fn binary() -> PathBuf {
    let test = env::current_exe().unwrap();
    let profile = test.parent().and_then(|deps| deps.parent()).unwrap();
    let binary = profile
        .join("examples")
        .join(format!("server{}", env::consts::EXE_SUFFIX));
    let release = if profile.ends_with("release") {
        " --release"
    } else {
        ""
    };
    assert!(
        binary.exists(),
        "these tests need the example server; build it:\n  \
         cargo build --example server --features dpop,metrics,page,tower{release}"
    );
    binary
}
