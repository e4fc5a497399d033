//! A way to a server that can be cut at a chosen statement.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use crate::runtime::RUNTIME;

/// On which side of a statement the connection is cut.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Cut {
    /// It never arrives.
    Before,
    /// It is done, and its answer is lost.
    After,
}

/// Passes everything on, and counts scripts and insertions on their way.
#[derive(Clone)]
pub(crate) struct Proxy(Arc<Shared>);

struct Shared {
    address: SocketAddr,
    server: SocketAddr,
    /// How many statements pass until the cut; negative: all.
    left: AtomicI64,
    is_after: AtomicBool,
}

impl Proxy {
    pub(crate) fn to(port: u16) -> Self {
        let listener = RUNTIME
            .block_on(TcpListener::bind((Ipv4Addr::LOCALHOST, 0)))
            .unwrap();
        let proxy = Self(Arc::new(Shared {
            address: listener.local_addr().unwrap(),
            server: (Ipv4Addr::LOCALHOST, port).into(),
            left: AtomicI64::new(-1),
            is_after: AtomicBool::new(false),
        }));
        RUNTIME.spawn(proxy.clone().accept(listener));
        proxy
    }

    pub(crate) fn url(&self) -> String {
        format!("redis://{}/", self.0.address)
    }

    pub(crate) fn port(&self) -> u16 {
        self.0.address.port()
    }

    /// Cuts once, before or after the statement that follows `statements` others.
    pub(crate) fn cut(&self, cut: Cut, statements: i64) {
        self.0.is_after.store(cut == Cut::After, Ordering::SeqCst);
        self.0.left.store(statements, Ordering::SeqCst);
    }

    /// Whether the cut has happened.
    pub(crate) fn has_cut(&self) -> bool {
        self.0.left.load(Ordering::SeqCst) < 0
    }

    /// Cuts never more.
    pub(crate) fn mend(&self) {
        self.0.left.store(-1, Ordering::SeqCst);
    }

    async fn accept(self, listener: TcpListener) {
        while let Ok((client, _)) = listener.accept().await {
            tokio::spawn(self.clone().pass(client));
        }
    }

    /// Passes on what comes from either side, until a cut or the end of either.
    async fn pass(self, mut client: TcpStream) -> Option<()> {
        let mut server = TcpStream::connect(self.0.server).await.ok()?;
        let (mut request, mut answer) = (vec![0; 1 << 16], vec![0; 1 << 16]);
        loop {
            tokio::select! {
                length = client.read(&mut request) => {
                    let request = request.get(..length.ok().filter(|length| *length > 0)?)?;
                    let is_cut = is_statement(request)
                        && self.0.left.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| {
                            (left >= 0).then(|| left - 1)
                        }) == Ok(0);
                    if is_cut && !self.0.is_after.load(Ordering::SeqCst) {
                        return None;
                    }
                    server.write_all(request).await.ok()?;
                    if is_cut {
                        // Whatever it says, it has done it.
                        return server.read(&mut answer).await.ok().and(None);
                    }
                }
                length = server.read(&mut answer) => {
                    let answer = answer.get(..length.ok().filter(|length| *length > 0)?)?;
                    client.write_all(answer).await.ok()?;
                }
            }
        }
    }
}

/// Callers send one statement at a time, so each is the beginning of what is read.
fn is_statement(request: &[u8]) -> bool {
    let line = request
        .split(|byte| *byte == b'\n')
        .nth(2)
        .unwrap_or_default();
    [&b"EVALSHA\r"[..], b"EVAL\r", b"SET\r"].contains(&line)
}
