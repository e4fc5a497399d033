use base64ct::{Base64, Encoding};

/// The host's logo, as a part of each page: nothing is fetched from anywhere.
///
/// It is shown 2 rem high. Its size adds to that of every page.
///
/// ```
/// use device_grant::page::Logo;
///
/// let logo = Logo::svg("<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 8 8'><path d='M0 0h8v8H0z'/></svg>");
/// ```
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Logo {
    uri: String,
}

impl Logo {
    /// An SVG image. Scripts in it do not run, and nothing that it refers to is loaded.
    #[must_use]
    pub fn svg(image: &str) -> Self {
        Self::of("image/svg+xml", image.as_bytes())
    }

    /// A PNG image.
    #[must_use]
    pub fn png(image: &[u8]) -> Self {
        Self::of("image/png", image)
    }

    /// The `data:` URI that holds it.
    pub(super) fn uri(&self) -> &str {
        &self.uri
    }

    fn of(media_type: &str, image: &[u8]) -> Self {
        Self {
            uri: format!("data:{media_type};base64,{}", Base64::encode_string(image)),
        }
    }
}
