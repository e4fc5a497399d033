use super::*;

#[test]
fn an_attempt_is_written_as_its_fence_in_hexadecimal_and_its_number() {
    let attempt = Attempt::new(Fence::from_bytes([0xa1; 16]), 12);
    let fence = "a1".repeat(16);
    assert_eq!(attempt.to_string(), format!("{fence}/12"));
    assert!(format!("{attempt:?}").contains(&format!("Fence({fence})")));
}

#[test]
fn a_key_thumbprint_is_written_as_tokens_carry_it() {
    let thumbprint = KeyThumbprint::from_bytes([7; 32]);
    assert_eq!(
        thumbprint.to_string(),
        "BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc"
    );
}

#[test]
fn identifiers_are_written_as_they_are() {
    assert_eq!(ClientId::new("tv").as_str(), "tv");
    assert_eq!(ClientId::new("tv").to_string(), "tv");
    assert_eq!(Subject::new("alice").to_string(), "alice");
}
