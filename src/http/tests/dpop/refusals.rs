//! Proofs that are refused.

use serde_json::{Value, json};

use super::super::prover::{Prover, base64, claims, encoded, proven};
use super::super::{Server, error, form, json as body};
use super::{START, TOKEN, invalid, poll, server, start, wants_nonce};
use crate::http::Dpop;

/// Proofs that a right key signed, each wrong in one thing.
fn signed_wrong(server: &Server, prover: &Prover) -> Vec<String> {
    let claims = claims(server, START, "1");
    let mut wrong = Vec::new();
    for (name, value) in [
        ("typ", json!("JWT")),
        ("typ", Value::Null),
        ("alg", json!("none")),
        ("alg", json!("HS256")),
        ("alg", json!("RS256")),
        ("alg", json!("es256")),
        ("alg", json!("ES384")),
        ("alg", json!("EdDSA")),
        ("crit", json!(["exp"])),
        ("jwk", Value::Null),
        ("jwk", json!({ "kty": "oct", "k": "AAAA" })),
        (
            "jwk",
            json!({ "kty": "RSA", "n": base64(&[255; 128]), "e": "AQAB" }),
        ),
    ] {
        let mut header = prover.header();
        header[name] = value;
        wrong.push(prover.sign(&header, &claims));
    }
    for (name, value) in [
        ("d", json!("AAAA")),
        ("d", Value::Null),
        ("k", json!("AAAA")),
        ("x", json!("AAAA")),
        ("x", json!(base64(&[0; 32]))),
        ("y", Value::Null),
        ("crv", json!("P-384")),
        ("crv", json!("secp256k1")),
        ("kty", json!("OKP")),
    ] {
        let mut header = prover.header();
        header["jwk"][name] = value;
        wrong.push(prover.sign(&header, &claims));
    }
    for (name, value) in [
        ("htm", json!("GET")),
        ("htm", json!("post")),
        ("htu", json!("https://id.example/token")),
        ("jti", json!("")),
        ("jti", json!(1)),
        ("jti", Value::Null),
        ("iat", json!("1800000000")),
        ("iat", Value::Null),
        ("nonce", json!(1)),
    ] {
        wrong.push(prover.proof_with(server, START, json!({ name: value })));
    }
    wrong
}

#[tokio::test]
async fn a_wrong_proof_is_refused_and_leaves_nothing_behind() {
    let (server, _) = server(Dpop::new());
    let prover = Prover::p256(7);
    let right = prover.proof(&server, START, "1");
    let (signed, signature) = right.rsplit_once('.').unwrap();
    let others = Prover::p256(8).proof(&server, START, "1");
    let others = others.rsplit_once('.').unwrap().1;
    let unsigned = json!({ "typ": "dpop+jwt", "alg": "none", "jwk": prover.jwk() });
    let unsigned = encoded(&unsigned) + "." + &encoded(&claims(&server, START, "1")) + ".";
    let huge = prover.proof_with(&server, START, json!({ "jti": "x".repeat(8 * 1024) }));
    let mut wrong = signed_wrong(&server, &prover);
    wrong.extend([
        String::new(),
        ".".to_owned(),
        "..".to_owned(),
        "a.b.c".to_owned(),
        signed.to_owned(),
        format!("{signed}."),
        format!("{signed}.{others}"),
        format!("{signed}.{signature}="),
        format!("{signed}.{}", signature.get(..43).unwrap()),
        format!("{right}.{signature}"),
        format!("{right},{right}"),
        format!("DPoP {right}"),
        unsigned,
        huge,
    ]);
    for proof in wrong {
        let answer = start(&server, &proof).await;
        assert_eq!(error(&answer), invalid(), "{proof}");
        assert!(answer.headers().contains_key("dpop-nonce"));
    }
    // So it was none of them that used it up.
    assert_eq!(start(&server, &right).await.status(), 200);
}

