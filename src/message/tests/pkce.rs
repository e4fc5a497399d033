use crate::message::{PkceChallenge, PkceVerifier};

const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

#[test]
fn only_the_canonical_encoding_of_32_bytes_is_a_challenge() {
    assert!(PkceChallenge::parse(CHALLENGE).is_ok());
    let wrong = [
        String::new(),
        CHALLENGE[1..].to_owned(),
        format!("{CHALLENGE}A"),
        format!("{CHALLENGE}="),
        format!("{} ", &CHALLENGE[1..]),
        CHALLENGE.replace('-', "+"),
        CHALLENGE.replace('-', "."),
        // The last character carries four bits; these set the two that must be zero.
        CHALLENGE.replace("cM", "cN"),
        CHALLENGE.replace("cM", "cP"),
        "é".repeat(21) + "a",
    ];
    for text in wrong {
        assert!(PkceChallenge::parse(&text).is_err(), "{text}");
    }
}

#[test]
fn a_challenge_survives_serde() {
    let challenge = PkceChallenge::parse(CHALLENGE).unwrap();
    let text = serde_json::to_string(&challenge).unwrap();
    assert_eq!(text, format!("\"{CHALLENGE}\""));
    assert_eq!(
        serde_json::from_str::<PkceChallenge>(&text).unwrap(),
        challenge
    );
    assert!(serde_json::from_str::<PkceChallenge>("\"abc\"").is_err());
}

#[test]
fn verifiers_have_43_to_128_unreserved_characters() {
    for (length, valid) in [
        (0, false),
        (42, false),
        (43, true),
        (128, true),
        (129, false),
    ] {
        assert_eq!(
            PkceVerifier::parse(&"a".repeat(length)).is_ok(),
            valid,
            "{length}"
        );
    }
    for byte in 0..=0x7F_u8 {
        let text = format!("{}{}", "a".repeat(43), char::from(byte));
        let unreserved = byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
        assert_eq!(
            PkceVerifier::parse(&text).is_ok(),
            unreserved,
            "{byte:#04x}"
        );
    }
    assert!(PkceVerifier::parse(&"é".repeat(40)).is_err());
}

#[test]
fn another_verifier_has_another_challenge() {
    let one = PkceVerifier::parse(&"a".repeat(43)).unwrap();
    let other = PkceVerifier::parse(&"a".repeat(44)).unwrap();
    assert_ne!(one.challenge(), other.challenge());
}
