//! The example server below a path of its public URL, behind nginx: one that strips the path, and one that keeps it.

use std::fs;
use std::io::ErrorKind;
use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::{Child, Command};
use std::thread::sleep;
use std::time::Duration;

use serde_json::Value;

use super::browser::{Browser, value};
use super::curl::{curl, post};
use super::server::Server;

/// The server as browsers and devices reach it. It ends with this.
struct Behind {
    nginx: Child,
    folder: PathBuf,
    server: Server,
}

impl Behind {
    /// nginx at `/base/`, which hands the server paths that begin like this.
    fn proxy(to: &str) -> Self {
        let port = TcpListener::bind("127.0.0.1:0")
            .unwrap()
            .local_addr()
            .unwrap()
            .port();
        let origin = format!("http://127.0.0.1:{port}");
        let mut server = Server::with(&["--public-url", &format!("{origin}/base"), "--users", "2"]);
        let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("nginx-{port}"));
        fs::create_dir_all(&folder).unwrap();
        fs::write(
            folder.join("nginx.conf"),
            configuration(port, &server.at(""), to),
        )
        .unwrap();
        let started = Command::new("nginx")
            .args(["-e", "stderr", "-c", "nginx.conf", "-p"])
            .arg(&folder)
            .spawn();
        let nginx = match started {
            Err(error) if error.kind() == ErrorKind::NotFound => panic!(
                "these tests need nginx; on Debian or Ubuntu run:\n  sudo apt-get install -y nginx-light"
            ),
            started => started.unwrap(),
        };
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            sleep(Duration::from_millis(20));
        }
        server.seen_at(&origin);
        Self {
            nginx,
            folder,
            server,
        }
    }
}

impl Drop for Behind {
    fn drop(&mut self) {
        _ = self.nginx.kill();
        _ = self.nginx.wait();
        _ = fs::remove_dir_all(&self.folder);
    }
}

/// One process, so that nothing is left of it. The document of an issuer with a path is at the root
/// ([RFC 8414 §3.1](https://www.rfc-editor.org/rfc/rfc8414#section-3.1)).
fn configuration(port: u16, server: &str, to: &str) -> String {
    let temporary: String = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
        .map(|kind| format!("{kind}_temp_path {kind};"))
        .concat();
    format!(
        "daemon off; master_process off; pid nginx.pid; events {{}} http {{ access_log off; {temporary}
         server {{ listen 127.0.0.1:{port}; proxy_set_header Host $http_host;
         location /base/ {{ proxy_pass {server}{to}; }}
         location /.well-known/oauth-authorization-server/base {{ proxy_pass {server}; }} }} }}"
    )
}

fn for_each_proxy(check: fn(&Server)) {
    for to in ["/", "/base/"] {
        check(&Behind::proxy(to).server);
    }
}

fn text<'a>(answer: &'a Value, name: &str) -> &'a str {
    answer[name]
        .as_str()
        .unwrap_or_else(|| panic!("{name}: {answer}"))
}

/// Signs in as a numbered user and approves, with no address but those that the pages name.
fn approve(server: &Server, codes: &Value) {
    let browser = Browser::new(server);
    let login = browser.open(text(codes, "verification_uri"));
    assert!(
        login.body.contains("action=\"/base/login\""),
        "{}",
        login.body
    );
    let user = [("username", "user2"), ("password", "user2")];
    let signed_in = browser.submit("/base/login", &user);
    let cookie = signed_in.header("set-cookie").unwrap();
    assert!(cookie.contains("; Path=/base;"), "{cookie}");
    let form = browser.behind(signed_in);
    assert!(
        form.body.contains("action=\"/base/activate\""),
        "{}",
        form.body
    );
    let entered = browser.submit("/base/activate", &[("user_code", text(codes, "user_code"))]);
    let at = entered.header("location").unwrap().to_owned();
    assert!(at.starts_with("/base/activate/review/"), "{at}");
    let review = browser.behind(entered);
    assert!(
        review.body.contains("action=\"/base/activate/decision\""),
        "{}",
        review.body
    );
    let ticket = value(&review, "ticket").unwrap();
    let form = [("ticket", &*ticket), ("decision", "approve")];
    let page = browser.behind(browser.submit("/base/activate/decision", &form));
    assert!(page.body.contains("<h1>Allowed</h1>"), "{}", page.body);
    let switched = browser.submit("/base/activate/decision", &[("decision", "nothing")]);
    assert_eq!(switched.header("location"), Some("/base/activate"));
}

