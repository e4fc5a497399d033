//! Authorization servers that others wrote, driven by clients that others wrote: the `oauth2` crate, and `curl`.

use std::cell::RefCell;
use std::process::Command;

use oauth2::basic::BasicClient;
use oauth2::http::Response;
use oauth2::{
    AuthType, AuthUrl, AuthorizationCode, ClientId, ClientSecret, DeviceAuthorizationUrl,
    HttpRequest, HttpResponse, PkceCodeChallenge, PkceCodeVerifier, RedirectUrl, RefreshToken,
    Scope, StandardDeviceAuthorizationResponse, TokenResponse, TokenUrl,
};
use serde_json::Value;

use crate::client::{GRANT_TYPE, get, post, send};
use crate::person::Person;
use crate::server::Server;

const OXIDE_AUTH: &str = env!("CARGO_BIN_EXE_oxide_auth");
const OAUTH_AS: &str = env!("CARGO_BIN_EXE_oauth_as");
const BOTH: [&str; 2] = [OXIDE_AUTH, OAUTH_AS];

fn start(program: &str) -> Server {
    Server::start(program, &[], &[])
}

/// Sends what the `oauth2` crate wants sent.
fn http(request: HttpRequest) -> Result<HttpResponse, ureq::Error> {
    let headers = request.headers().iter();
    let headers: Vec<_> = headers
        .map(|(name, value)| (name.as_str(), value.to_str().unwrap()))
        .collect();
    let body = std::str::from_utf8(request.body()).unwrap();
    let uri = request.uri().to_string();
    let answer = send(request.method().as_str(), &uri, &headers, body);
    let response = Response::builder()
        .status(answer.status())
        .header("content-type", answer.header("content-type").unwrap_or(""))
        .body(answer.body().as_bytes().to_vec());
    Ok(response.unwrap())
}

fn device_url(server: &Server) -> DeviceAuthorizationUrl {
    DeviceAuthorizationUrl::new(format!("{}/device_authorization", server.url)).unwrap()
}

fn token_url(server: &Server) -> TokenUrl {
    TokenUrl::new(format!("{}/token", server.url)).unwrap()
}

/// Approves, while the client believes that it waits.
fn approve(server: &Server, user_code: &str) {
    let mut alice = Person::at(&server.url);
    alice.sign_in("alice", "alice");
    let review = alice.review(user_code);
    assert_eq!(alice.decide(&review, "approve").status(), 200);
}

#[test]
fn the_oauth2_crate_signs_a_public_device_in_and_refreshes() {
    for program in BOTH {
        let server = start(program);
        let client = BasicClient::new(ClientId::new("tv".to_owned()))
            .set_auth_type(AuthType::RequestBody)
            .set_device_authorization_url(device_url(&server))
            .set_token_uri(token_url(&server));
        let codes: StandardDeviceAuthorizationResponse = client
            .exchange_device_code()
            .add_scope(Scope::new("profile".to_owned()))
            .request(&http)
            .unwrap();
        let waits = RefCell::new(0);
        let wait = |_| {
            *waits.borrow_mut() += 1;
            approve(&server, codes.user_code().secret());
        };
        let tokens = client
            .exchange_device_access_token(&codes)
            .request(&http, wait, None)
            .unwrap();
        assert_eq!(*waits.borrow(), 1, "{program}");

        let refreshed = client
            .exchange_refresh_token(tokens.refresh_token().unwrap())
            .request(&http)
            .unwrap();
        let (first, second) = (tokens.access_token(), refreshed.access_token());
        assert_ne!(first.secret(), second.secret(), "{program}");
        // Rotated: the first refresh token is used up.
        let again = RefreshToken::new(tokens.refresh_token().unwrap().secret().clone());
        let again = client.exchange_refresh_token(&again).request(&http);
        assert!(again.is_err(), "{program}: {again:?}");
    }
}

#[test]
fn the_oauth2_crate_signs_a_confidential_device_in() {
    for program in BOTH {
        let server = start(program);
        let client = BasicClient::new(ClientId::new("box".to_owned()))
            .set_client_secret(ClientSecret::new("box-secret".to_owned()))
            .set_device_authorization_url(device_url(&server))
            .set_token_uri(token_url(&server));
        let codes: StandardDeviceAuthorizationResponse =
            client.exchange_device_code().request(&http).unwrap();
        let wait = |_| approve(&server, codes.user_code().secret());
        let tokens = client
            .exchange_device_access_token(&codes)
            .request(&http, wait, None)
            .unwrap();
        let refreshed = client
            .exchange_refresh_token(tokens.refresh_token().unwrap())
            .request(&http);
        refreshed.unwrap();

        let other = client.set_client_secret(ClientSecret::new("other".to_owned()));
        let refused: Result<StandardDeviceAuthorizationResponse, _> =
            other.exchange_device_code().request(&http);
        assert!(refused.is_err(), "{program}");
    }
}

/// The JSON that `curl` prints.
#[track_caller]
fn curl(arguments: &[&str]) -> Value {
    let output = Command::new("curl").arg("-s").args(arguments).output();
    let output = output.expect("curl is installed: apt-get install curl");
    serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(&output.stdout)))
}

