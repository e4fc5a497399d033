//! Each place that the layer can have in an axum app: what requests meet there, and what the check at start-up says.

use axum::Router;
use axum::body::Body;
use axum::routing::post;
use tower_layer::Layer;

use super::layer::{layer, request, send};
use super::{GRANT_TYPE, Server, error, json, registry};
use crate::device_grants::Problem;
use crate::http::{DeviceGrantLayer, Endpoint, Endpoints};

const START: &str = "client_id=tv&scope=openid";

fn device_grant() -> DeviceGrantLayer {
    layer(endpoints())
}

fn endpoints() -> Endpoints {
    Server::new().endpoints
}

fn routes() -> Router {
    Router::new().route("/token", post(|| async { "the other grants" }))
}

fn with_fallback(app: Router) -> Router {
    app.fallback(|| async { "nothing here" })
}

/// The problems that the check finds; empty if all is well.
async fn problems(layer: &DeviceGrantLayer, app: &Router) -> Vec<String> {
    match layer.check::<Body, _>(app.clone()).await {
        Ok(()) => Vec::new(),
        Err(misplaced) => misplaced
            .problems()
            .iter()
            .map(Problem::to_string)
            .collect(),
    }
}

/// Returns whether the app issues codes at this path.
async fn issues_codes(app: &Router, path: &str) -> bool {
    let answer = send(app.clone(), request("POST", path, START)).await;
    answer.status() == 200 && answer.body().starts_with(b"{")
}

/// Returns whether the app's token endpoint takes device codes, and leaves other grants to the host.
async fn takes_device_codes(app: &Router, path: &str) -> bool {
    let other = request("POST", path, "grant_type=refresh_token");
    assert_eq!(send(app.clone(), other).await.body(), "the other grants");
    let poll = format!("{GRANT_TYPE}&client_id=tv&device_code=unknown");
    let answer = send(app.clone(), request("POST", path, poll)).await;
    answer.status() == 400 && error(&answer).1 == "invalid_grant"
}

#[tokio::test]
async fn after_the_last_route_and_the_fallback_it_is_the_whole_grant() {
    for app in [routes(), with_fallback(routes())] {
        let layer = device_grant();
        let app = app.layer(layer.clone());
        assert!(issues_codes(&app, "/device_authorization").await);
        assert!(takes_device_codes(&app, "/token").await);
        assert_eq!(problems(&layer, &app).await, [""; 0]);
    }
}

#[tokio::test]
async fn a_route_that_comes_later_is_not_reached() {
    let layer = device_grant();
    let late = post(|| async { "the other grants" });
    let app = Router::new().layer(layer.clone()).route("/token", late);
    assert!(issues_codes(&app, "/device_authorization").await);
    assert!(!takes_device_codes(&app, "/token").await);
    let problems = problems(&layer, &app).await;
    assert_eq!(problems.len(), 1, "{problems:?}");
    assert!(problems[0].contains("POST /token"));
}

#[tokio::test]
async fn a_route_layer_is_on_the_routes_alone() {
    let layer = device_grant();
    for app in [
        routes().route_layer(layer.clone()),
        Router::new().route(
            "/token",
            post(|| async { "the other grants" }).layer(layer.clone()),
        ),
    ] {
        assert!(takes_device_codes(&app, "/token").await);
        assert!(!issues_codes(&app, "/device_authorization").await);
        let problems = problems(&layer, &app).await;
        assert_eq!(problems.len(), 1, "{problems:?}");
        assert!(problems[0].contains("POST /device_authorization"));
    }
}

#[tokio::test]
async fn merged_into_an_app_with_a_fallback_it_is_on_its_routes_alone() {
    let layer = device_grant();
    let app = with_fallback(Router::new()).merge(routes().layer(layer.clone()));
    assert!(takes_device_codes(&app, "/token").await);
    assert!(!issues_codes(&app, "/device_authorization").await);
    let problems = problems(&layer, &app).await;
    assert!(problems[0].contains("POST /device_authorization"));
}

#[tokio::test]
async fn merged_without_a_fallback_it_depends_on_which_router_is_merged_into_which() {
    let layer = device_grant();
    let layered = || routes().layer(layer.clone());
    let other = || Router::new().route("/", post(|| async {}));
    let app = other().merge(layered());
    assert!(issues_codes(&app, "/device_authorization").await);
    assert_eq!(problems(&layer, &app).await, [""; 0]);
    let app = layered().merge(other());
    assert!(!issues_codes(&app, "/device_authorization").await);
    assert_eq!(problems(&layer, &app).await.len(), 1);
}

