use proptest::prelude::*;

use super::rng::Seeded;
use super::*;

const ISSUER: &str = "https://as.example";
const CODE: &str = "mfrggzdfmztwq2lknnwg23tpobyxe43uov3ho6dzpiydcmrtgq2q";
const LOWER: base32::Alphabet = base32::Alphabet::Rfc4648Lower { padding: false };

#[test]
fn a_device_code_is_the_base32_of_its_bytes() {
    let mut bytes = [0; 32];
    rand::TryRng::try_fill_bytes(&mut Seeded(1), &mut bytes).unwrap();
    let code = DeviceCode::generate(&mut Seeded(1)).unwrap();
    assert_eq!(code.expose(), base32::encode(LOWER, &bytes));
    assert_eq!(code.expose().len(), 52);
}

#[test]
fn a_device_code_has_one_spelling() {
    assert_eq!(DeviceCode::parse(CODE).unwrap().expose(), CODE);
    let cut = CODE.split_at(51).0;
    for text in [
        String::new(),
        cut.to_owned(),
        format!("{CODE}a"),
        format!("{CODE}===="),
        format!(" {cut}"),
        format!("{cut}="),
        format!("{cut}1"),
        format!("{cut}\u{0}"),
        CODE.to_uppercase(),
        CODE.replace('m', "M"),
        format!("{}\u{E9}", CODE.split_at(50).0),
        "a".repeat(1 << 20),
    ] {
        assert_eq!(
            DeviceCode::parse(&text).unwrap_err(),
            Reason::DeviceCode,
            "{text:.60}"
        );
    }
}

#[test]
fn stray_bits_in_the_last_character_are_refused() {
    let accepted: String = ('a'..='z')
        .chain('2'..='7')
        .filter(|last| DeviceCode::parse(&format!("{}{last}", CODE.split_at(51).0)).is_ok())
        .collect();
    assert_eq!(
        accepted, "aq",
        "256 bits leave one bit for the 52nd character"
    );
}

#[test]
fn device_codes_do_not_repeat() {
    let mut rng = Seeded(2);
    let codes: std::collections::HashSet<_> = (0..10_000)
        .map(|_| DeviceCode::generate(&mut rng).unwrap().expose().to_owned())
        .collect();
    assert_eq!(codes.len(), 10_000);
}

#[test]
fn a_grant_id_has_a_known_value() {
    // From Python's `hashlib`, over the label, issuer and client each with its eight-byte length, and the code.
    let id = DeviceCode::parse(CODE).unwrap().grant_id(ISSUER, "tv");
    assert_eq!(id.to_string(), "987ec24313b9bc0337853bb469124425");
}

#[test]
fn one_device_code_names_another_grant_at_another_issuer() {
    let code = DeviceCode::parse(CODE).unwrap();
    assert_eq!(
        code.grant_id(ISSUER, "tv"),
        code.clone().grant_id(ISSUER, "tv")
    );
    assert_ne!(
        code.grant_id(ISSUER, "tv"),
        code.grant_id("https://as.example/", "tv")
    );
    assert_ne!(code.grant_id(ISSUER, "tv"), code.grant_id("", "tv"));
}

#[test]
fn a_grant_id_is_stored_and_shown_as_hexadecimal() {
    let id = DeviceCode::parse(CODE).unwrap().grant_id(ISSUER, "tv");
    let json = serde_json::to_string(&id).unwrap();
    assert_eq!(json, "\"987ec24313b9bc0337853bb469124425\"");
    assert_eq!(serde_json::from_str::<GrantId>(&json).unwrap(), id);
    assert_eq!(GrantId::from_bytes(*id.as_bytes()), id);
    assert_eq!(
        format!("{id:?}"),
        "GrantId(987ec24313b9bc0337853bb469124425)"
    );
}

#[test]
fn a_grant_id_has_one_spelling() {
    for text in [
        "",
        "51c3b4f3275ecae492cb660fe942625",
        "987ec24313b9bc0337853bb4691244250",
        "987ec24313b9bc0337853bb46912442500",
        "51C3B4F3275ECAE492CB660FE942625D",
        "51c3b4f3275ecae492cb660fe942625g",
        "+1c3b4f3275ecae492cb660fe942625d",
        "51c3b4f3-275e-cae4-92cb-660fe942625d",
        "\u{E9}\u{E9}\u{E9}\u{E9}\u{E9}\u{E9}\u{E9}\u{E9}\u{E9}\u{E9}\u{E9}\u{E9}\u{E9}\u{E9}\u{E9}\u{E9}",
    ] {
        assert_eq!(
            text.parse::<GrantId>().unwrap_err(),
            Reason::GrantId,
            "{text}"
        );
        assert!(
            serde_json::from_value::<GrantId>(text.into()).is_err(),
            "{text}"
        );
    }
}

#[test]
fn a_device_code_is_never_shown() {
    let code = DeviceCode::parse(CODE).unwrap();
    assert_eq!(
        format!("{code:?} {code:#?}"),
        "DeviceCode(..) DeviceCode(..)"
    );
    let error = DeviceCode::parse(CODE.split_at(51).0).unwrap_err();
    assert!(!format!("{error} {error:?}").contains(CODE.split_at(4).0));
}

proptest! {
    #[test]
    fn reading_names_is_total(text in any::<String>()) {
        let _ = DeviceCode::parse(&text);
        let _ = text.parse::<GrantId>();
        let _ = text.parse::<UserCodeDigest>();
    }

    #[test]
    fn a_device_code_is_read_exactly_when_it_encodes_32_bytes(text in "[a-z2-7]{51}[a-z2-7]{0,2}") {
        let canonical = base32::decode(LOWER, &text)
            .is_some_and(|bytes| bytes.len() == 32 && base32::encode(LOWER, &bytes) == text);
        prop_assert_eq!(DeviceCode::parse(&text).is_ok(), canonical);
    }

    #[test]
    fn names_survive_being_written_and_read(id: [u8; 16], digest: [u8; 16]) {
        let id = GrantId::from_bytes(id);
        prop_assert_eq!(id.to_string().parse::<GrantId>().unwrap(), id);
        let digest = UserCodeDigest::from_bytes(digest);
        prop_assert_eq!(digest.to_string().parse::<UserCodeDigest>().unwrap(), digest);
    }
}
