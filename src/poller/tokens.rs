use crate::message::{Scope, TokenResponse};
use crate::poller::members::{Members, plain};

/// Takes the tokens out of an answer, leniently; without an access token there are none.
///
/// A type that the server left out is `Bearer`. What cannot be read counts as absent.
pub(super) fn take(mut members: Members) -> Option<TokenResponse> {
    let access_token = plain(members.secret("access_token"))?;
    let token_type = members.text("token_type");
    let token_type = token_type.unwrap_or_else(|| "Bearer".to_owned());
    let mut tokens = TokenResponse::new(access_token, token_type);
    tokens.expires_in = members.seconds("expires_in");
    tokens.refresh_token = plain(members.secret("refresh_token"));
    tokens.scope = members.secret("scope").and_then(|text| scope(&text));
    Some(tokens.with_extra(members.into_rest()))
}

/// Reads a scope whose tokens are separated by any number of spaces or commas: some servers write commas.
fn scope(text: &str) -> Option<Scope> {
    let separators = |c: char| c == ',' || c.is_whitespace();
    let tokens = text.split(separators).filter(|token| !token.is_empty());
    let tokens: Vec<&str> = tokens.collect();
    Scope::parse(&tokens.join(" ")).ok()
}