#[tokio::test]
async fn nested_it_is_on_its_routes_alone() {
    let layer = device_grant();
    let app = Router::new().nest("/oauth", routes().layer(layer.clone()));
    assert!(takes_device_codes(&app, "/oauth/token").await);
    assert!(!issues_codes(&app, "/oauth/device_authorization").await);
    assert_eq!(problems(&layer, &app).await.len(), 2);
}

/// As the documentation has it.
fn as_routes(layer: DeviceGrantLayer) -> Router {
    let service = layer.layer(Router::new());
    Router::new()
        .route("/token", post(|| async { "the other grants" }).layer(layer))
        .route_service("/device_authorization", service)
}

#[tokio::test]
async fn as_routes_it_is_the_whole_grant_wherever_they_are_merged() {
    let layer = device_grant();
    for app in [
        with_fallback(Router::new()).merge(as_routes(layer.clone())),
        as_routes(layer.clone()).merge(with_fallback(Router::new())),
    ] {
        assert!(issues_codes(&app, "/device_authorization").await);
        assert!(takes_device_codes(&app, "/token").await);
        assert_eq!(problems(&layer, &app).await, [""; 0]);
    }
}

#[tokio::test]
async fn as_routes_it_is_the_whole_grant_where_they_are_nested() {
    let layer = device_grant();
    let routes = as_routes(layer.clone());
    assert_eq!(problems(&layer, &routes).await, [""; 0]);
    let app = with_fallback(Router::new()).nest("/oauth", routes);
    assert!(issues_codes(&app, "/oauth/device_authorization").await);
    assert!(takes_device_codes(&app, "/oauth/token").await);
}

#[tokio::test]
async fn of_two_layers_on_one_path_the_outer_one_answers_and_both_checks_tell() {
    let [inner, outer] = [device_grant(), device_grant()];
    let app = routes().layer(inner.clone()).layer(outer.clone());
    for layer in [&inner, &outer] {
        let problems = problems(layer, &app).await;
        assert_eq!(problems.len(), 2, "{problems:?}");
        assert!(problems[1].contains("POST /token"));
    }
    let app = routes().layer(inner.clone());
    assert_eq!(problems(&outer, &app).await.len(), 2);
}

#[tokio::test]
async fn a_layer_that_was_added_twice_is_told() {
    let layer = device_grant();
    let app = routes().route_layer(layer.clone()).layer(layer.clone());
    assert!(takes_device_codes(&app, "/token").await);
    let problems = problems(&layer, &app).await;
    assert_eq!(problems.len(), 1);
    assert!(problems[0].contains("POST /token 2 times"), "{problems:?}");
}

#[tokio::test]
async fn two_layers_with_paths_of_their_own_are_none_of_each_others_business() {
    let at = |prefix: &str| {
        let path = |name: &str| [format!("{prefix}{name}")];
        layer(
            endpoints()
                .paths(Endpoint::DeviceAuthorization, path("/device_authorization"))
                .paths(Endpoint::Token, path("/token")),
        )
    };
    let [one, other] = [at("/one"), at("/other")];
    let app = Router::new().layer(one.clone()).layer(other.clone());
    for (layer, path) in [(&one, "/one"), (&other, "/other")] {
        assert!(issues_codes(&app, &format!("{path}/device_authorization")).await);
        assert_eq!(problems(layer, &app).await, [""; 0]);
    }
}

#[tokio::test]
async fn the_check_asks_for_revocation_and_for_the_document_where_they_are_answered() {
    let server = Server::new();
    let metadata = server.endpoints.server_metadata().unwrap();
    let layer = layer(server.endpoints.serve_metadata(metadata));
    let app = routes();
    let problems = problems(&layer, &app).await;
    assert!(
        problems.iter().any(|it| it.contains("GET /.well-known/")),
        "{problems:?}"
    );
}

#[tokio::test]
async fn the_check_issues_nothing_and_charges_nothing() {
    let server = Server::with(registry());
    let layer = layer(server.endpoints.clone());
    let app = routes().layer(layer.clone());
    assert_eq!(problems(&layer, &app).await, [""; 0]);
    assert_eq!(server.events(), [""; 0]);
    let start = send(app, request("POST", "/device_authorization", START)).await;
    assert!(json(&start)["device_code"].is_string());
}
