//! The server under test, as a device and a person reach it.

use std::process::Command;
use std::thread;
use std::time::Duration;

use base64ct::{Base64, Encoding};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::Value;
use ureq::Agent;

use crate::arguments::Arguments;
use crate::report::Broken;

pub(crate) const DEVICE_GRANT: &str = "urn:ietf:params:oauth:grant-type:device_code";

/// All but the unreserved characters of RFC 3986.
const ESCAPED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// Longer than a slow server takes for one answer.
const PATIENCE: Duration = Duration::from_secs(30);

pub(crate) struct Server {
    agent: Agent,
    pub(crate) device_authorization_endpoint: String,
    pub(crate) token_endpoint: String,
    pub(crate) client: String,
    secret: Option<String>,
    pub(crate) other_client: Option<String>,
    pub(crate) scope: String,
    decide: Option<String>,
}

/// An answer, read to its end.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) content_type: String,
    pub(crate) cache_control: String,
    pub(crate) body: String,
}

impl Answer {
    /// The body as JSON; null if it is none.
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_default()
    }

    pub(crate) fn error(&self) -> String {
        let json = self.json();
        json["error"].as_str().unwrap_or_default().to_owned()
    }

    pub(crate) fn has_tokens(&self) -> bool {
        self.json()["access_token"].is_string()
    }

    /// Describes it without codes and tokens.
    pub(crate) fn describe(&self) -> String {
        match self.error().as_str() {
            "" => format!("status {}", self.status),
            error => format!("status {}, error {error}", self.status),
        }
    }

    /// Fails unless this is an OAuth error with this code, and a status of the 400s.
    pub(crate) fn must_be(&self, error: &str) -> Result<(), Broken> {
        if self.error() == error && (400..500).contains(&self.status) {
            return Ok(());
        }
        Err(Broken::rule(format!(
            "expected {error}, got {}",
            self.describe()
        )))
    }
}

/// The codes that a device was given.
#[derive(Clone, Debug)]
pub(crate) struct Codes {
    pub(crate) device_code: String,
    pub(crate) user_code: String,
    pub(crate) verification_uri: String,
    pub(crate) verification_uri_complete: Option<String>,
    pub(crate) interval: Duration,
}

impl Server {
    pub(crate) fn find(arguments: &Arguments) -> Result<Self, String> {
        let config = Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .timeout_global(Some(PATIENCE))
            .build();
        let agent: Agent = config.into();
        let metadata = match &arguments.issuer {
            Some(issuer) => metadata(&agent, issuer)?,
            None => Value::Null,
        };
        let endpoint = |given: &Option<String>, name: &str| {
            let told = metadata[name].as_str().map(str::to_owned);
            given.clone().or(told).ok_or(format!(
                "no {name}: neither an option nor the metadata names one"
            ))
        };
        Ok(Self {
            device_authorization_endpoint: endpoint(
                &arguments.device_authorization,
                "device_authorization_endpoint",
            )?,
            token_endpoint: endpoint(&arguments.token, "token_endpoint")?,
            agent,
            client: arguments.client.clone(),
            secret: arguments.secret.clone(),
            other_client: arguments.other_client.clone(),
            scope: arguments.scope.clone(),
            decide: arguments.decide.clone(),
        })
    }

    /// Posts a form, with the client's secret if it has one.
    pub(crate) fn post(&self, url: &str, form: &[(&str, &str)]) -> Result<Answer, Broken> {
        let mut request = self.agent.post(url);
        if let Some(secret) = &self.secret {
            request = request.header("authorization", basic(&self.client, secret));
        }
        let said = request.send_form(form.iter().copied());
        read(said.map_err(|error| Broken::rule(format!("no answer: {error}")))?)
    }

    /// Posts a form without any word of a client.
    pub(crate) fn post_anonymously(
        &self,
        url: &str,
        form: &[(&str, &str)],
    ) -> Result<Answer, Broken> {
        let said = self.agent.post(url).send_form(form.iter().copied());
        read(said.map_err(|error| Broken::rule(format!("no answer: {error}")))?)
    }

    /// The second client.
    pub(crate) fn other(&self) -> Result<&str, Broken> {
        let missing = Broken::Skipped("there is no second client: --other-client is not given");
        if self.secret.is_some() {
            return Err(Broken::Skipped(
                "the second client is public, and the first has a secret in each request",
            ));
        }
        self.other_client.as_deref().ok_or(missing)
    }

    pub(crate) fn get(&self, url: &str) -> Result<Answer, Broken> {
        let said = self.agent.get(url).call();
        read(said.map_err(|error| Broken::rule(format!("no answer: {error}")))?)
    }

