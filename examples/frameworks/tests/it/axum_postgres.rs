//! The host with everything in PostgreSQL, against a private one.

use std::sync::LazyLock;
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;

use base64ct::{Base64, Encoding};
use serde_json::Value;
use sqlx::postgres::PgConnectOptions;
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, PgConnection};
use test_servers::Postgres;

use crate::client::{Answer, GRANT_TYPE, encode, get, post, send};
use crate::frameworks;
use crate::jwt;
use crate::person::Person;
use crate::raw::{exchange, head};
use crate::server::Server;

const PROGRAM: &str = env!("CARGO_BIN_EXE_axum_postgres");
const CODE_KEY: &str = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";
/// What the host is called behind a TLS front.
const ORIGIN: &str = "https://id.example";
const SCOPE: &str = "openid profile offline_access";

static POSTGRES: LazyLock<Postgres> = LazyLock::new(|| Postgres::start(&[]));

/// A database of its own.
struct Database {
    name: String,
}

impl Database {
    fn new() -> Self {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let name = format!("host_{}", NUMBER.fetch_add(1, Ordering::Relaxed));
        let postgres = Self {
            name: "postgres".to_owned(),
        };
        postgres.run(&format!("CREATE DATABASE {name}"));
        Self { name }
    }

    /// A node of the host that uses it.
    fn node(&self) -> Server {
        self.node_with(&[])
    }

    fn node_with(&self, options: &[&str]) -> Server {
        let folder = POSTGRES.folder().display();
        let url = format!("postgres://postgres@localhost/{}?host={folder}", self.name);
        let environment = [
            ("DATABASE_URL", url.as_str()),
            ("DEVICE_GRANT_CODE_KEY", CODE_KEY),
        ];
        Server::start(PROGRAM, &[&["--demo"], options].concat(), &environment)
    }

    fn run(&self, statement: &str) {
        self.within(async |connection| {
            let statement = sqlx::raw_sql(AssertSqlSafe(statement));
            statement.execute(connection).await.unwrap();
        });
    }

    /// Every row of every table as text.
    fn dump(&self) -> String {
        self.within(async |connection| {
            let tables = "SELECT tablename::text FROM pg_tables WHERE schemaname = 'public'";
            let tables: Vec<String> = sqlx::query_scalar(tables)
                .fetch_all(&mut *connection)
                .await
                .unwrap();
            let mut dump = String::new();
            for table in tables {
                let rows = AssertSqlSafe(format!("SELECT t::text FROM {table} AS t"));
                let rows: Vec<String> = sqlx::query_scalar(rows)
                    .fetch_all(&mut *connection)
                    .await
                    .unwrap();
                dump += &format!("{table}: {rows:?}\n");
            }
            dump
        })
    }

    fn within<T>(&self, work: impl AsyncFnOnce(&mut PgConnection) -> T) -> T {
        let options = PgConnectOptions::new_without_pgpass()
            .socket(POSTGRES.folder())
            .username("postgres")
            .database(&self.name);
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        runtime.block_on(async {
            let mut connection = options.connect().await.unwrap();
            let result = work(&mut connection).await;
            connection.close().await.unwrap();
            result
        })
    }
}

/// A device that has its codes.
struct Device {
    codes: Value,
}

impl Device {
    #[track_caller]
    fn start(server: &Server) -> Self {
        let endpoint = format!("{}/device_authorization", server.url);
        let answer = post(&endpoint, &[("client_id", "tv"), ("scope", SCOPE)]);
        assert_eq!(answer.status(), 200, "{}", answer.body());
        Self {
            codes: answer.json(),
        }
    }

    fn code(&self, name: &str) -> &str {
        self.codes[name].as_str().unwrap()
    }

    #[track_caller]
    fn poll(&self, server: &Server) -> Answer {
        let form = [
            ("grant_type", GRANT_TYPE),
            ("device_code", self.code("device_code")),
            ("client_id", "tv"),
        ];
        post(&format!("{}/token", server.url), &form)
    }

    /// Gets its tokens, with alice's help.
    #[track_caller]
    fn sign_in(server: &Server) -> Value {
        let device = Self::start(server);
        approve(server, &device);
        let tokens = device.poll(server);
        assert_eq!(tokens.status(), 200, "{}", tokens.body());
        tokens.json()
    }
}