fn tokens(endpoint: &str, codes: &Value) -> Value {
    let grant_type = "urn:ietf:params:oauth:grant-type:device_code";
    let form = [
        ("grant_type", grant_type),
        ("client_id", "cli"),
        ("device_code", text(codes, "device_code")),
    ];
    post(endpoint, &form).json()
}

const REQUEST: [(&str, &str); 2] = [("client_id", "cli"), ("scope", "openid offline_access")];

#[test]
fn every_address_of_the_documents_works_below_a_path() {
    for_each_proxy(|server| {
        let oauth = curl(&[server.at("/.well-known/oauth-authorization-server/base")]).json();
        let openid = curl(&[server.at("/base/.well-known/openid-configuration")]).json();
        assert_eq!(oauth, openid);
        assert_eq!(text(&oauth, "issuer"), server.at("/base"));
        let codes = post(text(&oauth, "device_authorization_endpoint"), &REQUEST).json();
        assert_eq!(
            text(&codes, "verification_uri"),
            server.at("/base/activate")
        );
        approve(server, &codes);
        let tokens = tokens(text(&oauth, "token_endpoint"), &codes);
        let bearer = format!("Authorization: Bearer {}", text(&tokens, "access_token"));
        let user = curl(&["--header", &bearer, text(&oauth, "userinfo_endpoint")]).json();
        assert_eq!(text(&user, "sub"), "user2");
        assert_eq!(curl(&[text(&oauth, "jwks_uri")]).status, 200);
        assert_eq!(curl(&[text(&oauth, "authorization_endpoint")]).status, 200);
        let revoked = [
            ("token", text(&tokens, "refresh_token")),
            ("client_id", "cli"),
        ];
        assert_eq!(
            post(text(&oauth, "revocation_endpoint"), &revoked).status,
            200
        );
    });
}

#[test]
fn oktas_paths_and_the_rest_work_below_a_path() {
    for_each_proxy(|server| {
        let okta = |path: &str| server.at(&format!("/base/oauth2/default/v1/{path}"));
        let codes = post(&okta("device/authorize"), &REQUEST).json();
        approve(server, &codes);
        let tokens = tokens(&okta("token"), &codes);
        let revoked = [
            ("token", text(&tokens, "access_token")),
            ("client_id", "cli"),
        ];
        assert_eq!(post(&okta("revoke"), &revoked).status, 200);
        for path in [
            "/healthz",
            "/readyz",
            "/jwks.json",
            "/.well-known/oauth-authorization-server",
        ] {
            assert_eq!(
                curl(&[server.at(&format!("/base{path}"))]).status,
                200,
                "{path}"
            );
        }
    });
}

#[test]
fn a_link_and_a_switch_of_accounts_stay_below_the_path() {
    for_each_proxy(|server| {
        let codes = post(&server.at("/base/device_authorization"), &REQUEST).json();
        let browser = Browser::new(server);
        let user = [("username", "user1"), ("password", "user1")];
        browser.submit("/base/login", &user);
        let form = browser.open(text(&codes, "verification_uri_complete"));
        assert_eq!(
            value(&form, "user_code").as_deref(),
            codes["user_code"].as_str()
        );
        let entered = browser.submit(
            "/base/activate",
            &[("user_code", text(&codes, "user_code"))],
        );
        let review = browser.behind(entered);
        let ticket = value(&review, "ticket").unwrap();
        let form = [("ticket", &*ticket), ("decision", "other_account")];
        let page = browser.submit("/base/activate/decision", &form);
        assert_eq!(page.header("refresh"), Some("0; url=/base/login"));
    });
}

#[test]
fn only_the_users_that_were_asked_for_are_there() {
    let server = Server::with(&["--users", "2"]);
    for (name, status) in [
        ("alice", 303),
        ("user1", 303),
        ("user2", 303),
        ("user3", 401),
        ("user0", 401),
        ("user01", 401),
        ("user+1", 401),
        ("user", 401),
    ] {
        let form = [("username", name), ("password", name)];
        assert_eq!(post(&server.at("/login"), &form).status, status, "{name}");
    }
    let form = [("username", "user1"), ("password", "user2")];
    assert_eq!(post(&server.at("/login"), &form).status, 401);
}