#[tokio::test]
async fn a_small_order_key_of_ed25519_proves_nothing() {
    let (server, _) = server(Dpop::new());
    // Of the neutral element any text has this signature, unless the verification is strict.
    let mut neutral = [0; 32];
    neutral[0] = 1;
    let jwk = json!({ "kty": "OKP", "crv": "Ed25519", "x": base64(&neutral) });
    let header = json!({ "typ": "dpop+jwt", "alg": "EdDSA", "jwk": jwk });
    let signed = encoded(&header) + "." + &encoded(&claims(&server, START, "1"));
    let signature = [neutral, [0; 32]].concat();
    let proof = format!("{signed}.{}", base64(&signature));
    assert_eq!(error(&start(&server, &proof).await), invalid());
}

#[tokio::test]
async fn a_proof_of_8_kib_is_read_and_a_longer_one_is_not() {
    const LONGEST: usize = 8 * 1024;
    let (server, _) = server(Dpop::new());
    for (length, expected) in [
        (
            LONGEST,
            "the DPoP proof is no JWT with jwk, jti, htm, htu and iat",
        ),
        (LONGEST + 1, "the DPoP proof is too long"),
    ] {
        let refused = start(&server, &"x".repeat(length)).await;
        assert_eq!(body(&refused)["error_description"], expected, "{length}");
    }
}

#[tokio::test]
async fn two_dpop_headers_are_refused() {
    let (server, _) = server(Dpop::new());
    let prover = Prover::p256(7);
    let first = prover.proof(&server, START, "1");
    let request = proven(form("client_id=tv&scope=openid"), START, &first);
    let request = proven(request, START, &prover.proof(&server, START, "2"));
    let answer = server.endpoints.device_authorization(request).await;
    assert_eq!(error(&answer), invalid());
}

#[tokio::test]
async fn a_wrong_proof_is_no_poll() {
    let (server, _) = server(Dpop::new());
    let prover = Prover::p256(7);
    let codes = body(&start(&server, &prover.proof(&server, START, "1")).await);
    let code = codes["device_code"].as_str().unwrap();
    for _ in 0..5 {
        let replayed = prover.proof(&server, START, "1");
        assert_eq!(error(&poll(&server, code, &replayed).await), invalid());
    }
    let answer = poll(&server, code, &prover.proof(&server, TOKEN, "2")).await;
    assert_eq!(error(&answer).1, "authorization_pending");
}

#[tokio::test]
async fn the_example_of_rfc_9449_section_5_is_read() {
    // Its signature is right, so that what is refused is its age and where it is for.
    let proof = "eyJ0eXAiOiJkcG9wK2p3dCIsImFsZyI6IkVTMjU2IiwiandrIjp7Imt0eSI6Ik\
        VDIiwieCI6Imw4dEZyaHgtMzR0VjNoUklDUkRZOXpDa0RscEJoRjQyVVFVZldWQVdCR\
        nMiLCJ5IjoiOVZFNGpmX09rX282NHpiVFRsY3VOSmFqSG10NnY5VERWclUwQ2R2R1JE\
        QSIsImNydiI6IlAtMjU2In19.eyJqdGkiOiItQndDM0VTYzZhY2MybFRjIiwiaHRtIj\
        oiUE9TVCIsImh0dSI6Imh0dHBzOi8vc2VydmVyLmV4YW1wbGUuY29tL3Rva2VuIiwia\
        WF0IjoxNTYyMjYyNjE2fQ.2-GxA6T8lP4vfrg8v-FdWP0A0zdrj8igiMLvqRMUvwnQg\
        4PtFLbdLXiOSsX0x7NVY-FNyJK70nfbV37xRZT3Lg";
    let dpop = Dpop::new()
        .public_url("https://server.example.com")
        .unwrap();
    let (server, _) = server(dpop);
    let answer = poll(&server, "x", proof).await;
    assert_eq!(error(&answer), wants_nonce());
}