    pub(crate) fn authorize(&self) -> Result<Answer, Broken> {
        let form = [("client_id", &*self.client), ("scope", &*self.scope)];
        self.post(&self.device_authorization_endpoint, &form)
    }

    /// Asks for codes, which any check but the first takes for granted.
    pub(crate) fn codes(&self) -> Result<Codes, Broken> {
        let answer = self.authorize()?;
        let json = answer.json();
        let text = |name: &str| json[name].as_str().unwrap_or_default().to_owned();
        if answer.status != 200 || text("device_code").is_empty() || text("user_code").is_empty() {
            return Err(Broken::rule(format!(
                "gives no codes: {}",
                answer.describe()
            )));
        }
        Ok(Codes {
            device_code: text("device_code"),
            user_code: text("user_code"),
            verification_uri: text("verification_uri"),
            verification_uri_complete: json["verification_uri_complete"]
                .as_str()
                .map(str::to_owned),
            // RFC 8628, section 3.2: 5 seconds if it is not said.
            interval: Duration::from_secs(json["interval"].as_u64().unwrap_or(5)),
        })
    }

    pub(crate) fn poll(&self, device_code: &str) -> Result<Answer, Broken> {
        self.poll_as(&self.client, device_code)
    }

    pub(crate) fn poll_as(&self, client: &str, device_code: &str) -> Result<Answer, Broken> {
        let form = [
            ("grant_type", DEVICE_GRANT),
            ("client_id", client),
            ("device_code", device_code),
        ];
        self.post(&self.token_endpoint, &form)
    }

    /// Has the person approve or deny.
    pub(crate) fn decide(&self, codes: &Codes, decision: &str) -> Result<(), Broken> {
        let Some(command) = &self.decide else {
            return Err(Broken::Skipped("nobody decides: --decide is not given"));
        };
        let output = Command::new("sh")
            .args(["-c", command])
            .env("USER_CODE", &codes.user_code)
            .env("VERIFICATION_URI", &codes.verification_uri)
            .env("DECISION", decision)
            .output();
        match output {
            Ok(output) if output.status.success() => Ok(()),
            Ok(output) => Err(Broken::rule(format!(
                "the command of --decide failed: {}",
                String::from_utf8_lossy(&output.stderr).trim()
            ))),
            Err(error) => Err(Broken::rule(format!("the command of --decide: {error}"))),
        }
    }
}

/// Waits as a device does that keeps its interval: the time between two answers is never shorter on the server's side.
pub(crate) fn wait(interval: Duration) {
    thread::sleep(interval + Duration::from_millis(100));
}

fn metadata(agent: &Agent, issuer: &str) -> Result<Value, String> {
    let issuer = issuer.trim_end_matches('/');
    for name in ["oauth-authorization-server", "openid-configuration"] {
        let url = format!("{issuer}/.well-known/{name}");
        let answer = agent
            .get(&url)
            .call()
            .map_err(|error| format!("{url}: {error}"))?;
        if answer.status() == 200 {
            let body = answer.into_body().read_to_string();
            let body = body.map_err(|error| format!("{url}: {error}"))?;
            return serde_json::from_str(&body).map_err(|error| format!("{url}: {error}"));
        }
    }
    Err(format!("{issuer} serves no metadata: name the endpoints"))
}

fn read(mut response: ureq::http::Response<ureq::Body>) -> Result<Answer, Broken> {
    let header = |name: &str| {
        let value = response
            .headers()
            .get(name)
            .and_then(|value| value.to_str().ok());
        value.unwrap_or_default().to_ascii_lowercase()
    };
    Ok(Answer {
        status: response.status().as_u16(),
        content_type: header("content-type"),
        cache_control: header("cache-control"),
        body: response
            .body_mut()
            .read_to_string()
            .map_err(|error| Broken::rule(format!("half an answer: {error}")))?,
    })
}

/// The value of a Basic header, whose parts RFC 6749, section 2.3.1 wants as a form has them.
fn basic(client: &str, secret: &str) -> String {
    let escaped = |text| utf8_percent_encode(text, ESCAPED);
    let pair = format!("{}:{}", escaped(client), escaped(secret));
    format!("Basic {}", Base64::encode_string(pair.as_bytes()))
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_secret_is_escaped_and_encoded() {
        assert_eq!(
            super::basic("box", "box-secret"),
            "Basic Ym94OmJveC1zZWNyZXQ="
        );
        // a%20b%3Ac:ab
        assert_eq!(super::basic("a b:c", "ab"), "Basic YSUyMGIlM0FjOmFi");
        // a:~
        assert_eq!(super::basic("a", "~"), "Basic YTp+");
    }
}
