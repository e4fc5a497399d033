/// A colour or a text that cannot be shown. The message says why.
///
/// ```
/// use device_grant::page::Qr;
///
/// let error = Qr::new(&"x".repeat(4_000)).unwrap_err();
/// assert_eq!(error.to_string(), "the text is too long for a QR code");
/// ```
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error(transparent)]
pub struct InvalidPage(Reason);

impl From<Reason> for InvalidPage {
    fn from(reason: Reason) -> Self {
        Self(reason)
    }
}

#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub(super) enum Reason {
    #[error("a colour is written #rrggbb")]
    Colour,
    #[error("the text is too long for a QR code")]
    QrTooLong,
}
