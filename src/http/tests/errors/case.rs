//! The conditions of `docs/errors.md`, by the first cells of their rows.
#![cfg_attr(
    not(all(feature = "dpop", feature = "tower")),
    expect(dead_code, reason = "the cases of these features are not there")
)]

/// A condition under which an endpoint does not answer with what was asked for.
#[derive(Clone, Copy, Debug)]
pub(super) struct Case(pub(super) &'static str);

cases! {
    NOT_POST = "not-post";
    BODY_TOO_LARGE = "body-too-large";
    BODY_OVER_LAYER_LIMIT = "body-over-layer-limit";
    BODY_BREAKS_OFF = "body-breaks-off";
    BODY_TOO_SLOW = "body-too-slow";
    UNKNOWN_CLIENT_ADDRESS = "unknown-client-address";
    BODY_NOT_A_FORM = "body-not-a-form";
    BODY_NOT_UTF8 = "body-not-utf8";
    TOO_MANY_PARAMETERS = "too-many-parameters";
    VALUE_TOO_LONG = "value-too-long";
    PARAMETER_REPEATED = "parameter-repeated";
    GRANT_TYPE_REPEATED = "grant-type-repeated";
    NO_GRANT_TYPE = "no-grant-type";
    ANOTHER_GRANT_TYPE = "another-grant-type";
    NO_CLIENT_IDENTIFIER = "no-client-identifier";
    MALFORMED_CLIENT_IDENTIFIER = "malformed-client-identifier";
    CLIENT_AUTHENTICATES_TWICE = "client-authenticates-twice";
    TWO_AUTHORIZATION_HEADERS = "two-authorization-headers";
    CLIENT_IDENTIFIERS_DIFFER = "client-identifiers-differ";
    CLIENT_FAILED_IN_BODY = "client-failed-in-body";
    CLIENT_FAILED_IN_HEADER = "client-failed-in-header";
    CLIENT_WITHOUT_GRANT = "client-without-grant";
    MALFORMED_SCOPE = "malformed-scope";
    SCOPE_BEYOND_TERMS = "scope-beyond-terms";
    MALFORMED_RESOURCE = "malformed-resource";
    TOO_MANY_RESOURCES = "too-many-resources";
    RESOURCE_BEYOND_TERMS = "resource-beyond-terms";
    MALFORMED_MAX_AGE = "malformed-max-age";
    MALFORMED_ACR_VALUES = "malformed-acr-values";
    MALFORMED_LOGIN_HINT = "malformed-login-hint";
    MALFORMED_NONCE = "malformed-nonce";
    EXTRA_PARAMETER_TOO_LONG = "extra-parameter-too-long";
    DETAILS_NOT_AN_ARRAY = "details-not-an-array";
    DETAILS_WITHOUT_TYPE = "details-without-type";
    DETAILS_BEYOND_TERMS = "details-beyond-terms";
    TOO_MANY_DETAILS = "too-many-details";
    PKCE_NOT_S256 = "pkce-not-s256";
    PKCE_METHOD_ALONE = "pkce-method-alone";
    MALFORMED_PKCE_CHALLENGE = "malformed-pkce-challenge";
    NO_PKCE_CHALLENGE = "no-pkce-challenge";
    NO_KEY = "no-key";
    POLICY_LEAVES_NO_SCOPE = "policy-leaves-no-scope";
    POLICY_LEAVES_NO_RESOURCES = "policy-leaves-no-resources";
    POLICY_LEAVES_NO_DETAILS = "policy-leaves-no-details";
    POLICY_REFUSES_AT_START = "policy-refuses-at-start";
    TOO_MANY_CODES = "too-many-codes";
    TERMS_OUT_OF_BOUNDS = "terms-out-of-bounds";
    NO_DEVICE_CODE = "no-device-code";
    UNKNOWN_DEVICE_CODE = "unknown-device-code";
    FOREIGN_DEVICE_CODE = "foreign-device-code";
    DEVICE_CODE_WITHOUT_VERIFIER = "device-code-without-verifier";
    DEVICE_CODE_WITHOUT_KEY = "device-code-without-key";
    VERIFIER_WITHOUT_CHALLENGE = "verifier-without-challenge";
    POLL_WITH_MALFORMED_RESOURCE = "poll-with-malformed-resource";
    RESOURCE_BEYOND_GRANT = "resource-beyond-grant";
    USED_DEVICE_CODE = "used-device-code";
    UNDECIDED_GRANT = "undecided-grant";
    POLL_TOO_EARLY = "poll-too-early";
    CONFIRMATION_REQUIRED = "confirmation-required";
    TOKENS_UNDER_WAY = "tokens-under-way";
    ISSUER_AWAY = "issuer-away";
    ISSUER_AWAY_FOR_A_TIME = "issuer-away-for-a-time";
    POLICY_AWAY_AT_REDEMPTION = "policy-away-at-redemption";
    DENIED_GRANT = "denied-grant";
    WITHDRAWN_GRANT = "withdrawn-grant";
    REDEMPTION_REFUSED = "redemption-refused";
    POLICY_LEAVES_NOTHING_AT_REDEMPTION = "policy-leaves-nothing-at-redemption";
    POLICY_LEAVES_NO_NAMED_RESOURCE = "policy-leaves-no-named-resource";
    ISSUER_REFUSES_IN_ITS_WORDS = "issuer-refuses-in-its-words";
    EXPIRED_GRANT = "expired-grant";
    APPROVAL_LAPSED = "approval-lapsed";
    ISSUER_BREAKS_CONTRACT = "issuer-breaks-contract";
    DPOP_PROOF_NOT_FRESH = "dpop-proof-not-fresh";
    TWO_DPOP_HEADERS = "two-dpop-headers";
    DPOP_PROOF_MALFORMED = "dpop-proof-malformed";
    DPOP_PROOF_TOO_LONG = "dpop-proof-too-long";
    DPOP_PROOF_OF_ANOTHER_TYPE = "dpop-proof-of-another-type";
    DPOP_PROOF_BY_ANOTHER_ALGORITHM = "dpop-proof-by-another-algorithm";
    DPOP_PROOF_WITH_PRIVATE_KEY = "dpop-proof-with-private-key";
    DPOP_PROOF_WITH_UNFIT_KEY = "dpop-proof-with-unfit-key";
    DPOP_PROOF_SIGNED_BY_ANOTHER_KEY = "dpop-proof-signed-by-another-key";
    DPOP_PROOF_ANOTHER_METHOD = "dpop-proof-another-method";
    DPOP_PROOF_ANOTHER_URI = "dpop-proof-another-uri";
    DPOP_PROOF_REPLAYED = "dpop-proof-replayed";
    MALFORMED_DPOP_JKT = "malformed-dpop-jkt";
    DPOP_JKT_OF_ANOTHER_KEY = "dpop-jkt-of-another-key";
    NO_TOKEN = "no-token";
    TOKEN_NOT_REVOCABLE = "token-not-revocable";
    STORE_AWAY = "store-away";
    STORE_BROKEN = "store-broken";
    CLIENT_DIRECTORY_AWAY = "client-directory-away";
    LIMITER_AWAY = "limiter-away";
    LIMITER_BROKEN = "limiter-broken";
    POLICY_AWAY_AT_START = "policy-away-at-start";
    ENTROPY_FAILS = "entropy-fails";
    TOKEN_REVOKER_AWAY = "token-revoker-away";
}
