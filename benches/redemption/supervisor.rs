use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use device_grant::DeviceAuthorizationRequest;
use device_grant::code::GrantId;
use device_grant::grant::Arrival;
use device_grant::{Approval, DeviceGrants};
use device_grant_benches::timing;

use crate::arguments::Run;
use crate::desk::Desk;
use crate::executor::block_on;
use crate::ledger::{DESKS, Ledger};
use crate::line::now;
use crate::node::{ISSUER, alice, node, tv};
use crate::report;

/// The number of approved grants that are under way at a time.
const UNDER_WAY: usize = 400;

/// The number of people who approve at a time.
const PEOPLE: usize = 8;

const KILL_EVERY: Duration = Duration::from_secs(1);

pub(crate) fn run(run: &Run) -> ExitCode {
    let begun = timing::now();
    let stage = run.kind.set_up();
    let node = block_on(node(run.kind, &stage.way, run.redelivery));
    let ledger = Ledger::default();
    let desks: Vec<Desk> = (0..DESKS).map(|_| Desk::new(run, &stage.way)).collect();
    let is_over = AtomicBool::new(false);
    thread::scope(|threads| {
        for desk in &desks {
            threads.spawn(|| desk.attend(&ledger));
        }
        threads.spawn(|| kill(&desks, &is_over));
        approve_all(run, &node, &ledger, &desks);
        while ledger.open() > 0 {
            thread::sleep(Duration::from_millis(10));
        }
        is_over.store(true, Ordering::SeqCst);
        desks.iter().for_each(Desk::close);
    });
    let book = ledger.close();
    let ends = block_on(async {
        let store = run.kind.open(&stage.way).await;
        report::committed(&book, &*store).await
    });
    report::print(run, &book, &ends, begun.elapsed())
}

/// Kills one worker after the other.
fn kill(desks: &[Desk], is_over: &AtomicBool) {
    for desk in desks.iter().cycle() {
        thread::sleep(KILL_EVERY);
        if is_over.load(Ordering::SeqCst) {
            return;
        }
        desk.kill();
    }
}

fn approve_all(run: &Run, node: &DeviceGrants, ledger: &Ledger, desks: &[Desk]) {
    let (begun, grants) = (AtomicUsize::new(0), run.grants);
    thread::scope(|threads| {
        for _ in 0..PEOPLE {
            threads.spawn(|| {
                loop {
                    let number = begun.fetch_add(1, Ordering::Relaxed);
                    if number >= grants {
                        return;
                    }
                    while ledger.open() >= UNDER_WAY {
                        thread::sleep(Duration::from_millis(1));
                    }
                    let (grant, code) = block_on(approve(node));
                    ledger.approved(&grant, now());
                    desks.iter().for_each(|desk| desk.hand(&grant, &code));
                    if (number + 1).is_multiple_of((grants / 10).max(1)) {
                        eprintln!("{run}: {} of {grants} grants approved", number + 1);
                    }
                }
            });
        }
    });
}

/// A grant that was approved, and its device code.
async fn approve(node: &DeviceGrants) -> (String, String) {
    let (tv, alice) = (tv(), alice());
    let request = DeviceAuthorizationRequest::from_pairs([("scope", "openid")]);
    let request = request.expect("a good request");
    let device = again(async || node.authorize(&tv, request.clone()).await).await;
    let code = &device.user_code;
    let review = again(async || node.review(code, Arrival::Typed, &alice).await).await;
    let ticket = review.ticket;
    again(async || node.approve(&ticket, &alice, Approval::all()).await).await;
    let code = &device.device_code;
    let grant = GrantId::of(ISSUER, tv.id.as_str(), code).expect("a device code");
    (grant.to_string(), code.to_owned())
}

/// Nobody kills this process or its store: what fails here may only be a lock that was not free in time.
async fn again<T, E: std::fmt::Debug>(step: impl AsyncFn() -> Result<T, E>) -> T {
    for _ in 0..10 {
        match step().await {
            Ok(done) => return done,
            Err(error) => eprintln!("once more: {error:?}"),
        }
    }
    panic!("a step fails again and again")
}
