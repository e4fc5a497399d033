use crate::client::{Answer, encode, send};

/// Somebody with a browser: it keeps cookies, and says of its posts where they come from.
pub(crate) struct Person {
    /// Where the server really is.
    server: String,
    /// The origin of the server, for browsers.
    origin: String,
    cookies: Vec<(String, String)>,
}

impl Person {
    /// Somebody at a server that is called what it is.
    pub(crate) fn at(url: &str) -> Self {
        Self::behind(url, url)
    }

    /// Somebody who calls the server `origin`, as behind a TLS front.
    pub(crate) fn behind(server: &str, origin: &str) -> Self {
        Self {
            server: server.to_owned(),
            origin: origin.to_owned(),
            cookies: Vec::new(),
        }
    }

    /// The same browser, served by another node.
    pub(crate) fn moved_to(mut self, server: &str) -> Self {
        self.server = server.to_owned();
        self
    }

    /// The value of a cookie.
    pub(crate) fn cookie(&self, name: &str) -> Option<&str> {
        let mut cookies = self.cookies.iter();
        let (_, value) = cookies.find(|(held, _)| held == name)?;
        Some(value)
    }

    #[track_caller]
    pub(crate) fn open(&mut self, path: &str) -> Answer {
        self.send("GET", path, "")
    }

    #[track_caller]
    pub(crate) fn submit(&mut self, path: &str, form: &[(&str, &str)]) -> Answer {
        self.send("POST", path, &encode(form))
    }

    #[track_caller]
    pub(crate) fn sign_in(&mut self, user: &str, password: &str) {
        let answer = self.submit("/login", &[("username", user), ("password", password)]);
        assert_eq!(answer.status(), 303, "{}", answer.body());
        assert_eq!(answer.header("location"), Some("/activate"));
    }

    /// Types a code, and sees what it asks for.
    #[track_caller]
    pub(crate) fn review(&mut self, user_code: &str) -> Answer {
        let answer = self.submit("/activate", &[("user_code", user_code)]);
        let review = self.redirected(&answer);
        assert_eq!(review.status(), 200, "{}", review.body());
        review
    }

    #[track_caller]
    pub(crate) fn decide(&mut self, review: &Answer, decision: &str) -> Answer {
        let ticket = hidden_field(review.body(), "ticket").expect("the review has a ticket");
        let form = [("ticket", ticket), ("decision", decision)];
        let answer = self.submit("/activate/decision", &form);
        self.redirected(&answer)
    }

    /// The page to which a post leads.
    #[track_caller]
    fn redirected(&mut self, answer: &Answer) -> Answer {
        assert_eq!(answer.status(), 303, "{}", answer.body());
        let to = answer.header("location").unwrap().to_owned();
        self.open(&to)
    }

    #[track_caller]
    fn send(&mut self, method: &str, path: &str, body: &str) -> Answer {
        let pairs = self.cookies.iter();
        let cookies: Vec<String> = pairs
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        let cookies = cookies.join("; ");
        let mut headers = vec![("cookie", cookies.as_str())];
        if method == "POST" {
            headers.extend([
                ("content-type", "application/x-www-form-urlencoded"),
                ("origin", &self.origin),
                ("sec-fetch-site", "same-origin"),
            ]);
        }
        let answer = send(method, &format!("{}{path}", self.server), &headers, body);
        for cookie in answer.cookies() {
            let pair = cookie.split(';').next().unwrap_or_default();
            let (name, value) = pair.split_once('=').unwrap();
            self.cookies.retain(|(held, _)| held != name);
            if !value.is_empty() {
                self.cookies.push((name.to_owned(), value.to_owned()));
            }
        }
        answer
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
