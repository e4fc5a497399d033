//! Commands of operators and support staff to a server that runs, on a socket of its own: whoever may write to the file may
//! give them all.

use std::collections::HashMap;
use std::error::Error;
use std::fs::{self, DirBuilder};
use std::io::{self, ErrorKind};
use std::os::unix::fs::{DirBuilderExt, FileTypeExt, PermissionsExt};
use std::path::Path;
use std::str::FromStr;
use std::time::Duration;

use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{FromRequest, Query, Request, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use device_grant::code::CodeKeys;
use device_grant::device_grants::{ListedGrant, Revocations};
use device_grant::grant::Timestamp;
use device_grant::host::{GrantsOf, Quota};
use device_grant::{BuildError, DeviceGrants, Fault, InvalidValue, Limits};
use serde_json::{Value, json};
use tokio::net::UnixListener;

use super::clients::Clients;
use super::random;

/// The time that clients are told to wait while the service is suspended, unless the operator says so.
const RETRY_AFTER: Duration = Duration::from_secs(60);

type Fields = HashMap<String, String>;

/// The fields of a form that was posted. `curl -X POST` alone sends neither a body nor its type: then there are none.
struct Posted(Fields);

impl<S: Send + Sync> FromRequest<S> for Posted {
    type Rejection = BytesRejection;

    async fn from_request(request: Request, state: &S) -> Result<Self, BytesRejection> {
        let body = Bytes::from_request(request, state).await?;
        Ok(Self(form_urlencoded::parse(&body).into_owned().collect()))
    }
}

#[derive(Clone)]
pub(crate) struct Admin {
    pub(crate) grants: DeviceGrants,
    pub(crate) clients: Clients,
}

/// Listens at a file that nobody but its owner may use.
pub(crate) fn bind(path: &Path) -> Result<UnixListener, Box<dyn Error>> {
    let unusable = |error| format!("cannot listen on {}: {error}", path.display());
    // A process that was killed has left it behind. Whatever else has this name stays.
    match fs::symlink_metadata(path) {
        Ok(old) if old.file_type().is_socket() => fs::remove_file(path).map_err(unusable)?,
        Ok(_) => return Err(unusable(ErrorKind::AlreadyExists.into()).into()),
        Err(_) => {}
    }
    // Made in a folder that nobody else may enter: a socket has the rights of the umask until they are changed.
    let folder = path.with_extension(random::identifier().get(..8).unwrap_or("new"));
    let created = DirBuilder::new().mode(0o700).create(&folder);
    created.map_err(unusable)?;
    let bound = bind_in(&folder, path).map_err(unusable);
    fs::remove_dir_all(&folder).map_err(unusable)?;
    Ok(bound?)
}

fn bind_in(folder: &Path, path: &Path) -> io::Result<UnixListener> {
    let inside = folder.join("s");
    let listener = UnixListener::bind(&inside)?;
    fs::set_permissions(&inside, fs::Permissions::from_mode(0o600))?;
    fs::rename(&inside, path)?;
    Ok(listener)
}

impl Admin {
    /// Serves until it is dropped.
    pub(crate) async fn run(self, listener: UnixListener) {
        let app = Router::new()
            .route("/suspend", post(suspend))
            .route("/resume", post(resume))
            .route("/settings", post(settings))
            .route("/keys", post(keys))
            .route("/clients/block", post(block))
            .route("/clients/unblock", post(unblock))
            .route("/users/revoke", post(revoke))
            .route("/users/erase", post(erase))
            .route("/grants", get(grants))
            .route("/check", post(check))
            .route("/purge", post(purge))
            .with_state(self);
        _ = axum::serve(listener, app).await;
    }
}

/// The answer to an operator: one line.
enum Failed {
    Field(String),
    Settings(BuildError),
    Fault(Fault),
}

type Done = Result<Json<Value>, Failed>;

impl IntoResponse for Failed {
    fn into_response(self) -> Response {
        let (status, said) = match self {
            Self::Field(said) => (StatusCode::BAD_REQUEST, said),
            Self::Settings(error) => (StatusCode::BAD_REQUEST, error.to_string()),
            Self::Fault(fault) => (StatusCode::SERVICE_UNAVAILABLE, fault.to_string()),
        };
        (status, format!("{said}\n")).into_response()
    }
}

impl From<BuildError> for Failed {
    fn from(error: BuildError) -> Self {
        Self::Settings(error)
    }
}

impl From<Fault> for Failed {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}

impl From<InvalidValue> for Failed {
    fn from(error: InvalidValue) -> Self {
        Self::Field(error.to_string())
    }
}

fn required<'a>(fields: &'a Fields, name: &str) -> Result<&'a str, Failed> {
    let field = fields.get(name).filter(|value| !value.is_empty());
    field
        .map(String::as_str)
        .ok_or_else(|| Failed::Field(format!("{name} is missing")))
}

fn number<N: FromStr>(fields: &Fields, name: &str) -> Result<Option<N>, Failed> {
    let read = |value: &String| {
        let number = value.parse();
        number.map_err(|_| Failed::Field(format!("{name} is no number")))
    };
    fields.get(name).map(read).transpose()
}

fn seconds(fields: &Fields, name: &str) -> Result<Option<Duration>, Failed> {
    Ok(number(fields, name)?.map(Duration::from_secs))
}

