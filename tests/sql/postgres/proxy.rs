//! Stands between a pool and PostgreSQL, reads what the pool sends, and can cut the line.

use std::io::{Read, Write};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;

use sqlx::postgres::PgConnectOptions;
use test_servers::Folder;

use super::server::Server;

pub(crate) struct Proxy {
    folder: Folder,
    line: Arc<Line>,
}

#[derive(Default)]
struct Line {
    /// How many statements were sent.
    statements: AtomicUsize,
    /// How many were prepared before, which is a round trip more.
    preparations: AtomicUsize,
    /// Before which of the statements to come the line is cut, and whether its answer is what is lost.
    cut: Mutex<Option<Cut>>,
}

#[derive(Clone, Copy)]
pub(crate) struct Cut {
    /// How many statements pass before it.
    pub(crate) after: usize,
    /// Whether the server still executes the next one, and only its answer is lost.
    pub(crate) executes: bool,
}

impl Proxy {
    pub(crate) fn new(server: &Server) -> Self {
        let folder = Folder::new();
        let line = Arc::new(Line::default());
        let listener = UnixListener::bind(folder.path().join(".s.PGSQL.5432")).unwrap();
        let (server, accepted_line) = (server.socket(), Arc::clone(&line));
        thread::spawn(move || {
            for client in listener.incoming() {
                let line = Arc::clone(&accepted_line);
                let server = server.clone();
                thread::spawn(move || connect(client.unwrap(), &server, &line));
            }
        });
        Self { folder, line }
    }

    pub(crate) fn options(&self, server: &Server) -> PgConnectOptions {
        server.options().socket(self.folder.path())
    }

    /// How many statements were sent since this was asked last.
    pub(crate) fn statements(&self) -> usize {
        self.line.statements.swap(0, Ordering::SeqCst)
    }

    /// How many statements were prepared since this was asked last.
    pub(crate) fn preparations(&self) -> usize {
        self.line.preparations.swap(0, Ordering::SeqCst)
    }

    pub(crate) fn cut(&self, cut: Cut) {
        *self.line.cut.lock().unwrap() = Some(cut);
    }

    /// Whether the line was cut as it was to be.
    pub(crate) fn was_cut(&self) -> bool {
        self.line.cut.lock().unwrap().is_none()
    }
}

fn connect(mut client: UnixStream, server: &Path, line: &Line) {
    let mut server = UnixStream::connect(PathBuf::from(server)).unwrap();
    let (mut answers, mut answered) = (server.try_clone().unwrap(), client.try_clone().unwrap());
    thread::spawn(move || {
        let _ = std::io::copy(&mut answers, &mut answered);
        let _ = answered.shutdown(std::net::Shutdown::Both);
    });
    let _ = forward(&mut client, &mut server, line);
    let _ = client.shutdown(std::net::Shutdown::Both);
    let _ = server.shutdown(std::net::Shutdown::Both);
}

/// Forwards the client's messages, until the line is to be cut.
fn forward(client: &mut UnixStream, server: &mut UnixStream, line: &Line) -> std::io::Result<()> {
    let mut startup = [0; 4];
    client.read_exact(&mut startup)?;
    server.write_all(&startup)?;
    copy(client, server, length(startup))?;
    loop {
        let mut head = [0; 5];
        client.read_exact(&mut head)?;
        let [kind, length_bytes @ ..] = head;
        // Parse
        if kind == b'P' {
            line.preparations.fetch_add(1, Ordering::SeqCst);
        }
        // Execute, and the simple query.
        if matches!(kind, b'E' | b'Q') {
            line.statements.fetch_add(1, Ordering::SeqCst);
            if let Some(cut) = line.due() {
                if cut.executes {
                    // Nobody hears the answer.
                    client.shutdown(std::net::Shutdown::Both)?;
                } else {
                    return Ok(());
                }
            }
        }
        server.write_all(&head)?;
        copy(client, server, length(length_bytes))?;
    }
}

fn length(bytes: [u8; 4]) -> usize {
    usize::try_from(u32::from_be_bytes(bytes)).unwrap() - 4
}

fn copy(client: &mut UnixStream, server: &mut UnixStream, length: usize) -> std::io::Result<()> {
    let mut body = vec![0; length];
    client.read_exact(&mut body)?;
    server.write_all(&body)
}

impl Line {
    /// The cut, if it comes before the statement that is about to pass.
    fn due(&self) -> Option<Cut> {
        let mut cut = self.cut.lock().unwrap();
        match &mut *cut {
            Some(Cut { after: 0, .. }) => cut.take(),
            Some(Cut { after, .. }) => {
                *after -= 1;
                None
            }
            None => None,
        }
    }
}
