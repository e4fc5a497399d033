/// The way in which a user code reached the verification page.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[expect(
    clippy::exhaustive_enums,
    reason = "a page has to word both ways, and there is no third"
)]
pub enum Arrival {
    /// The end user typed it.
    Typed,
    /// It came in a link (`verification_uri_complete`), which anybody may have sent. The page has to ask the end user to
    /// compare it with the device ([RFC 8628 §3.3.1](https://www.rfc-editor.org/rfc/rfc8628#section-3.3.1)).
    Link,
}
