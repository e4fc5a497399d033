use serde_json::Value;
use ureq::Agent;
use ureq::http::{Request, Response};

pub(crate) const GRANT_TYPE: &str = "urn:ietf:params:oauth:grant-type:device_code";

/// The answer of a server, with its whole body.
pub(crate) struct Answer(Response<String>);

impl Answer {
    pub(crate) fn status(&self) -> u16 {
        self.0.status().as_u16()
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.0.headers().get(name)?.to_str().ok()
    }

    /// Each cookie that is set, with its attributes.
    pub(crate) fn cookies(&self) -> impl Iterator<Item = &str> {
        let values = self.0.headers().get_all("set-cookie").iter();
        values.filter_map(|value| value.to_str().ok())
    }

    pub(crate) fn body(&self) -> &str {
        self.0.body()
    }

    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(self.body()).unwrap_or_else(|error| panic!("{error}: {}", self.body()))
    }
}

/// Sends a request; redirects are not followed, and no status is an error.
#[track_caller]
pub(crate) fn send(method: &str, url: &str, headers: &[(&str, &str)], body: &str) -> Answer {
    let mut request = Request::builder().method(method).uri(url);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let agent: Agent = Agent::config_builder()
        .http_status_as_error(false)
        .max_redirects(0)
        .allow_non_standard_methods(true)
        .build()
        .into();
    let request = request.body(body.to_owned()).unwrap();
    let response = agent.run(request).unwrap();
    let (parts, mut body) = response.into_parts();
    let body = body.read_to_string().unwrap();
    Answer(Response::from_parts(parts, body))
}

#[track_caller]
pub(crate) fn get(url: &str) -> Answer {
    send("GET", url, &[], "")
}

#[track_caller]
pub(crate) fn post(url: &str, form: &[(&str, &str)]) -> Answer {
    let headers = [("content-type", "application/x-www-form-urlencoded")];
    send("POST", url, &headers, &encode(form))
}

pub(crate) fn encode(form: &[(&str, &str)]) -> String {
    let mut encoded = form_urlencoded::Serializer::new(String::new());
    encoded.extend_pairs(form);
    encoded.finish()
}
