use serde_json::{Value, json};

use super::*;
use crate::message::{ErrorCode, Scope};

fn scope(text: &str) -> Scope {
    text.parse().unwrap()
}

fn wide() -> Access {
    let mut access = Access::new(scope("read write"));
    access.resources = vec![
        "https://a.example".to_owned(),
        "https://b.example".to_owned(),
    ];
    access.authorization_details = vec![json!({"type": "x"}), json!({"type": "y"})];
    access
}

#[test]
fn a_narrowing_takes_away_from_the_parts_that_it_names_alone() {
    let of_scope = Narrowing::new().with_scope(scope("write admin"));
    let narrowed = wide().narrow(&of_scope).unwrap();
    assert_eq!(narrowed.scope, scope("write"));
    assert_eq!(narrowed.resources, wide().resources);
    assert_eq!(narrowed.authorization_details, wide().authorization_details);

    let of_resources = Narrowing::new().with_resources(["https://b.example", "https://c.example"]);
    let narrowed = wide().narrow(&of_resources).unwrap();
    assert_eq!(narrowed.resources, ["https://b.example"]);
    assert_eq!(narrowed.scope, wide().scope);

    let of_details =
        Narrowing::new().with_authorization_details([json!({"type": "y"}), json!({"type": "z"})]);
    let narrowed = wide().narrow(&of_details).unwrap();
    assert_eq!(narrowed.authorization_details, [json!({"type": "y"})]);
    assert_eq!(narrowed.scope, wide().scope);
    assert_eq!(wide().narrow(&Narrowing::new()), Ok(wide()));
}

#[test]
fn a_narrowing_that_leaves_nothing_of_a_part_is_an_error_that_names_the_part() {
    let nothing: [Value; 0] = [];
    for (narrowing, error) in [
        (
            Narrowing::new().with_scope(scope("admin")),
            ErrorCode::InvalidScope,
        ),
        (
            Narrowing::new().with_resources(["https://c.example"]),
            ErrorCode::InvalidTarget,
        ),
        (
            Narrowing::new().with_authorization_details(nothing),
            ErrorCode::InvalidAuthorizationDetails,
        ),
    ] {
        assert_eq!(wide().narrow(&narrowing), Err(error));
        assert_eq!(Access::default().narrow(&narrowing), Ok(Access::default()));
    }
}

#[test]
fn what_is_named_in_place_of_a_part_may_be_more() {
    let more = Narrowing::new()
        .with_scope(scope("admin"))
        .with_resources(["https://c.example"])
        .with_authorization_details([json!({"type": "z"})]);
    let named = more.in_place_of(&wide());
    assert_eq!(named.scope, scope("admin"));
    assert_eq!(named.resources, ["https://c.example"]);
    assert_eq!(named.authorization_details, [json!({"type": "z"})]);
    assert_eq!(Narrowing::new().in_place_of(&wide()), wide());
}