#[test]
fn curl_signs_a_device_in() {
    for program in BOTH {
        let server = start(program);
        let codes = curl(&[
            "-d",
            "client_id=tv",
            &format!("{}/device_authorization", server.url),
        ]);
        assert_eq!(
            codes["verification_uri"],
            format!("{}/activate", server.url)
        );
        let code = format!("device_code={}", codes["device_code"].as_str().unwrap());
        let grant_type = format!("grant_type={GRANT_TYPE}");
        let token = format!("{}/token", server.url);
        let poll = ["-d", "client_id=tv", "-d", &grant_type, "-d", &code, &token];
        assert_eq!(curl(&poll)["error"], "authorization_pending", "{program}");
        approve(&server, codes["user_code"].as_str().unwrap());
        let tokens = curl(&poll);
        assert_eq!(tokens["token_type"], "Bearer", "{tokens}");
        let mut scope: Vec<&str> = tokens["scope"].as_str().unwrap().split(' ').collect();
        // A scope is a set (RFC 6749 §3.3), and oxide-auth keeps it as a `HashSet`.
        scope.sort_unstable();
        assert_eq!(scope, ["email", "profile"], "the client's default");
        assert_eq!(curl(&poll)["error"], "invalid_grant", "{program}");
    }
}

#[test]
fn a_client_that_polls_too_early_is_not_locked_out() {
    for program in BOTH {
        let server = start(program);
        let codes = post(
            &format!("{}/device_authorization", server.url),
            &[("client_id", "tv")],
        );
        let codes = codes.json();
        let form = [
            ("client_id", "tv"),
            ("grant_type", GRANT_TYPE),
            ("device_code", codes["device_code"].as_str().unwrap()),
        ];
        let token = format!("{}/token", server.url);
        let polls = std::iter::repeat_with(|| post(&token, &form).json()["error"].clone());
        let answers: Vec<Value> = polls.take(20).collect();
        assert!(answers.contains(&"slow_down".into()), "{answers:?}");
        approve(&server, codes["user_code"].as_str().unwrap());
        assert_eq!(post(&token, &form).status(), 200, "{program}");
    }
}

#[test]
fn the_tokens_are_those_of_oxide_auth() {
    let server = start(OXIDE_AUTH);
    let token = device_token(&server, "profile");
    let bearer = format!("Bearer {token}");
    let user_info = format!("{}/userinfo", server.url);
    let answer = send("GET", &user_info, &[("authorization", &bearer)], "");
    assert_eq!((answer.status(), answer.body()), (200, "alice"));
    assert_eq!(get(&user_info).status(), 401);
    let bearer = format!("Bearer {}", device_token(&server, "email"));
    let other_scope = send("GET", &user_info, &[("authorization", &bearer)], "");
    assert_eq!(other_scope.status(), 401);
}

#[test]
fn the_tokens_are_those_of_oauth_as() {
    let server = start(OAUTH_AS);
    let codes = post_as_box(&server, "/device_authorization", &[("scope", "profile")]);
    let codes = codes.clone();
    approve(&server, codes["user_code"].as_str().unwrap());
    let code = codes["device_code"].as_str().unwrap();
    let tokens = post_as_box(
        &server,
        "/token",
        &[("grant_type", GRANT_TYPE), ("device_code", code)],
    );
    let token = tokens["access_token"].as_str().unwrap();
    let described = post_as_box(&server, "/introspect", &[("token", token)]);
    assert_eq!(described["active"], true, "{described}");
    assert_eq!(described["sub"], "alice");
    assert_eq!(described["scope"], "profile");
}

#[test]
fn the_code_grant_of_oxide_auth_is_as_it_was() {
    let server = start(OXIDE_AUTH);
    let client = BasicClient::new(ClientId::new("web".to_owned()))
        .set_auth_type(AuthType::RequestBody)
        .set_auth_uri(AuthUrl::new(format!("{}/authorize", server.url)).unwrap())
        .set_token_uri(token_url(&server))
        .set_redirect_uri(RedirectUrl::new("http://localhost/back".to_owned()).unwrap());
    let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
    let (url, state) = client
        .authorize_url(oauth2::CsrfToken::new_random)
        .set_pkce_challenge(challenge)
        .url();
    let path = format!("{}?{}", url.path(), url.query().unwrap());

    let mut alice = Person::at(&server.url);
    assert_eq!(alice.open(&path).header("location"), Some("/login"));
    alice.sign_in("alice", "alice");
    assert!(alice.open(&path).body().contains("web asks for"));
    let back = alice.submit(&path, &[]);
    let back = back.header("location").unwrap().to_owned();
    let query = back.split_once('?').unwrap().1.to_owned();
    let answered = |name: &str| {
        let mut pairs = form_urlencoded::parse(query.as_bytes());
        pairs.find(|(held, _)| held == name).unwrap().1.into_owned()
    };
    assert_eq!(&answered("state"), state.secret());

    let redeem = |verifier: &str| {
        client
            .exchange_code(AuthorizationCode::new(answered("code")))
            .set_pkce_verifier(PkceCodeVerifier::new(verifier.to_owned()))
            .request(&http)
    };
    redeem(verifier.secret()).unwrap();
    // It was redeemed, and another grant's token endpoint knows no device codes.
    redeem(verifier.secret()).unwrap_err();
}

fn device_token(server: &Server, scope: &str) -> String {
    let authorization = format!("{}/device_authorization", server.url);
    let codes = post(&authorization, &[("client_id", "tv"), ("scope", scope)]).json();
    approve(server, codes["user_code"].as_str().unwrap());
    let form = [
        ("client_id", "tv"),
        ("grant_type", GRANT_TYPE),
        ("device_code", codes["device_code"].as_str().unwrap()),
    ];
    let tokens = post(&format!("{}/token", server.url), &form).json();
    tokens["access_token"].as_str().unwrap().to_owned()
}

fn post_as_box(server: &Server, path: &str, form: &[(&str, &str)]) -> Value {
    let credentials = [("client_id", "box"), ("client_secret", "box-secret")];
    let form = [form, &credentials].concat();
    post(&format!("{}{path}", server.url), &form).json()
}
