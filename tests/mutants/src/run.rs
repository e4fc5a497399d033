//! Runs the tests that reach a mutant, the quickest first, until one fails.

use std::collections::{BTreeMap, HashMap};
use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

/// Tests of one process: few at first, as most mutants fail the quickest tests already.
const FIRST: usize = 12;
const LATER: usize = 150;
/// The time that a process may take beyond ten times what its tests took without a mutant.
const PATIENCE: Duration = Duration::from_secs(20);
/// The longest time of a test that mutants meet. The few that take longer are about a whole that others test in parts.
const LONGEST: Duration = Duration::from_secs(30);
/// The time to start a process, as a part of which a test is the more worth trying the more mutants it caught.
const START: Duration = Duration::from_millis(20);

const TIMED_OUT: &str = "timed out";

#[derive(Clone)]
pub(crate) struct Test {
    binary: PathBuf,
    pub(crate) name: String,
    took: Duration,
}

/// The number of mutants of a file that each test caught so far.
pub(crate) type Catches = Mutex<HashMap<(String, String), u32>>;

#[derive(Clone, Debug)]
pub(crate) enum Fate {
    Caught(String),
    TimedOut,
    Survived,
}

impl Fate {
    /// The text that stands for it in the journal of those that were caught.
    pub(crate) fn in_journal(&self) -> Option<&str> {
        match self {
            Self::Caught(test) => Some(test),
            Self::TimedOut => Some(TIMED_OUT),
            Self::Survived => None,
        }
    }

    pub(crate) fn from_journal(text: &str) -> Self {
        if text == TIMED_OUT {
            Self::TimedOut
        } else {
            Self::Caught(text.to_owned())
        }
    }
}

/// The tests that reach each mutant.
pub(crate) fn reached(
    binaries: &[PathBuf],
    root: &Path,
    workers: usize,
) -> BTreeMap<usize, Vec<Test>> {
    let tests: Vec<(PathBuf, String)> = binaries
        .iter()
        .flat_map(|binary| list(binary, root))
        .collect();
    println!("{} tests", tests.len());
    let found = Mutex::new(BTreeMap::<usize, Vec<Test>>::new());
    in_parallel(tests.len(), workers, |index| {
        let (binary, name) = &tests[index];
        let log = root.join(format!("target/reached-{index}"));
        let start = Instant::now();
        let status = Command::new(binary)
            .current_dir(root)
            .args(["--exact", name, "--test-threads=1"])
            .env("MUTANTS_REACHED", &log)
            .env("PROPTEST_CASES", "24")
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status();
        let took = start.elapsed();
        let text = fs::read_to_string(&log).unwrap_or_default();
        let _absent = fs::remove_file(&log);
        if !status.is_ok_and(|status| status.success()) {
            println!("fails without a mutant: {name}");
            return;
        }
        if took > LONGEST {
            println!("left out, takes {took:.1?}: {name}");
            return;
        }
        let test = Test {
            binary: binary.clone(),
            name: name.clone(),
            took,
        };
        let mut found = found.lock().expect("no panic");
        for id in text.lines().filter_map(|line| line.parse().ok()) {
            found.entry(id).or_default().push(test.clone());
        }
    });
    let mut found = found.into_inner().expect("no panic");
    for tests in found.values_mut() {
        tests.sort_by_key(|test| test.took);
    }
    found
}

fn list(binary: &Path, root: &Path) -> Vec<(PathBuf, String)> {
    let output = Command::new(binary)
        .current_dir(root)
        .args(["--list", "--format", "terse"])
        .output()
        .expect("tests");
    String::from_utf8_lossy(&output.stdout)
        .lines()
        .filter_map(|line| line.strip_suffix(": test"))
        .map(|name| (binary.to_owned(), name.to_owned()))
        .collect()
}

/// Tries a mutant of a file on the tests that reach it. First are those that are quick and caught others of that file.
pub(crate) fn try_all(
    mutant: usize,
    file: &str,
    tests: &[Test],
    catches: &Catches,
    root: &Path,
) -> Fate {
    let mut sorted = tests.to_vec();
    {
        let catches = catches.lock().expect("no panic");
        sorted.sort_by_cached_key(|test| {
            let key = (file.to_owned(), test.name.clone());
            (test.took + START) / (1 + catches.get(&key).copied().unwrap_or(0))
        });
    }
    let fate = attempt(mutant, &sorted, root);
    if let Fate::Caught(test) = &fate {
        let mut catches = catches.lock().expect("no panic");
        *catches.entry((file.to_owned(), test.clone())).or_default() += 1;
    }
    fate
}

/// Tries a mutant on these tests, in their order.
pub(crate) fn attempt(mutant: usize, tests: &[Test], root: &Path) -> Fate {
    let mut rest = tests;
    let mut most = FIRST;
    while let Some(first) = rest.first() {
        let same = rest
            .iter()
            .take_while(|test| test.binary == first.binary)
            .count()
            .min(most);
        let (now, later) = rest.split_at(same);
        match run(mutant, now, root) {
            Fate::Survived => {}
            fate => return fate,
        }
        rest = later;
        most = LATER;
    }
    Fate::Survived
}

fn run(mutant: usize, tests: &[Test], root: &Path) -> Fate {
    let limit = tests.iter().map(|test| test.took).sum::<Duration>() * 10 + PATIENCE;
    let child = Command::new(&tests[0].binary)
        .current_dir(root)
        .args(["--exact", "--test-threads=1"])
        .args(tests.iter().map(|test| &test.name))
        .env("MUTANT", mutant.to_string())
        .env("PROPTEST_CASES", "24")
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn();
    let mut child = child.expect("tests");
    let output = child.stdout.take().expect("a pipe");
    let child = Arc::new(Mutex::new(child));
    let late = end_after(limit, Arc::clone(&child));
    let mut last = String::new();
    for line in BufReader::new(output).lines().map_while(Result::ok) {
        if let Some((name, result)) = line
            .strip_prefix("test ")
            .and_then(|line| line.rsplit_once(" ... "))
        {
            name.clone_into(&mut last);
            if result.ends_with("FAILED") {
                end(&child);
                return Fate::Caught(last);
            }
        }
    }
    let status = child.lock().expect("no panic").wait();
    if late.load(Ordering::Relaxed) {
        return Fate::TimedOut;
    }
    if status.is_ok_and(|status| status.success()) {
        Fate::Survived
    } else {
        Fate::Caught(format!("ended after {last}"))
    }
}

/// Ends a process that takes too long. Returns whether it did.
fn end_after(limit: Duration, child: Arc<Mutex<Child>>) -> Arc<AtomicBool> {
    let late = Arc::new(AtomicBool::new(false));
    let told = Arc::clone(&late);
    let start = Instant::now();
    thread::spawn(move || {
        while matches!(child.lock().expect("no panic").try_wait(), Ok(None)) {
            if start.elapsed() > limit {
                told.store(true, Ordering::Relaxed);
                end(&child);
                return;
            }
            thread::sleep(Duration::from_millis(50));
        }
    });
    late
}

fn end(child: &Mutex<Child>) {
    let mut child = child.lock().expect("no panic");
    let _ended = child.kill();
    let _status = child.wait();
}

/// Calls a function for each number below `count`.
pub(crate) fn in_parallel(count: usize, workers: usize, work: impl Fn(usize) + Sync) {
    let next = AtomicUsize::new(0);
    thread::scope(|scope| {
        for _ in 0..workers {
            scope.spawn(|| {
                loop {
                    let index = next.fetch_add(1, Ordering::Relaxed);
                    if index >= count {
                        return;
                    }
                    work(index);
                }
            });
        }
    });
}