/// `POST /suspend`, with `retry_after` in seconds: no codes, no approvals, no tokens.
async fn suspend(State(admin): State<Admin>, Posted(fields): Posted) -> Done {
    let retry_after = seconds(&fields, "retry_after")?;
    admin.grants.suspend(retry_after.unwrap_or(RETRY_AFTER));
    Ok(Json(json!({})))
}

/// `POST /resume`.
async fn resume(State(admin): State<Admin>) -> Done {
    admin.grants.resume();
    Ok(Json(json!({})))
}

/// `POST /settings`, with `lifetime` and `interval` in seconds, and `authorizations_per_minute` for each address.
async fn settings(State(admin): State<Admin>, Posted(fields): Posted) -> Done {
    let (lifetime, interval) = (seconds(&fields, "lifetime")?, seconds(&fields, "interval")?);
    let limits = number(&fields, "authorizations_per_minute")?.map(|units| {
        let quota = Quota::new(units, Duration::from_secs(60));
        Limits::default().authorizations_per_source(quota)
    });
    admin.grants.reconfigure(|mut builder| {
        if let Some(lifetime) = lifetime {
            builder = builder.lifetime(lifetime);
        }
        if let Some(interval) = interval {
            builder = builder.polling_interval(interval);
        }
        if let Some(limits) = limits {
            builder = builder.limits(limits);
        }
        builder
    })?;
    Ok(Json(json!({})))
}

/// `POST /keys`, with the keys of user codes, the newest last.
async fn keys(State(admin): State<Admin>, keys: String) -> Done {
    let keys = CodeKeys::parse(&keys)?;
    admin
        .grants
        .reconfigure(|builder| builder.keys(keys.clone()))?;
    // Answers at once whether the other nodes have the new key as well.
    check(State(admin)).await
}

/// `POST /check`: what is wrong with this node, a line each.
async fn check(State(admin): State<Admin>) -> Done {
    let findings = admin.grants.check().await;
    let findings: Vec<_> = findings.iter().map(ToString::to_string).collect();
    Ok(Json(json!({ "findings": findings })))
}

/// `POST /purge`: forgets all that is past its retention now.
async fn purge(State(admin): State<Admin>) -> Done {
    let grants = admin.grants.purge_all().await?;
    Ok(Json(json!({ "grants": grants })))
}

/// `POST /clients/block`, with `client_id`: it gets no codes and no tokens any more, and its grants end.
async fn block(State(admin): State<Admin>, Posted(fields): Posted) -> Done {
    let id = required(&fields, "client_id")?;
    // First, so that no grant is approved or redeemed while the others are being ended.
    admin.clients.block(id);
    let of = GrantsOf::Client(id.into());
    let revoked = admin.grants.revoke_where_as_administrator(&of).await?;
    Ok(Json(counts(revoked)))
}

/// `POST /clients/unblock`, with `client_id`.
async fn unblock(State(admin): State<Admin>, Posted(fields): Posted) -> Done {
    admin.clients.unblock(required(&fields, "client_id")?);
    Ok(Json(json!({})))
}

/// `POST /users/revoke`, with `subject`: all devices of an account are signed out.
async fn revoke(State(admin): State<Admin>, Posted(fields): Posted) -> Done {
    let of = GrantsOf::Subject(required(&fields, "subject")?.into());
    let revoked = admin.grants.revoke_where_as_administrator(&of).await?;
    Ok(Json(counts(revoked)))
}

/// `POST /users/erase`, with `subject`.
async fn erase(State(admin): State<Admin>, Posted(fields): Posted) -> Done {
    let subject = required(&fields, "subject")?.into();
    let erased = admin.grants.erase_as_administrator(&subject).await?;
    Ok(Json(counts(erased)))
}

/// `GET /grants`, with the `id` of a grant or the `user_code` that its device shows.
async fn grants(State(admin): State<Admin>, Query(fields): Query<Fields>) -> Done {
    let found = match fields.get("id") {
        Some(id) => {
            let found = admin.grants.find_as_administrator(&id.parse()?).await?;
            found.into_iter().collect()
        }
        None => {
            let typed = required(&fields, "user_code")?;
            admin
                .grants
                .find_by_user_code_as_administrator(typed)
                .await?
        }
    };
    Ok(Json(found.iter().map(described).collect()))
}

fn counts(revoked: Revocations) -> Value {
    json!({
        "before_redemption": revoked.before_redemption,
        "tokens_ended": revoked.tokens_ended,
        "tokens_live_on": revoked.tokens_live_on,
    })
}

fn described(grant: &ListedGrant) -> Value {
    let time = |at: Timestamp| at.to_string();
    let approval = grant.granted.as_ref().map(|granted| {
        json!({
            "subject": granted.subject().as_str(),
            "at": time(granted.at),
            "ip": granted.ip,
            "acr": granted.acr,
            "amr": granted.amr,
            "auth_time": granted.auth_time.map(time),
            "scope": granted.access.scope.as_str(),
        })
    });
    json!({
        "id": grant.id.to_string(),
        "client_id": grant.client_id.as_str(),
        "standing": format!("{:?}", grant.standing).to_lowercase(),
        "since": grant.since.map(time),
        "issued_at": time(grant.issued_at),
        "expires_at": time(grant.expires_at),
        "device": { "ip": grant.origin.ip, "label": grant.origin.device_label() },
        "requested": grant.requested.as_str(),
        "approval": approval,
    })
}
