use proptest::prelude::*;

use crate::invalid_value::InvalidValue;
use crate::message::Scope;

fn scope(text: &str) -> Scope {
    Scope::parse(text).unwrap()
}

#[test]
fn order_is_kept_and_repeats_collapse() {
    let read = scope("profile openid profile email openid");
    assert_eq!(read.as_str(), "profile openid email");
    assert_eq!(
        read.iter().collect::<Vec<_>>(),
        ["profile", "openid", "email"]
    );
}

#[test]
fn comparison_is_by_set_and_case() {
    assert_eq!(scope("a b c"), scope("c a b a"));
    assert_ne!(scope("a b"), scope("a b c"));
    assert_ne!(scope("a bc"), scope("a cd"));
    assert_ne!(scope("ab c"), scope("a bc"));
    assert_ne!(scope("openid"), scope("OpenID"));
    assert_ne!(scope("a"), Scope::default());
}

#[test]
fn set_operations_follow_the_tokens_not_the_text() {
    let requested = scope("read:all write email");
    assert!(requested.contains("write"));
    assert!(!requested.contains("read"));
    assert!(!requested.contains(""));
    assert!(!requested.contains("write email"));
    assert!(Scope::default().is_subset_of(&requested));
    assert!(!scope("read").is_subset_of(&requested));
    assert_eq!(
        requested.intersection(&scope("email x write")).as_str(),
        "write email"
    );
    assert!(requested.intersection(&Scope::default()).is_empty());
    assert_eq!(Scope::default().iter().count(), 0);
}

#[test]
fn spaces_stand_only_between_tokens() {
    for text in [" ", " a", "a ", "a  b", "  "] {
        assert!(Scope::parse(text).is_err(), "{text:?}");
    }
}

#[test]
fn only_the_characters_of_the_grammar_are_taken() {
    for byte in 0..=0x7F_u8 {
        let text = format!("a{}b", char::from(byte));
        let allowed = matches!(byte, 0x20 | 0x21 | 0x23..=0x5B | 0x5D..=0x7E);
        assert_eq!(Scope::parse(&text).is_ok(), allowed, "{byte:#04x}");
    }
    for text in ["é", "a\u{a0}b", "\u{ff41}", "\u{1f600}"] {
        assert!(Scope::parse(text).is_err(), "{text}");
    }
}

#[test]
fn limits_are_exact() {
    assert!(Scope::parse(&"a".repeat(Scope::MAX_LEN)).is_ok());
    let error = Scope::parse(&"a".repeat(Scope::MAX_LEN + 1)).unwrap_err();
    assert_eq!(error.to_string(), "the scope is longer than 4096 bytes");
    let tokens = |count: usize| {
        (0..count)
            .map(|n| n.to_string())
            .collect::<Vec<_>>()
            .join(" ")
    };
    assert_eq!(scope(&tokens(Scope::MAX_TOKENS)).iter().count(), 128);
    let error = Scope::parse(&tokens(Scope::MAX_TOKENS + 1)).unwrap_err();
    assert_eq!(error.to_string(), "the scope has more than 128 tokens");
}

#[test]
fn serde_checks_what_it_reads() {
    let text = serde_json::to_string(&scope("b a")).unwrap();
    assert_eq!(text, r#""b a""#);
    assert_eq!(serde_json::from_str::<Scope>(&text).unwrap(), scope("a b"));
    assert_eq!(
        serde_json::from_str::<Scope>(r#""""#).unwrap(),
        Scope::default()
    );
    assert!(serde_json::from_str::<Scope>(r#"" a""#).is_err());
    assert!(serde_json::from_str::<Scope>("[]").is_err());
}

#[test]
fn a_scope_is_as_small_as_its_text() {
    assert_eq!(size_of::<Scope>(), 16);
}

const SOME: &str = "([a-d]{1,2}( [a-d]{1,2}){0,6})?";

proptest! {
    #[test]
    fn any_text_is_read_or_refused(text in ".{0,64}") {
        let read: Result<Scope, InvalidValue> = text.parse();
        if let Ok(read) = read {
            prop_assert_eq!(&Scope::parse(read.as_str()).unwrap(), &read);
            prop_assert!(text.split(' ').filter(|t| !t.is_empty()).all(|t| read.contains(t)));
        }
    }

    #[test]
    fn intersection_is_what_both_hold(a in SOME, b in SOME) {
        let (a, b) = (scope(&a), scope(&b));
        let both = a.intersection(&b);
        prop_assert!(both.is_subset_of(&a) && both.is_subset_of(&b));
        prop_assert_eq!(&both, &b.intersection(&a));
        prop_assert_eq!(a.is_subset_of(&b), both == a);
    }
}
