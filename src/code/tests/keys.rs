use proptest::prelude::*;
use zeroize::ZeroizeOnDrop;

use super::rng::Seeded;
use super::*;

const ISSUER: &str = "https://as.example";
const KEY: &str = "bm90IGEgc2VjcmV0OiBmb3IgZG9jdW1lbnRhdGlvbi4u";
const OTHER: &str = "YWxzbyBub3QgYSBzZWNyZXQ6IGZvciBkb2NzIG9ubHkhIQ==";

fn code(typed: &str) -> UserCode {
    UserCodeFormat::default().parse(typed).unwrap()
}

fn keys(text: &str) -> CodeKeys {
    CodeKeys::from_base64(text).unwrap()
}

#[test]
fn digests_have_known_values() {
    // From Python's `hmac`, over the label, the eight-byte length of the issuer, the issuer and the code.
    let short = keys(KEY).digest(ISSUER, &code("WDJB-MJHT"));
    assert_eq!(
        short.to_string(),
        "462443b1d8af1e4d46aaeb6858eed216d1d8f555c39a696fb52ccf5b22fe6ace"
    );

    let longer_than_a_block = keys(&"a2tr".repeat(32)).digest(ISSUER, &code("WDJB-MJHT"));
    assert_eq!(
        longer_than_a_block.to_string(),
        "5241d5f4cabcd3086f27a69043840ebc22809369309202db90be9d07242a741a"
    );
}

#[test]
fn spellings_of_one_code_have_one_digest() {
    let keys = keys(KEY);
    assert_eq!(
        keys.digest(ISSUER, &code("wdjb mjht")),
        keys.digest(ISSUER, &code("WDJB-MJHT"))
    );
}

#[test]
fn digests_differ_by_key_issuer_and_code() {
    let digest = keys(KEY).digest(ISSUER, &code("WDJB-MJHT"));
    assert_ne!(keys(OTHER).digest(ISSUER, &code("WDJB-MJHT")), digest);
    assert_ne!(
        keys(KEY).digest("https://as.exampl", &code("WDJB-MJHT")),
        digest
    );
    assert_ne!(keys(KEY).digest(ISSUER, &code("WDJB-MJHW")), digest);
}

#[test]
fn issuer_and_code_cannot_run_into_each_other() {
    let longer = UserCodeFormat::default()
        .with_lengths(9..=9)
        .unwrap()
        .parse("BWDJBMJHT")
        .unwrap();
    let keys = keys(KEY);
    assert_ne!(
        keys.digest("https://a/B", &code("WDJBMJHT")),
        keys.digest("https://a/", &longer)
    );
}

#[test]
fn a_rotated_key_still_finds_its_codes() {
    let old = keys(OTHER);
    let rotated = keys(KEY).with_previous_base64(OTHER).unwrap();
    let code = code("WDJB-MJHT");
    assert_eq!(
        rotated.digest(ISSUER, &code),
        keys(KEY).digest(ISSUER, &code)
    );
    assert_eq!(
        rotated.digests(ISSUER, &code),
        [keys(KEY).digest(ISSUER, &code), old.digest(ISSUER, &code)]
    );
    assert_eq!(
        keys(KEY).digests(ISSUER, &code),
        [keys(KEY).digest(ISSUER, &code)]
    );
}

#[test]
fn a_key_is_read_from_either_alphabet_padded_or_not() {
    let code = code("WDJB-MJHT");
    let digest = keys("+/+/AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=").digest(ISSUER, &code);
    for text in [
        "+/+/AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
        "-_-_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
        "-_-_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
        " \n+/+/AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\r\n",
    ] {
        assert_eq!(keys(text).digest(ISSUER, &code), digest, "{text:?}");
    }
}

#[test]
fn what_is_no_key_is_refused() {
    let refused = |text: &str| CodeKeys::from_base64(text).unwrap_err();
    let short = |length| Reason::KeyTooShort {
        length,
        minimum: 32,
    };
    assert_eq!(refused(""), short(0));
    assert_eq!(refused("c2VjcmV0"), short(6));
    assert_eq!(refused(&"A".repeat(41)), Reason::KeyNotBase64);
    assert_eq!(refused(&"A".repeat(42)), short(31));
    assert_eq!(
        refused("this is a passphrase, not base64 of 32 random bytes"),
        Reason::KeyNotBase64
    );
    assert_eq!(
        refused("+/-_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="),
        Reason::KeyNotBase64
    );
    assert_eq!(refused(&"\u{41A}".repeat(44)), Reason::KeyNotBase64);
    assert_eq!(
        refused(&"A".repeat(1 << 20)),
        Reason::KeyTooLong { maximum: 512 }
    );
    assert_eq!(
        refused(&"AAAA".repeat(171)),
        Reason::KeyTooLong { maximum: 512 }
    );
    assert!(CodeKeys::from_base64(&"A".repeat(683)).is_ok(), "512 bytes");
}

#[test]
fn a_key_counts_once_and_there_are_at_most_five() {
    assert_eq!(
        keys(KEY).with_previous_base64(KEY).unwrap_err(),
        Reason::KeyRepeated
    );

    let mut all = keys(KEY);
    for first in ["AAAA", "BBBB", "CCCC", "DDDD"] {
        all = all.with_previous_base64(&first.repeat(11)).unwrap();
    }
    let fifth = all.with_previous_base64(OTHER).unwrap_err();
    assert_eq!(fifth, Reason::TooManyKeys { maximum: 4 });
}

#[test]
fn drawn_keys_differ() {
    let draw = |seed| CodeKeys::generate(&mut Seeded(seed)).unwrap();
    let code = code("WDJB-MJHT");
    assert_ne!(draw(1).digest(ISSUER, &code), draw(2).digest(ISSUER, &code));
    assert_eq!(draw(1).digest(ISSUER, &code), draw(1).digest(ISSUER, &code));
}

#[test]
fn keys_are_never_shown() {
    let keys = keys(KEY).with_previous_base64(OTHER).unwrap();
    assert_eq!(format!("{keys:?}"), "CodeKeys { current: .., previous: 1 }");
    let error = CodeKeys::from_base64("c2VjcmV0").unwrap_err();
    assert!(!format!("{error} {error:?}").contains("c2Vj"));
}

#[test]
fn keyed_states_are_erased_when_dropped() {
    // An HMAC is two SHA-256 states and a buffer; it has no marker of its own.
    fn is_erased<T: ZeroizeOnDrop>() {}
    is_erased::<sha2::Sha256>();
    assert!(std::mem::needs_drop::<hmac::Hmac<sha2::Sha256>>());
}

#[test]
fn a_digest_is_stored_as_text_and_shown_in_part() {
    let digest = keys(KEY).digest(ISSUER, &code("WDJB-MJHT"));
    let json = serde_json::to_string(&digest).unwrap();
    assert_eq!(json, format!("\"{digest}\""));
    assert_eq!(
        serde_json::from_str::<UserCodeDigest>(&json).unwrap(),
        digest
    );
    assert_eq!(format!("{digest:?}"), "UserCodeDigest(462443b1..)");
    assert!(serde_json::from_str::<UserCodeDigest>("\"462443b1\"").is_err());
}

proptest! {
    #[test]
    fn reading_a_key_is_total(text in any::<String>()) {
        let _ = CodeKeys::from_base64(&text);
    }

    #[test]
    fn reading_near_keys_is_total(text in "[A-Za-z0-9+/_=-]{0,70}") {
        let _ = CodeKeys::from_base64(&text);
    }
}
