//! Signs a command-line program in, with `ureq`: `device-ureq SERVER`.

#![expect(
    clippy::disallowed_methods,
    reason = "a program has a clock of its own"
)]

use std::sync::atomic::{AtomicBool, Ordering};
use std::{env, error::Error, io, process, thread, time::Duration, time::Instant};

use device_grant::message::DeviceAuthorizationResponse;
use device_grant::poller::{PollAnswer, Poller, Progress, Step};
use ureq::Agent;

const CLIENT: (&str, &str) = ("client_id", "cli-strict");
static CANCELLED: AtomicBool = AtomicBool::new(false);

fn main() -> Result<(), Box<dyn Error>> {
    let server = env::args().nth(1).ok_or("usage: device-ureq SERVER")?;
    let patience = Some(Poller::MAX_WAIT + Duration::from_secs(10));
    let http = Agent::config_builder().timeout_global(patience);
    // A redirect may take the device code to another server.
    let http = http.max_redirects(0).http_status_as_error(false);
    let http = http.build().new_agent();
    let codes = http.post(format!("{server}/device_authorization"));
    let mut codes = codes.send_form([CLIENT, ("scope", "openid")])?;
    let codes = DeviceAuthorizationResponse::from_json(&codes.body_mut().read_to_vec()?)?;
    let (uri, code) = (&codes.verification_uri, &codes.user_code);
    println!("Open {uri} and enter {code}");
    _ = open::that_detached(uri); // Who has no browser here opens it elsewhere.
    let (canceller, revocation) = (http.clone(), format!("{server}/revoke"));
    let device_code = codes.device_code.clone();
    ctrlc::set_handler(move || {
        CANCELLED.store(true, Ordering::SeqCst);
        let form = [CLIENT, ("token", &device_code)];
        _ = canceller.post(&revocation).send_form(form);
        process::exit(130)
    })?;
    let mut poller = Poller::new(codes, Instant::now());
    loop {
        println!("{} s left", poller.remaining(Instant::now()).as_secs());
        match poller.next(Instant::now()) {
            Step::Expired | Step::Stopped => return Err("the codes have expired".into()),
            Step::Wait(delay) => thread::sleep(delay.min(Duration::from_secs(1))),
            Step::Poll => match poll(&http, &server, &mut poller) {
                Progress::Tokens(_) => break println!("signed in"),
                // The answer to a poll that the server held back.
                Progress::Denied if CANCELLED.load(Ordering::SeqCst) => process::exit(130),
                Progress::Denied => return Err("somebody denied it".into()),
                Progress::Failed { error, .. } => return Err(error.into()),
                Progress::ConfirmationRequired { .. } => {
                    println!("Enter the six digits that the page shows:");
                    poller.confirm(
                        &io::stdin()
                            .lines()
                            .next()
                            .unwrap_or_else(|| Ok(String::new()))?,
                    );
                }
                _ => {}
            },
        }
    }
    Ok(())
}

fn poll(http: &Agent, server: &str, poller: &mut Poller) -> Progress {
    let request = http.post(format!("{server}/token"));
    let request = request.content_type("application/x-www-form-urlencoded");
    let request = request.header("prefer", poller.prefer(Instant::now()).unwrap_or_default());
    let Ok(mut response) = request.send(poller.form(&[CLIENT])) else {
        return poller.failed(Instant::now());
    };
    let body = response.body_mut().read_to_vec().unwrap_or_default();
    let header = |name: &str| response.headers().get(name)?.to_str().ok();
    let answer = PollAnswer::new(response.status().as_u16(), &body, header);
    poller.answered(&answer, Instant::now())
}