#[track_caller]
fn approve(server: &Server, device: &Device) {
    let mut alice = Person::at(&server.url);
    alice.sign_in("alice", "alice");
    let review = alice.review(device.code("user_code"));
    assert_eq!(alice.decide(&review, "approve").status(), 200);
}

#[track_caller]
fn refresh(server: &Server, token: &str) -> Answer {
    let form = [
        ("grant_type", "refresh_token"),
        ("refresh_token", token),
        ("client_id", "tv"),
    ];
    post(&format!("{}/token", server.url), &form)
}

#[track_caller]
fn revoke(server: &Server, client: &str, token: &str) -> u16 {
    let form = [
        ("token", token),
        ("client_id", client),
        ("client_secret", "box-secret"),
    ];
    let form = if client == "box" {
        &form[..]
    } else {
        &form[..2]
    };
    post(&format!("{}/revoke", server.url), form).status()
}

fn user_info(server: &Server, tokens: &Value) -> Answer {
    let bearer = format!("Bearer {}", tokens["access_token"].as_str().unwrap());
    let url = format!("{}/userinfo", server.url);
    send("GET", &url, &[("authorization", &bearer)], "")
}

fn text<'a>(tokens: &'a Value, name: &str) -> &'a str {
    tokens[name].as_str().unwrap()
}

#[test]
fn a_device_gets_tokens_that_the_host_signed() {
    let database = Database::new();
    let server = database.node();
    let device = Device::start(&server);
    assert_eq!(
        device.poll(&server).json()["error"],
        "authorization_pending"
    );

    let mut alice = Person::at(&server.url);
    let page = alice.open("/activate");
    assert_eq!(
        (page.status(), page.header("location")),
        (303, Some("/login"))
    );
    alice.sign_in("alice", "alice");
    let review = alice.review(device.code("user_code"));
    assert!(
        review.body().contains("Example TV"),
        "its name is in the database"
    );
    assert!(review.body().contains("127.0.0.1"), "{}", review.body());
    assert_eq!(alice.decide(&review, "approve").status(), 200);

    let answer = device.poll(&server);
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    let tokens = answer.json();
    let keys = get(&format!("{}/jwks.json", server.url)).json();
    let (header, claims) = jwt::verified(text(&tokens, "access_token"), &keys);
    assert_eq!(header["typ"], "at+jwt");
    assert_eq!(
        (&claims["sub"], &claims["client_id"]),
        (&"alice".into(), &"tv".into())
    );
    assert_eq!(
        (&claims["iss"], &claims["scope"]),
        (&server.url.as_str().into(), &SCOPE.into())
    );
    let (_, claims) = jwt::verified(text(&tokens, "id_token"), &keys);
    assert_eq!(
        (&claims["sub"], &claims["aud"]),
        (&"alice".into(), &"tv".into())
    );
    assert_eq!(user_info(&server, &tokens).json()["sub"], "alice");
    assert_eq!(device.poll(&server).json()["error"], "invalid_grant");
}

#[test]
fn the_metadata_document_names_the_grant() {
    let database = Database::new();
    let server = database.node();
    let document = get(&format!(
        "{}/.well-known/oauth-authorization-server",
        server.url
    ))
    .json();
    assert_eq!(document["issuer"], server.url);
    let endpoint = format!("{}/device_authorization", server.url);
    assert_eq!(document["device_authorization_endpoint"], endpoint);
    let grants = &document["grant_types_supported"];
    assert_eq!(*grants, serde_json::json!(["refresh_token", GRANT_TYPE]));
}

#[test]
fn a_confidential_client_authenticates() {
    let database = Database::new();
    let server = database.node();
    let endpoint = format!("{}/device_authorization", server.url);
    let ask = |secret: &str| {
        let basic = format!(
            "Basic {}",
            Base64::encode_string(format!("box:{secret}").as_bytes())
        );
        let headers = [
            ("authorization", basic.as_str()),
            ("content-type", "application/x-www-form-urlencoded"),
        ];
        send("POST", &endpoint, &headers, &encode(&[("scope", "openid")]))
    };
    assert_eq!(ask("box-secret").status(), 200);
    assert_eq!(ask("wrong").json()["error"], "invalid_client");
    let nobody = post(&endpoint, &[("client_id", "box")]);
    assert_eq!(nobody.json()["error"], "invalid_client");
}

