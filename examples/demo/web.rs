//! As much HTTP as the device and the person need.

use std::error::Error;
use std::time::Duration;

use ureq::Agent;
use ureq::http::Response;

/// The longest wait of a poll, and time for its answer.
const LONGEST_WAIT: Duration = Duration::from_secs(40);
const LONGEST_BODY: u64 = 1024 * 1024;

/// An agent that follows no redirect and takes an error status for an answer.
pub(crate) fn agent() -> Agent {
    Agent::config_builder()
        .http_status_as_error(false)
        .max_redirects(0)
        .timeout_global(Some(Duration::from_secs(10)))
        .build()
        .into()
}

/// A form as its body.
pub(crate) fn form(pairs: &[(&str, &str)]) -> String {
    form_urlencoded::Serializer::new(String::new())
        .extend_pairs(pairs)
        .finish()
}

pub(crate) fn post(
    agent: &Agent,
    url: &str,
    form: String,
) -> Result<Response<ureq::Body>, ureq::Error> {
    post_preferring(agent, url, form, None)
}

/// Posts a form with this `Prefer` header, and leaves the server time to wait.
pub(crate) fn post_preferring(
    agent: &Agent,
    url: &str,
    form: String,
    prefer: Option<&str>,
) -> Result<Response<ureq::Body>, ureq::Error> {
    let request = agent
        .post(url)
        .content_type("application/x-www-form-urlencoded");
    match prefer {
        Some(prefer) => request
            .header("prefer", prefer)
            .config()
            .timeout_global(Some(LONGEST_WAIT))
            .build()
            .send(form),
        None => request.send(form),
    }
}

pub(crate) fn body(response: &mut Response<ureq::Body>) -> Result<Vec<u8>, Box<dyn Error>> {
    Ok(response
        .body_mut()
        .with_config()
        .limit(LONGEST_BODY)
        .read_to_vec()?)
}
