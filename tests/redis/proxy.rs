//! A way to a server that can be cut at a chosen statement.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex};

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
    /// Not cut at all: it is done, and its answer comes when nobody waits for it any more.
    Late,
}

/// Passes everything on, and counts scripts and insertions on their way.
#[derive(Clone)]
pub(crate) struct Proxy(Arc<Shared>);

struct Shared {
    address: SocketAddr,
    server: Mutex<SocketAddr>,
    /// The number of statements that pass until the cut. If negative, all pass.
    left: AtomicI64,
    cut: Mutex<Cut>,
}

impl Proxy {
    pub(crate) fn to(port: u16) -> Self {
        let listener = RUNTIME
            .block_on(TcpListener::bind((Ipv4Addr::LOCALHOST, 0)))
            .unwrap();
        let proxy = Self(Arc::new(Shared {
            address: listener.local_addr().unwrap(),
            server: Mutex::new((Ipv4Addr::LOCALHOST, port).into()),
            left: AtomicI64::new(-1),
            cut: Mutex::new(Cut::Before),
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

    /// Leads connections that are opened from now on to this port. The others stay.
    pub(crate) fn lead_to(&self, port: u16) {
        *self.0.server.lock().unwrap() = (Ipv4Addr::LOCALHOST, port).into();
    }

    /// Cuts once, before or after the statement that follows `statements` others.
    pub(crate) fn cut(&self, cut: Cut, statements: i64) {
        *self.0.cut.lock().unwrap() = cut;
        self.0.left.store(statements, Ordering::SeqCst);
    }

    /// Returns whether the cut has happened.
    pub(crate) fn has_cut(&self) -> bool {
        self.0.left.load(Ordering::SeqCst) < 0
    }

    /// Cuts never more.
    pub(crate) fn mend(&self) {
        self.0.left.store(-1, Ordering::SeqCst);
    }

    /// The cut, if it is the turn of this statement.
    fn due(&self) -> Option<Cut> {
        let left = &self.0.left;
        let passes = left.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| {
            (left >= 0).then(|| left - 1)
        });
        (passes == Ok(0)).then(|| *self.0.cut.lock().unwrap())
    }

    async fn accept(self, listener: TcpListener) {
        while let Ok((client, _)) = listener.accept().await {
            tokio::spawn(self.clone().pass(client));
        }
    }

    /// Passes on what comes from either side, until a cut or the end of either.
    async fn pass(self, mut client: TcpStream) -> Option<()> {
        let server = *self.0.server.lock().unwrap();
        let mut server = TcpStream::connect(server).await.ok()?;
        let [mut request, mut answer, mut kept] = [(); 3].map(|()| vec![0; 1 << 16]);
        // How much of what was kept is still to be passed on.
        let mut late = 0;
        loop {
            tokio::select! {
                length = client.read(&mut request) => {
                    let request = request.get(..length.ok().filter(|length| *length > 0)?)?;
                    let cut = is_statement(request).then(|| self.due()).flatten();
                    if cut == Some(Cut::Before) {
                        return None;
                    }
                    client.write_all(kept.get(..std::mem::take(&mut late))?).await.ok()?;
                    server.write_all(request).await.ok()?;
                    if let Some(cut) = cut {
                        // Whatever it says, it has done it.
                        late = server.read(&mut kept).await.ok()?;
                        if cut == Cut::After {
                            return None;
                        }
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
