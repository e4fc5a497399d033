//! `--auto`: a person who types the code into the page and approves, as a browser would do it.

use std::error::Error;
use std::sync::mpsc::Sender;
use std::thread;
use std::time::Duration;

use ureq::Agent;
use ureq::http::Response;

use super::web;

pub(crate) struct Person {
    agent: Agent,
    url: String,
    user_code: String,
    cookies: Vec<String>,
    device: Option<Sender<String>>,
}

impl Person {
    /// A person who enters on `device` what the page shows them.
    pub(crate) fn new(url: &str, user_code: &str, device: Option<Sender<String>>) -> Self {
        Self {
            agent: web::agent(),
            url: url.to_owned(),
            user_code: user_code.to_owned(),
            cookies: Vec::new(),
            device,
        }
    }

    /// Takes as long as a hasty person would.
    pub(crate) fn approve(mut self) {
        thread::sleep(Duration::from_secs(2));
        if let Err(error) = self.try_to_approve() {
            eprintln!("\nperson   {error}");
        }
    }

    fn try_to_approve(&mut self) -> Result<(), Box<dyn Error>> {
        self.post("/login", &[("username", "alice"), ("password", "alice")])?;
        let code = self.user_code.clone();
        let review = self.post("/activate", &[("user_code", &code)])?;
        let ticket = hidden_field(&review, "ticket").ok_or("the page shows no ticket")?;
        let form = [
            ("ticket", ticket.as_str()),
            ("user_code", &code),
            ("decision", "approve"),
        ];
        let page = self.post("/activate/decision", &form)?;
        if let Some((device, digits)) = self.device.as_ref().zip(shown_code(&page)) {
            device.send(digits)?;
        }
        Ok(())
    }

    /// Posts a form, and follows the redirect to the page behind it.
    fn post(&mut self, path: &str, fields: &[(&str, &str)]) -> Result<String, Box<dyn Error>> {
        let request = self
            .agent
            .post(format!("{}{path}", self.url))
            .header("origin", &self.url)
            .header("cookie", self.cookies.join("; "))
            .content_type("application/x-www-form-urlencoded");
        let mut response = request.send(web::form(fields))?;
        self.keep_cookies(&response);
        let location = response.headers().get("location");
        if let Some(to) = location.and_then(|to| to.to_str().ok()) {
            let request = self.agent.get(format!("{}{to}", self.url));
            let request = request.header("cookie", self.cookies.join("; "));
            response = request.call()?;
            self.keep_cookies(&response);
        }
        if response.status().is_client_error() || response.status().is_server_error() {
            return Err(format!("{path} leads to {}", response.status()).into());
        }
        Ok(String::from_utf8(web::body(&mut response)?)?)
    }

    fn keep_cookies(&mut self, response: &Response<ureq::Body>) {
        let set = response
            .headers()
            .get_all("set-cookie")
            .iter()
            .filter_map(|value| value.to_str().ok());
        let pairs = set
            .filter_map(|cookie| cookie.split(';').next())
            .map(ToOwned::to_owned);
        self.cookies.extend(pairs);
    }
}

/// The confirmation code on the page behind the approval, if there is one.
fn shown_code(page: &str) -> Option<String> {
    let (_, rest) = page.split_once("<p class=\"code\"")?;
    let (_, rest) = rest.split_once('>')?;
    rest.split_once('<').map(|(digits, _)| digits.to_owned())
}

/// The value of the hidden field `name` in a form.
fn hidden_field(page: &str, name: &str) -> Option<String> {
    let field = page
        .split("<input")
        .find(|field| field.contains(&format!("name=\"{name}\"")))?;
    let (_, value) = field.split_once("value=\"")?;
    value.split_once('"').map(|(value, _)| value.to_owned())
}
