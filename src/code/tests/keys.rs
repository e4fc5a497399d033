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
    // The first half of what Python's `hmac` says, over the label, the eight-byte length of the issuer, the issuer and the code.
    let short = keys(KEY).digest(ISSUER, &code("WDJB-MJHT"));
    assert_eq!(short.to_string(), "462443b1d8af1e4d46aaeb6858eed216");

    let longer_than_a_block = keys(&"a2tr".repeat(32)).digest(ISSUER, &code("WDJB-MJHT"));
    assert_eq!(
        longer_than_a_block.to_string(),
        "5241d5f4cabcd3086f27a69043840ebc"
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
fn codes_are_drawn_under_the_newest_key_once_every_node_has_it_and_found_under_all() {
    let rotated = CodeKeys::parse(&format!("{OTHER}\n{KEY}")).unwrap();
    let code = code("WDJB-MJHT");
    let [old, new] = [OTHER, KEY].map(|key| keys(key).digest(ISSUER, &code));
    assert!(rotated.is_unsettled());
    assert_eq!(rotated.digests(ISSUER, &code), [old, new]);
    for (everywhere, drawn, other) in [(true, new, old), (false, old, new), (true, new, old)] {
        rotated.settle(everywhere);
        assert_eq!(rotated.digest(ISSUER, &code), drawn);
        assert_eq!(rotated.digests(ISSUER, &code), [drawn, other]);
        assert_eq!(rotated.clone().draws_newest(), everywhere);
    }
    let alone = keys(KEY);
    assert!(!alone.is_unsettled());
    alone.settle(false);
    assert_eq!(alone.digests(ISSUER, &code), [new]);
}

#[test]
fn a_key_is_the_same_in_bytes_base64_and_hexadecimal_digits() {
    let bytes = *b"not a secret: for documentation..";
    let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    let code = code("WDJB-MJHT");
    let digest = CodeKeys::from_bytes([bytes]).unwrap().digest(ISSUER, &code);
    for text in [KEY, &hex, &hex.to_uppercase(), &format!("\n\t{hex}\r\n")] {
        let read = CodeKeys::parse(text).unwrap();
        assert_eq!(read.digest(ISSUER, &code), digest, "{text:?}");
    }
    let odd = format!("{hex}a");
    let refused = |text: &str| CodeKeys::parse(text).unwrap_err();
    assert_eq!(refused(&odd), Reason::KeyNotBase64);
    assert_eq!(refused(" \n"), Reason::NoKey);
    assert_eq!(
        refused(&"a1".repeat(513)),
        Reason::KeyTooLong { maximum: 512 }
    );
    assert!(CodeKeys::parse(&"a1".repeat(512)).is_ok());
    let short = CodeKeys::from_bytes([[7; 31]]).unwrap_err();
    let (length, minimum) = (31, 32);
    assert_eq!(short, Reason::KeyTooShort { length, minimum });
    let none: [[u8; 32]; 0] = [];
    assert_eq!(CodeKeys::from_bytes(none).unwrap_err(), Reason::NoKey);
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
    for longest in ["A".repeat(683), "A".repeat(683) + "="] {
        assert!(CodeKeys::from_base64(&longest).is_ok(), "512 bytes");
    }
}

#[test]
fn a_key_counts_once_and_there_are_at_most_five() {
    let twice = CodeKeys::parse(&format!("{KEY} {KEY}")).unwrap_err();
    assert_eq!(twice, Reason::KeyRepeated);
    let five = ["AAAA", "BBBB", "CCCC", "DDDD", "EEEE"].map(|first| first.repeat(11));
    assert!(CodeKeys::parse(&five.join("\n")).is_ok());
    let sixth = CodeKeys::parse(&format!("{} {KEY}", five.join("\n"))).unwrap_err();
    assert_eq!(sixth, Reason::TooManyKeys { maximum: 5 });
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
    let keys = CodeKeys::parse(&format!("{KEY} {OTHER}")).unwrap();
    assert_eq!(format!("{keys:?}"), "CodeKeys { keys: 2, .. }");
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
