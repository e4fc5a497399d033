//! The failures of `docs/failures.md`, by the first cells of their rows.

/// One failure on the way from the codes to the tokens.
#[derive(Clone, Copy, Debug)]
pub(super) struct Case(pub(super) &'static str);

cases! {
    START_STORE_AWAY = "start-store-away";
    START_ANSWER_LOST = "start-answer-lost";
    START_CODES_LOST = "start-codes-lost";
    START_POLICY_AWAY = "start-policy-away";
    ENTRY_STORE_AWAY = "entry-store-away";
    REVIEW_NOT_WRITTEN = "review-not-written";
    REVIEW_PAGE_LOST = "review-page-lost";
    ENTRY_LIMITED = "entry-limited";
    REVIEW_OVER = "review-over";
    SESSION_OVER = "session-over";
    REVIEW_CODES_EXPIRE = "review-codes-expire";
    APPROVAL_POLICY_AWAY = "approval-policy-away";
    APPROVAL_NOT_WRITTEN = "approval-not-written";
    APPROVAL_NOT_WRITTEN_STORE_AWAY = "approval-not-written-store-away";
    APPROVAL_ANSWER_LOST = "approval-answer-lost";
    APPROVAL_ANSWER_LOST_STORE_AWAY = "approval-answer-lost-store-away";
    APPROVAL_NODE_STOPS_BEFORE = "approval-node-stops-before";
    APPROVAL_PAGE_LOST = "approval-page-lost";
    POLL_STORE_AWAY = "poll-store-away";
    LEASE_ENTROPY_FAILS = "lease-entropy-fails";
    LEASE_NODE_STOPS_BEFORE = "lease-node-stops-before";
    LEASE_NOT_WRITTEN = "lease-not-written";
    LEASE_NOT_WRITTEN_STORE_AWAY = "lease-not-written-store-away";
    LEASE_ANSWER_LOST = "lease-answer-lost";
    LEASE_ANSWER_LOST_STORE_AWAY = "lease-answer-lost-store-away";
    LEASE_NODE_STOPS_AFTER = "lease-node-stops-after";
    LEASE_WRITTEN_LATE = "lease-written-late";
    POLICY_AWAY = "policy-away";
    POLICY_REFUSES = "policy-refuses";
    ISSUER_AWAY = "issuer-away";
    ISSUER_AWAY_FOR_A_TIME = "issuer-away-for-a-time";
    ISSUER_AWAY_UNTIL_EXPIRY = "issuer-away-until-expiry";
    ISSUER_AND_STORE_AWAY = "issuer-and-store-away";
    ISSUER_REFUSES = "issuer-refuses";
    ISSUER_REFUSES_STORE_AWAY = "issuer-refuses-store-away";
    ISSUER_PANICS = "issuer-panics";
    ISSUER_NEVER_ANSWERS = "issuer-never-answers";
    ISSUER_LATE = "issuer-late";
    ISSUER_LATE_CODES_EXPIRED = "issuer-late-codes-expired";
    ISSUER_CODES_EXPIRE = "issuer-codes-expire";
    TOKENS_UNFIT = "tokens-unfit";
    ISSUER_CLOCK_SET_BACK = "issuer-clock-set-back";
    ISSUER_GRANT_REVOKED = "issuer-grant-revoked";
    COMMIT_NODE_STOPS_BEFORE = "commit-node-stops-before";
    COMMIT_NOT_WRITTEN = "commit-not-written";
    COMMIT_NOT_WRITTEN_STORE_AWAY = "commit-not-written-store-away";
    COMMIT_ARRIVES_LATE = "commit-arrives-late";
    COMMIT_ANSWER_LOST = "commit-answer-lost";
    COMMIT_ANSWER_LOST_STORE_AWAY = "commit-answer-lost-store-away";
    COMMIT_ANSWER_LOST_REDELIVERY = "commit-answer-lost-redelivery";
    COMMIT_NODE_STOPS_AFTER = "commit-node-stops-after";
    COMMIT_NODE_STOPS_AFTER_REDELIVERY = "commit-node-stops-after-redelivery";
    RESPONSE_LOST = "response-lost";
    RESPONSE_LOST_REDELIVERY = "response-lost-redelivery";
    RESPONSE_LOST_WINDOW_OVER = "response-lost-window-over";
}
