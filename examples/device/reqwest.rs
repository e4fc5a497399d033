//! Signs a command-line program in, with `reqwest`: `device-reqwest SERVER`.

#![expect(
    clippy::disallowed_methods,
    reason = "a program has a clock of its own"
)]

use std::{env, error::Error, io, process, time::Duration, time::Instant};

use device_grant::message::DeviceAuthorizationResponse;
use device_grant::poller::{PollAnswer, Poller, Progress, Step};
use reqwest::{Client, redirect::Policy};
use tokio::{signal, task, time};

const CLIENT: (&str, &str) = ("client_id", "cli-strict");

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let server = env::args().nth(1).ok_or("usage: device-reqwest SERVER")?;
    let patience = Poller::MAX_WAIT + Duration::from_secs(10);
    // A redirect may take the device code to another server.
    let http = Client::builder().redirect(Policy::none()).timeout(patience);
    let http = http.build()?;
    let codes = http.post(format!("{server}/device_authorization"));
    let codes = codes.form(&[CLIENT, ("scope", "openid")]).send().await?;
    let codes = DeviceAuthorizationResponse::from_json(&codes.bytes().await?)?;
    let (uri, code) = (&codes.verification_uri, &codes.user_code);
    println!("Open {uri} and enter {code}");
    _ = open::that_detached(uri); // Who has no browser here opens it elsewhere.
    let revocation = [CLIENT, ("token", &codes.device_code.clone())];
    let revocation = http.post(format!("{server}/revoke")).form(&revocation);
    tokio::select! {
        signed_in = sign_in(&http, &server, Poller::new(codes, Instant::now())) => signed_in,
        _ = signal::ctrl_c() => {
            _ = revocation.send().await;
            process::exit(130)
        }
    }
}

async fn sign_in(http: &Client, server: &str, mut poller: Poller) -> Result<(), Box<dyn Error>> {
    loop {
        println!("{} s left", poller.remaining(Instant::now()).as_secs());
        match poller.next(Instant::now()) {
            Step::Expired | Step::Stopped => return Err("the codes have expired".into()),
            Step::Wait(delay) => time::sleep(delay.min(Duration::from_secs(1))).await,
            Step::Poll => match poll(http, server, &mut poller).await {
                Progress::Tokens(_) => break println!("signed in"),
                Progress::Denied => return Err("somebody denied it".into()),
                Progress::Failed { error, .. } => return Err(error.into()),
                Progress::ConfirmationRequired { .. } => {
                    println!("Enter the six digits that the page shows:");
                    let line = task::spawn_blocking(|| io::stdin().lines().next());
                    poller.confirm(&line.await?.unwrap_or_else(|| Ok(String::new()))?);
                }
                _ => {}
            },
        }
    }
    Ok(())
}

async fn poll(http: &Client, server: &str, poller: &mut Poller) -> Progress {
    let request = http.post(format!("{server}/token"));
    let request = request.header("content-type", "application/x-www-form-urlencoded");
    let request = request.header("prefer", poller.prefer(Instant::now()).unwrap_or_default());
    let Ok(response) = request.body(poller.form(&[CLIENT])).send().await else {
        return poller.failed(Instant::now());
    };
    let (status, headers) = (response.status().as_u16(), response.headers().clone());
    let body = response.bytes().await.unwrap_or_default();
    let header = |name: &str| headers.get(name)?.to_str().ok();
    let answer = PollAnswer::new(status, &body, header);
    poller.answered(&answer, Instant::now())
}
