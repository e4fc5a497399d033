use std::path::PathBuf;

use lexopt::prelude::{Long, ValueExt};

pub(crate) const USAGE: &str = "\
usage: conformance --client ID (--issuer URL | --device-authorization URL --token URL) [options]
  --issuer URL                 reads both endpoints from the metadata (RFC 8414)
  --device-authorization URL   the device authorization endpoint
  --token URL                  the token endpoint
  --client ID                  a client that may use the grant
  --secret SECRET              its secret, sent by HTTP Basic [default: none, a public client]
  --other-client ID            a second public client, which must not be able to use the first one's codes
  --scope SCOPE                what to ask for [default: openid]
  --decide COMMAND             decides on a code as a signed-in person would; it is run by `sh -c` with USER_CODE,
                               VERIFICATION_URI and DECISION (approve or deny) in its environment
  --jobs N                     checks that run at the same time [default: 4]
  --json FILE                  writes the report as JSON
  --junit FILE                 writes the report as JUnit XML
Without --decide, the checks of approved and denied codes are skipped. The exit status is 1 if a rule was broken.
";

#[derive(Debug)]
pub(crate) struct Arguments {
    pub(crate) issuer: Option<String>,
    pub(crate) device_authorization: Option<String>,
    pub(crate) token: Option<String>,
    pub(crate) client: String,
    pub(crate) secret: Option<String>,
    pub(crate) other_client: Option<String>,
    pub(crate) scope: String,
    pub(crate) decide: Option<String>,
    pub(crate) jobs: usize,
    pub(crate) json: Option<PathBuf>,
    pub(crate) junit: Option<PathBuf>,
}

impl Arguments {
    /// Reads the command line; `None` if it asks for help.
    pub(crate) fn read() -> Result<Option<Self>, String> {
        let mut parser = lexopt::Parser::from_env();
        let mut found = Self {
            issuer: None,
            device_authorization: None,
            token: None,
            client: String::new(),
            secret: None,
            other_client: None,
            scope: "openid".to_owned(),
            decide: None,
            jobs: 4,
            json: None,
            junit: None,
        };
        let said = |error: lexopt::Error| error.to_string();
        while let Some(argument) = parser.next().map_err(said)? {
            if argument == Long("help") {
                return Ok(None);
            }
            let Long(name) = argument else {
                return Err(said(argument.unexpected()));
            };
            let name = name.to_owned();
            let value = parser.value().and_then(ValueExt::string).map_err(said)?;
            found.set(&name, value)?;
        }
        if found.client.is_empty() {
            return Err("--client is missing".to_owned());
        }
        Ok(Some(found))
    }

    fn set(&mut self, name: &str, value: String) -> Result<(), String> {
        match name {
            "issuer" => self.issuer = Some(value),
            "device-authorization" => self.device_authorization = Some(value),
            "token" => self.token = Some(value),
            "client" => self.client = value,
            "secret" => self.secret = Some(value),
            "other-client" => self.other_client = Some(value),
            "scope" => self.scope = value,
            "decide" => self.decide = Some(value),
            "jobs" => {
                let jobs = value.parse().ok().filter(|jobs| (1..=64).contains(jobs));
                self.jobs = jobs.ok_or("--jobs takes a number from 1 to 64")?;
            }
            "json" => self.json = Some(value.into()),
            "junit" => self.junit = Some(value.into()),
            _ => return Err(format!("--{name} is not an option")),
        }
        Ok(())
    }
}
