//! The person who decides, as a browser does it: signs in, types the code, presses a button.

use reqwest::header::{COOKIE, LOCATION, ORIGIN, SET_COOKIE};
use reqwest::{Client, RequestBuilder, Response, redirect};

/// Alice, and what her browser keeps.
pub struct Person {
    browser: Client,
    url: String,
    cookies: Vec<String>,
}

impl Person {
    pub(crate) fn new(url: &str) -> Self {
        let browser = Client::builder().redirect(redirect::Policy::none());
        Self {
            browser: browser.build().expect("a client without TLS"),
            url: url.to_owned(),
            cookies: Vec::new(),
        }
    }

    pub async fn approve(self, user_code: &str) {
        self.decide(user_code, "approve").await;
    }

    /// Approves, and reads the digits that the device has to send.
    pub async fn approve_for_digits(self, user_code: &str) -> String {
        let page = self.decide(user_code, "approve").await;
        let (_, digits) = page
            .split_once("<p class=\"code\"")
            .expect("the page shows digits");
        let digits = digits
            .split(['>', '<'])
            .nth(1)
            .expect("the element has a text");
        digits.replace(' ', "")
    }

    /// Returns whether the page finds a request under this code.
    pub async fn finds(mut self, user_code: &str) -> bool {
        self.post("/login", &[("username", "alice"), ("password", "alice")])
            .await;
        let form = [("user_code", user_code)];
        let request = self.browser.post(format!("{}/activate", self.url));
        let answer = self.send(request.form(&form)).await;
        let location = answer.headers().get(LOCATION).expect("a post leads on");
        location.to_str().expect("a path").contains("/review/")
    }

    pub async fn deny(self, user_code: &str) {
        self.decide(user_code, "deny").await;
    }

    /// Says that it was somebody else who started this.
    pub async fn report(self, user_code: &str) {
        self.decide(user_code, "not_me").await;
    }

    async fn decide(mut self, user_code: &str, decision: &str) -> String {
        self.post("/login", &[("username", "alice"), ("password", "alice")])
            .await;
        let review = self.post("/activate", &[("user_code", user_code)]).await;
        let ticket = hidden_field(&review, "ticket").expect("the page shows what to decide on");
        let form = [("ticket", ticket), ("decision", decision)];
        self.post("/activate/decision", &form).await
    }

    /// Posts a form, and follows the redirect to the page behind it.
    async fn post(&mut self, path: &str, form: &[(&str, &str)]) -> String {
        let request = self.browser.post(format!("{}{path}", self.url));
        let response = self.send(request.form(form)).await;
        let location = response.headers().get(LOCATION);
        let location = location.map(|to| to.to_str().expect("a path").to_owned());
        let response = match location {
            Some(to) => {
                let request = self.browser.get(format!("{}{to}", self.url));
                self.send(request).await
            }
            None => response,
        };
        response.text().await.expect("the page is text")
    }

    async fn send(&mut self, request: RequestBuilder) -> Response {
        let request = request
            .header(ORIGIN, &self.url)
            .header(COOKIE, self.cookies.join("; "));
        let response = request.send().await.expect("the page answers");
        let (status, path) = (response.status(), response.url().path());
        assert!(
            status.is_success() || status.is_redirection(),
            "{path} answers {status}"
        );
        let set = response.headers().get_all(SET_COOKIE).iter();
        let pairs = set
            .filter_map(|cookie| cookie.to_str().ok()?.split(';').next())
            .map(str::to_owned);
        self.cookies.extend(pairs);
        response
    }
}

/// The value of the hidden field `name` in a form.
fn hidden_field<'a>(page: &'a str, name: &str) -> Option<&'a str> {
    let field = page
        .split("<input")
        .find(|field| field.contains(&format!("name=\"{name}\"")))?;
    let (_, value) = field.split_once("value=\"")?;
    value.split_once('"').map(|(value, _)| value)
}
