//! Stands between a pool and a database server, reads what the pool sends, and can cut the line.

use std::io::{Read, Write};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;

use test_servers::Folder;

pub(crate) struct Proxy {
    folder: Folder,
    line: Arc<Line>,
}

/// The language that pool and server speak.
#[derive(Clone, Copy)]
pub(crate) enum Protocol {
    MariaDb,
    Postgres,
}

#[derive(Default)]
struct Line {
    /// The number of statements that were sent.
    statements: AtomicUsize,
    /// The number of those that were prepared before, which is a round trip more.
    preparations: AtomicUsize,
    /// Before which of the statements to come the line is cut, and whether its answer is what is lost.
    cut: Mutex<Option<Cut>>,
}

#[derive(Clone, Copy)]
pub(crate) struct Cut {
    /// The number of statements that pass before it.
    pub(crate) after: usize,
    /// True if the server still executes the next one, and only its answer is lost.
    pub(crate) executes: bool,
}

/// The kinds of messages of a client.
enum Message {
    Preparation,
    Statement,
    Other,
}

impl Proxy {
    /// In front of the server with this socket. The proxy's has the same name, in a folder of its own.
    pub(crate) fn new(server: &Path, protocol: Protocol) -> Self {
        let folder = Folder::new();
        let line = Arc::new(Line::default());
        let listener = UnixListener::bind(folder.path().join(server.file_name().unwrap())).unwrap();
        let (server, accepted_line) = (PathBuf::from(server), Arc::clone(&line));
        thread::spawn(move || {
            for client in listener.incoming() {
                let line = Arc::clone(&accepted_line);
                let server = server.clone();
                thread::spawn(move || connect(client.unwrap(), &server, protocol, &line));
            }
        });
        Self { folder, line }
    }

    /// The folder of its socket.
    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// The number of statements that were sent since this was asked last.
    pub(crate) fn statements(&self) -> usize {
        self.line.statements.swap(0, Ordering::SeqCst)
    }

    /// The number of statements that were prepared since this was asked last.
    pub(crate) fn preparations(&self) -> usize {
        self.line.preparations.swap(0, Ordering::SeqCst)
    }

    pub(crate) fn cut(&self, cut: Cut) {
        *self.line.cut.lock().unwrap() = Some(cut);
    }

    /// Returns whether the line was cut as it was to be.
    pub(crate) fn was_cut(&self) -> bool {
        self.line.cut.lock().unwrap().is_none()
    }
}

fn connect(mut client: UnixStream, server: &Path, protocol: Protocol, line: &Line) {
    let mut server = UnixStream::connect(server).unwrap();
    let (mut answers, mut answered) = (server.try_clone().unwrap(), client.try_clone().unwrap());
    thread::spawn(move || {
        let _ = std::io::copy(&mut answers, &mut answered);
        let _ = answered.shutdown(std::net::Shutdown::Both);
    });
    let _ = forward(&mut client, &mut server, protocol, line);
    let _ = client.shutdown(std::net::Shutdown::Both);
    let _ = server.shutdown(std::net::Shutdown::Both);
}

/// Forwards the client's messages, until the line is to be cut.
fn forward(
    client: &mut UnixStream,
    server: &mut UnixStream,
    protocol: Protocol,
    line: &Line,
) -> std::io::Result<()> {
    if let Protocol::Postgres = protocol {
        let mut startup = [0; 4];
        client.read_exact(&mut startup)?;
        server.write_all(&startup)?;
        let rest = usize::try_from(u32::from_be_bytes(startup)).unwrap() - 4;
        server.write_all(&read(client, rest)?)?;
    }
    loop {
        let (bytes, message) = protocol.message(client)?;
        match message {
            Message::Other => {}
            Message::Preparation => _ = line.preparations.fetch_add(1, Ordering::SeqCst),
            Message::Statement => {
                line.statements.fetch_add(1, Ordering::SeqCst);
                if let Some(cut) = line.due() {
                    if !cut.executes {
                        return Ok(());
                    }
                    // Nobody hears the answer.
                    client.shutdown(std::net::Shutdown::Write)?;
                }
            }
        }
        server.write_all(&bytes)?;
    }
}

impl Protocol {
    fn message(self, client: &mut UnixStream) -> std::io::Result<(Vec<u8>, Message)> {
        match self {
            Self::Postgres => {
                let mut bytes = read(client, 5)?;
                let length = u32::from_be_bytes([bytes[1], bytes[2], bytes[3], bytes[4]]);
                bytes.extend(read(client, usize::try_from(length).unwrap() - 4)?);
                let message = match bytes[0] {
                    // Parse
                    b'P' => Message::Preparation,
                    // Execute, and the simple query.
                    b'E' | b'Q' => Message::Statement,
                    _ => Message::Other,
                };
                Ok((bytes, message))
            }
            Self::MariaDb => {
                let mut bytes = read(client, 4)?;
                let length = u32::from_le_bytes([bytes[0], bytes[1], bytes[2], 0]);
                bytes.extend(read(client, usize::try_from(length).unwrap())?);
                // The first packet of a command has the number 0; that of the login has 1.
                let message = match (bytes[3], bytes.get(4)) {
                    // COM_STMT_PREPARE
                    (0, Some(0x16)) => Message::Preparation,
                    // COM_QUERY, COM_STMT_EXECUTE
                    (0, Some(0x03 | 0x17)) => Message::Statement,
                    _ => Message::Other,
                };
                Ok((bytes, message))
            }
        }
    }
}

fn read(client: &mut UnixStream, length: usize) -> std::io::Result<Vec<u8>> {
    let mut bytes = vec![0; length];
    client.read_exact(&mut bytes)?;
    Ok(bytes)
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