#[test]
fn a_refresh_token_rotates_and_ends_the_sign_in_when_it_comes_again() {
    let database = Database::new();
    let server = database.node();
    let first = Device::sign_in(&server);
    let second = refresh(&server, text(&first, "refresh_token")).json();
    assert_ne!(first["refresh_token"], second["refresh_token"]);
    assert_eq!(user_info(&server, &second).status(), 200);
    let again = refresh(&server, text(&first, "refresh_token"));
    assert_eq!(again.json()["error"], "invalid_grant");
    let newest = refresh(&server, text(&second, "refresh_token"));
    assert_eq!(newest.json()["error"], "invalid_grant");
    assert_eq!(user_info(&server, &second).status(), 401);
}

#[test]
fn racing_refreshes_are_not_both_served() {
    let database = Database::new();
    let server = database.node();
    let tokens = Device::sign_in(&server);
    let served = thread::scope(|scope| {
        let racers: Vec<_> = std::iter::repeat_with(|| {
            scope.spawn(|| refresh(&server, text(&tokens, "refresh_token")).status())
        })
        .take(8)
        .collect();
        let statuses = racers.into_iter().map(|racer| racer.join().unwrap());
        statuses.filter(|status| *status == 200).count()
    });
    assert!(served <= 1, "{served} were served");
}

#[test]
fn a_revoked_token_takes_its_sign_in_along() {
    let database = Database::new();
    let server = database.node();
    for kind in ["refresh_token", "access_token"] {
        let tokens = Device::sign_in(&server);
        assert_eq!(revoke(&server, "box", text(&tokens, kind)), 200);
        assert_eq!(
            user_info(&server, &tokens).status(),
            200,
            "it is not the box's"
        );
        assert_eq!(revoke(&server, "tv", text(&tokens, kind)), 200);
        assert_eq!(user_info(&server, &tokens).status(), 401);
        let after = refresh(&server, text(&tokens, "refresh_token"));
        assert_eq!(after.json()["error"], "invalid_grant");
    }
}

#[test]
fn a_pending_device_code_can_be_revoked() {
    let database = Database::new();
    let server = database.node();
    let device = Device::start(&server);
    assert_eq!(revoke(&server, "tv", device.code("device_code")), 200);
    assert_eq!(device.poll(&server).json()["error"], "access_denied");
}

#[test]
fn a_user_who_was_locked_after_the_approval_gets_no_tokens() {
    let database = Database::new();
    let server = database.node();
    let device = Device::start(&server);
    approve(&server, &device);
    database.run("UPDATE users SET is_locked = true WHERE name = 'alice'");
    assert_eq!(device.poll(&server).json()["error"], "access_denied");
    let mut alice = Person::at(&server.url);
    let refused = alice.submit("/login", &[("username", "alice"), ("password", "alice")]);
    assert_eq!(refused.status(), 401);
}

#[test]
fn a_flow_goes_on_at_another_node_and_after_a_restart() {
    let database = Database::new();
    let node = || database.node_with(&["--public-url", ORIGIN]);
    let (one, other) = (node(), node());
    let device = Device::start(&one);
    drop(one);
    let mut alice = Person::behind(&other.url, ORIGIN);
    alice.sign_in("alice", "alice");
    let review = alice.review(device.code("user_code"));
    // Her session, her review and the signing key are in the database.
    let again = node();
    let mut alice = alice.moved_to(&again.url);
    assert_eq!(alice.decide(&review, "approve").status(), 200);
    let tokens = device.poll(&again).json();
    let keys = get(&format!("{}/jwks.json", other.url)).json();
    let (_, claims) = jwt::verified(text(&tokens, "access_token"), &keys);
    assert_eq!(claims["sub"], "alice");
}

