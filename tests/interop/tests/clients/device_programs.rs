//! The two programs of the poller's documentation, as processes of their own.

use std::fs;
use std::io::{BufRead, BufReader, ErrorKind, Lines, Write};
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::Duration;

use interop::{Fault, Stage};
use test_servers::Folder;
use tokio::time::{sleep, timeout};

const PROGRAMS: [&str; 2] = [
    env!("CARGO_BIN_EXE_device-reqwest"),
    env!("CARGO_BIN_EXE_device-ureq"),
];
/// Longer than anything here takes.
const PATIENCE: Duration = Duration::from_secs(60);

/// A program that runs, with what opens web pages for it. It ends by itself when its codes expire.
struct Program {
    process: Child,
    input: ChildStdin,
    output: Lines<BufReader<ChildStdout>>,
    user_code: String,
    desktop: Folder,
}

impl Program {
    /// Starts a program, and reads the code that it shows.
    fn start(program: &str, stage: &Stage) -> Self {
        let desktop = Folder::new();
        let opener = desktop.path().join("xdg-open");
        let opened = desktop.path().join("opened");
        // In one step, so that who finds the file finds all of it.
        let script = format!(
            "#!/bin/sh\necho \"$1\" >{0}.new && mv {0}.new {0}\n",
            opened.display()
        );
        fs::write(&opener, script).unwrap();
        fs::set_permissions(&opener, fs::Permissions::from_mode(0o755)).unwrap();
        let path = std::env::var("PATH").unwrap();
        let mut process = Command::new(program)
            .arg(stage.url())
            .env("PATH", format!("{}:{path}", desktop.path().display()))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut output = BufReader::new(process.stdout.take().unwrap()).lines();
        let line = output.next().expect("the program shows a code").unwrap();
        let (_, user_code) = line.rsplit_once(' ').unwrap();
        Self {
            input: process.stdin.take().unwrap(),
            user_code: user_code.to_owned(),
            process,
            output,
            desktop,
        }
    }

    /// Reads lines until one is this.
    fn says(&mut self, wanted: &str) {
        let found = self.output.by_ref().any(|line| line.unwrap() == wanted);
        assert!(found, "the program never says {wanted:?}");
    }

    /// Reads the next line of the countdown.
    fn counts_down(&mut self) {
        let mut lines = self.output.by_ref().map(Result::unwrap);
        assert!(lines.any(|line| line.ends_with(" s left")));
    }

    /// The status and the complaint that it ends with.
    fn ended(self) -> (Option<i32>, String) {
        // Read to the end, so that the program does not wait for a reader.
        self.output.for_each(drop);
        let ended = self.process.wait_with_output().unwrap();
        let complaint = String::from_utf8_lossy(&ended.stderr).into_owned();
        (ended.status.code(), complaint)
    }

    /// The address that it opened.
    async fn opened(&self) -> String {
        let file = self.desktop.path().join("opened");
        let looking = async {
            loop {
                match fs::read_to_string(&file) {
                    Ok(opened) => return opened.trim().to_owned(),
                    Err(_) => sleep(Duration::from_millis(10)).await,
                }
            }
        };
        timeout(PATIENCE, looking)
            .await
            .expect("something is opened")
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_program_opens_the_page_asks_for_the_digits_and_signs_in() {
    for program in PROGRAMS {
        let stage = Stage::start().await;
        let mut device = Program::start(program, &stage);
        assert_eq!(device.opened().await, format!("{}/activate", stage.url()));
        let digits = stage.person().approve_for_digits(&device.user_code).await;
        device.says("Enter the six digits that the page shows:");
        writeln!(device.input, "{digits}").unwrap();
        device.says("signed in");
        assert_eq!(device.ended().0, Some(0), "{program}");
        assert_eq!(stage.answers().last().unwrap(), &"tokens", "{program}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_poll_that_is_held_back_ends_with_the_denial() {
    for program in PROGRAMS {
        let stage = Stage::with(&["--interval", "1", "--lifetime", "300"]).await;
        let device = Program::start(program, &stage);
        // Longer than the interval, so that a poll is under way or has been answered.
        sleep(Duration::from_millis(2_500)).await;
        let answered = stage.answers();
        assert!(
            answered.is_empty(),
            "{program}: the server holds the first poll back"
        );
        stage.person().deny(&device.user_code).await;
        let (status, complaint) = device.ended();
        assert_eq!(status, Some(1), "{program}");
        assert!(
            complaint.contains("somebody denied it"),
            "{program}: {complaint}"
        );
        assert_eq!(
            stage.answers().last().unwrap(),
            &"access_denied",
            "{program}"
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_redirect_takes_no_device_code_elsewhere() {
    for program in PROGRAMS {
        let stage = Stage::start().await;
        let elsewhere = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        elsewhere.set_nonblocking(true).unwrap();
        stage.fail_next(&[Fault::Redirected(elsewhere.local_addr().unwrap())]);
        let device = Program::start(program, &stage);
        stage.answered(2).await;
        stage.person().deny(&device.user_code).await;
        let (status, complaint) = device.ended();
        assert_eq!(status, Some(1), "{program}: {complaint}");
        let nobody = elsewhere.accept().unwrap_err();
        assert_eq!(nobody.kind(), ErrorKind::WouldBlock, "{program}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn who_presses_ctrl_c_leaves_nothing_to_approve() {
    for program in PROGRAMS {
        let stage = Stage::start().await;
        let mut device = Program::start(program, &stage);
        assert!(stage.person().finds(&device.user_code).await, "{program}");
        let user_code = device.user_code.clone();
        // With the second line, the program has seen to the signal.
        device.counts_down();
        device.counts_down();
        let process = device.process.id().to_string();
        let interrupted = Command::new("kill").args(["-INT", &process]).status();
        assert!(interrupted.unwrap().success());
        assert_eq!(device.ended().0, Some(130), "{program}");
        assert!(!stage.person().finds(&user_code).await, "{program}");
    }
}
