use std::collections::BTreeMap;
use std::env;
use std::io::{BufRead, BufReader, Write};
use std::os::unix::process::ExitStatusExt;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::Mutex;

use crate::arguments::{Run, WORK};
use crate::ledger::Ledger;
use crate::line::Line;

/// The signal of [`Child::kill`].
const KILLED: i32 = 9;

/// Where one worker sits: who is killed is replaced, and the next one gets the work that was not finished.
pub(crate) struct Desk {
    orders: Vec<String>,
    work: Mutex<Open>,
}

#[derive(Default)]
struct Open {
    /// The device codes of the grants that the worker has not finished.
    codes: BTreeMap<String, String>,
    stdin: Option<ChildStdin>,
    worker: Option<Child>,
    is_over: bool,
}

impl Desk {
    pub(crate) fn new(run: &Run, way: &str) -> Self {
        let redelivery = run.redelivery.to_string();
        Self {
            orders: [WORK, run.kind.name(), way, &redelivery]
                .map(str::to_owned)
                .into(),
            work: Mutex::default(),
        }
    }

    /// Keeps a worker here until it is all over, and books what each one says.
    pub(crate) fn attend(&self, ledger: &Ledger) {
        loop {
            let said = self.seat();
            let worker = ledger.hire();
            for line in BufReader::new(said).lines() {
                let line = line.expect("text");
                let line = Line::parse(&line).unwrap_or(Line::Wrong(line));
                if let Line::Ended { grant } = &line {
                    self.open().codes.remove(grant);
                }
                ledger.book(worker, line);
            }
            let mut open = self.open();
            let ended = open.worker.take().map(|mut worker| worker.wait());
            if open.is_over {
                let status = ended.expect("a worker").expect("a status");
                assert!(status.success(), "a worker failed: {status}");
                return;
            }
            let signal = ended.and_then(|ended| ended.expect("a status").signal());
            if signal != Some(KILLED) {
                let what = format!("a worker ended by itself: {signal:?}");
                ledger.book(worker, Line::Wrong(what));
            }
            ledger.dismiss(worker);
        }
    }

    /// Hands out a grant.
    pub(crate) fn hand(&self, grant: &str, code: &str) {
        let mut open = self.open();
        open.codes.insert(grant.to_owned(), code.to_owned());
        if let Some(stdin) = &mut open.stdin {
            // Who has just been killed hears nothing; the next one will.
            let _ = writeln!(stdin, "{code}");
        }
    }

    /// Kills the worker, as no signal handler can prevent.
    pub(crate) fn kill(&self) {
        let mut open = self.open();
        if !open.is_over
            && let Some(worker) = &mut open.worker
        {
            worker.kill().expect("a process of ours");
            open.stdin = None;
        }
    }

    /// Lets the worker finish.
    pub(crate) fn close(&self) {
        let mut open = self.open();
        open.is_over = true;
        open.stdin = None;
    }

    fn seat(&self) -> ChildStdout {
        let mut open = self.open();
        let mut worker = Command::new(env::current_exe().expect("this program"))
            .args(&self.orders)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("a process");
        let mut stdin = worker.stdin.take().expect("a pipe");
        for code in open.codes.values() {
            let _ = writeln!(stdin, "{code}");
        }
        let stdout = worker.stdout.take().expect("a pipe");
        if !open.is_over {
            open.stdin = Some(stdin);
        }
        open.worker = Some(worker);
        stdout
    }

    fn open(&self) -> std::sync::MutexGuard<'_, Open> {
        self.work.lock().expect("nobody panicked")
    }
}
