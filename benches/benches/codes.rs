//! Reading the codes, and what is worked out from them on every request.

use std::hint::black_box;
use std::time::Duration;

use criterion::{Criterion, criterion_group, criterion_main};
use device_grant::DeviceGrants;
use device_grant::DeviceTokenRequest;
use device_grant::code::{GrantId, UserCodeFormat};
use device_grant::host::{Redemption, issuer_fn};
use device_grant::message::TokenResponse;
use device_grant_benches::timing::repeated;

const DEVICE_CODE: &str = "mfrggzdfmztwq2lknnwg23tpobyxe43uov3ho6dzpiydcmrtgq2q";
const ISSUER: &str = "https://id.example";

fn device_codes(criterion: &mut Criterion) {
    criterion.bench_function("name a grant", |bencher| {
        bencher.iter_custom(|iterations| {
            repeated(iterations, || {
                GrantId::of(ISSUER, "tv", black_box(DEVICE_CODE)).expect("a device code")
            })
        });
    });
    criterion.bench_function("read a device access token request", |bencher| {
        bencher.iter_custom(|iterations| {
            repeated(iterations, || {
                let grant_type = ("grant_type", DeviceTokenRequest::GRANT_TYPE);
                let code = ("device_code", black_box(DEVICE_CODE));
                DeviceTokenRequest::from_pairs([grant_type, code, ("client_id", "tv")])
                    .expect("a request")
            })
        });
    });
}

fn user_codes(criterion: &mut Criterion) {
    let base20 = reading(UserCodeFormat::base20());
    let crockford = reading(UserCodeFormat::crockford().with_check_character());
    let checked = "0000-0000-0";
    for (name, grants, typed) in [
        ("read a user code", &base20, "wdjb-mjht"),
        (
            "read a user code, full-width",
            &base20,
            "ＷＤＪＢ　ＭＪＨＴ",
        ),
        ("read a user code, checked", &crockford, checked),
    ] {
        criterion.bench_function(name, |bencher| {
            bencher.iter_custom(|iterations| {
                repeated(iterations, || {
                    grants
                        .check_user_code(black_box(typed))
                        .expect("a user code")
                })
            });
        });
    }
}

/// A service that reads codes of this format.
fn reading(format: UserCodeFormat) -> DeviceGrants {
    let issuer = issuer_fn(|_: Redemption| async {
        Ok(TokenResponse::bearer("token", Duration::from_secs(3_600)))
    });
    DeviceGrants::builder(ISSUER, issuer)
        .verification_uri(format!("{ISSUER}/activate"))
        .in_memory()
        .user_code_format(format)
        .build()
        .expect("the settings are sound")
}

criterion_group! {
    name = benches;
    config = Criterion::default()
        .sample_size(30)
        .warm_up_time(Duration::from_millis(300))
        .measurement_time(Duration::from_secs(1));
    targets = device_codes, user_codes
}
criterion_main!(benches);