#[test]
fn behind_https_the_session_is_bound_to_the_host() {
    let database = Database::new();
    let server = database.node_with(&["--public-url", ORIGIN]);
    let mut alice = Person::behind(&server.url, ORIGIN);
    let login = alice.submit("/login", &[("username", "alice"), ("password", "alice")]);
    let cookies: Vec<&str> = login.cookies().collect();
    let [cookie] = cookies[..] else {
        panic!("{cookies:?}");
    };
    assert!(cookie.starts_with("__Host-session="), "{cookie}");
    let attributes: Vec<&str> = cookie.split("; ").skip(1).collect();
    assert_eq!(attributes, ["Path=/", "HttpOnly", "SameSite=Lax", "Secure"]);
    let device = Device::start(&server);
    assert_eq!(
        device.code("verification_uri"),
        "https://id.example/activate"
    );
    let review = alice.review(device.code("user_code"));
    assert_eq!(alice.decide(&review, "approve").status(), 200);
    assert_eq!(device.poll(&server).status(), 200);
}

#[test]
fn who_does_not_know_the_password_is_not_signed_in() {
    let database = Database::new();
    let server = database.node();
    let mut mallory = Person::at(&server.url);
    for (user, password) in [("alice", "bob"), ("nobody", "nobody"), ("alice", "")] {
        let answer = mallory.submit("/login", &[("username", user), ("password", password)]);
        assert_eq!(answer.status(), 401);
        assert_eq!(answer.cookies().count(), 0);
    }
    let form = encode(&[("username", "alice"), ("password", "alice")]);
    let headers = [
        ("content-type", "application/x-www-form-urlencoded"),
        ("sec-fetch-site", "cross-site"),
    ];
    let elsewhere = send("POST", &format!("{}/login", server.url), &headers, &form);
    assert_eq!(elsewhere.status(), 403);
}

#[test]
fn no_secret_can_be_read_in_the_database() {
    let database = Database::new();
    let server = database.node();
    let pending = Device::start(&server);
    let device = Device::start(&server);
    let mut alice = Person::at(&server.url);
    alice.sign_in("alice", "alice");
    let review = alice.review(device.code("user_code"));
    alice.decide(&review, "approve");
    let tokens = device.poll(&server).json();
    let dump = database.dump();
    assert!(dump.contains("$argon2id$"), "{dump}");
    let mut secrets = vec![
        text(&tokens, "refresh_token"),
        text(&tokens, "access_token"),
        "box-secret",
    ];
    for device in [&pending, &device] {
        secrets.extend([device.code("device_code"), device.code("user_code")]);
    }
    secrets.extend(alice.cookie("session"));
    assert_eq!(secrets.len(), 8);
    for secret in secrets {
        let plain = secret.replace('-', "");
        // As the database shows bytes.
        let bytes =
            |text: &str| -> String { text.bytes().map(|byte| format!("{byte:02x}")).collect() };
        for trace in [secret.to_owned(), bytes(secret), bytes(&plain), plain] {
            assert!(!dump.contains(&trace), "{secret} is in\n{dump}");
        }
    }
}

#[test]
fn the_hosts_own_answers_are_its_own() {
    let database = Database::new();
    let server = database.node();
    let token = format!("{}/token", server.url);
    for (form, status, error) in [
        (
            &[("grant_type", "password"), ("client_id", "tv")][..],
            400,
            "unsupported_grant_type",
        ),
        (
            &[("grant_type", "refresh_token"), ("client_id", "tv")],
            400,
            "invalid_request",
        ),
        (
            &[("grant_type", "refresh_token"), ("client_id", "box")],
            401,
            "invalid_client",
        ),
        (&[], 400, "invalid_request"),
    ] {
        let answer = post(&token, form);
        assert_eq!(answer.status(), status, "{form:?}");
        assert_eq!(answer.body(), format!(r#"{{"error":"{error}"}}"#));
    }
}

fn start(options: &[&str]) -> Server {
    Database::new().node_with(options)
}

#[test]
fn what_nobody_answers_is_the_hosts_not_found() {
    frameworks::what_nobody_answers_is_the_hosts_not_found(start);
}

#[test]
fn another_method_is_refused() {
    frameworks::another_method_is_refused(start);
}

#[test]
fn a_body_over_the_limit_is_refused() {
    frameworks::a_body_over_the_limit_is_refused(start);
}

#[test]
fn a_slow_body_is_cut_off() {
    let server = start(&[]);
    let begun = format!("{}client_id=", head("/token", "content-length: 30"));
    let answer = exchange(&server.url, begun.as_bytes());
    assert!(answer.starts_with("HTTP/1.1 408 "), "{answer:?}");
}
