use std::fs;
use std::path::PathBuf;
use std::process;
use std::sync::atomic::{AtomicU32, Ordering};

use super::curl::{Answer, curl, fields};
use super::server::Server;

static JARS: AtomicU32 = AtomicU32::new(0);

/// A browser of one person, with cookies, that looks at forms as they are.
pub(crate) struct Browser<'a> {
    server: &'a Server,
    jar: PathBuf,
}

impl<'a> Browser<'a> {
    pub(crate) fn new(server: &'a Server) -> Self {
        let number = JARS.fetch_add(1, Ordering::Relaxed);
        let name = format!("cookies-{}-{number}", process::id());
        Self {
            server,
            jar: PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name),
        }
    }

    /// Follows a link, and the redirects behind it.
    #[track_caller]
    pub(crate) fn open(&self, url: &str) -> Answer {
        let mut answer = self.send(&[url.to_owned()]);
        for _ in 0..5 {
            let Some(to) = answer.header("location") else {
                return answer;
            };
            answer = self.send(&[self.server.at(to)]);
        }
        panic!("{url} leads nowhere")
    }

    /// Submits a form, without following where it leads.
    #[track_caller]
    pub(crate) fn submit(&self, path: &str, form: &[(&str, &str)]) -> Answer {
        let origin = format!("Origin: {}", self.server.at(""));
        let mut arguments = vec![self.server.at(path), "--header".to_owned(), origin];
        arguments.extend([
            "--header".to_owned(),
            "Sec-Fetch-Site: same-origin".to_owned(),
        ]);
        arguments.extend(fields(form));
        self.send(&arguments)
    }

    /// Signs in; whoever it is, the password is the name.
    #[track_caller]
    pub(crate) fn sign_in(&self, user: &str) {
        let answer = self.submit("/login", &[("username", user), ("password", user)]);
        assert_eq!(
            (answer.status, answer.header("location")),
            (303, Some("/activate"))
        );
    }

    /// Types a code into the verification page.
    #[track_caller]
    pub(crate) fn enter(&self, user_code: &str) -> Answer {
        self.enter_form(&[("user_code", user_code)])
    }

    /// Submits the form for the code, and follows the redirect to the page behind it.
    #[track_caller]
    pub(crate) fn enter_form(&self, form: &[(&str, &str)]) -> Answer {
        self.behind(self.submit("/activate", form))
    }

    /// Presses a button of the review.
    #[track_caller]
    pub(crate) fn decide(&self, review: &Answer, decision: &str) -> Answer {
        let ticket = value(review, "ticket").expect("a review has a ticket");
        let form = [("ticket", &*ticket), ("decision", decision)];
        self.behind(self.submit("/activate/decision", &form))
    }

    /// The page to which an answer leads.
    #[track_caller]
    pub(crate) fn behind(&self, answer: Answer) -> Answer {
        match answer.header("location") {
            Some(to) => self.send(&[self.server.at(to)]),
            None => answer,
        }
    }

    /// Types a code, and approves what the page shows.
    #[track_caller]
    pub(crate) fn approve(&self, user_code: &str) {
        let review = self.enter(user_code);
        assert_eq!(self.decide(&review, "approve").status, 200);
    }

    #[track_caller]
    fn send(&self, arguments: &[String]) -> Answer {
        let jar = self.jar.to_str().unwrap();
        let cookies = ["--cookie", jar, "--cookie-jar", jar].map(ToOwned::to_owned);
        curl(&[&cookies[..], arguments].concat())
    }
}

impl Drop for Browser<'_> {
    fn drop(&mut self) {
        _ = fs::remove_file(&self.jar);
    }
}

/// The value of a form's field.
pub(crate) fn value(page: &Answer, name: &str) -> Option<String> {
    let mut inputs = page.body.split("<input").skip(1);
    let input = inputs.find(|input| input.contains(&format!("name=\"{name}\"")))?;
    let value = input.split_once("value=\"")?.1;
    value.split_once('"').map(|(value, _)| value.to_owned())
}
