use std::io::ErrorKind;
use std::process::Command;

use serde_json::Value;

/// An answer as `curl --include` prints it.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    headers: Vec<(String, String)>,
    pub(crate) body: String,
}

impl Answer {
    /// The value of a header that occurs at most once.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let mut values = self.headers.iter().filter(|(held, _)| held == name);
        let value = values.next().map(|(_, value)| value.as_str());
        assert!(values.next().is_none(), "{name} occurs twice");
        value
    }

    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        assert_eq!(self.header("content-type"), Some("application/json"));
        serde_json::from_str(&self.body).unwrap()
    }

    /// Status and `error` of a refusal.
    #[track_caller]
    pub(crate) fn error(&self) -> (u16, String) {
        let error = self.json()["error"].as_str().unwrap().to_owned();
        (self.status, error)
    }

    fn parse(text: &str) -> Self {
        let (head, body) = text.split_once("\r\n\r\n").unwrap();
        let (status_line, headers) = head.split_once("\r\n").unwrap_or((head, ""));
        let headers = headers.lines().map(|line| {
            let (name, value) = line.split_once(':').unwrap();
            (name.to_ascii_lowercase(), value.trim().to_owned())
        });
        Self {
            status: status_line.split(' ').nth(1).unwrap().parse().unwrap(),
            headers: headers.collect(),
            body: body.to_owned(),
        }
    }
}

/// Runs `curl` with these arguments, and reads the answer.
#[track_caller]
pub(crate) fn curl<A: AsRef<str>>(arguments: &[A]) -> Answer {
    let arguments = arguments.iter().map(AsRef::as_ref);
    let ran = Command::new("curl")
        .args(["--silent", "--show-error", "--include", "--max-time", "60"])
        .args(arguments)
        .output();
    let output = match ran {
        Err(error) if error.kind() == ErrorKind::NotFound => {
            panic!(
                "these tests need curl; on Debian or Ubuntu run:\n  sudo apt-get install -y curl"
            )
        }
        ran => ran.unwrap(),
    };
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "curl failed: {said}");
    Answer::parse(&String::from_utf8(output.stdout).unwrap())
}

/// Posts a form.
#[track_caller]
pub(crate) fn post(url: &str, form: &[(&str, &str)]) -> Answer {
    let mut arguments = vec!["--request".to_owned(), "POST".to_owned(), url.to_owned()];
    arguments.extend(fields(form));
    curl(&arguments)
}

/// The arguments that make these fields a form.
pub(crate) fn fields(form: &[(&str, &str)]) -> Vec<String> {
    let fields = form.iter();
    fields
        .flat_map(|(name, value)| ["--data-urlencode".to_owned(), format!("{name}={value}")])
        .collect()
}
