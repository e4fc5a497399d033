use base64ct::{Base64, Encoding};

/// The host's logo, as a part of each page: nothing is fetched from anywhere.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Logo {
    uri: String,
}

impl Logo {
    /// An SVG image. Scripts in it do not run, and nothing that it refers to is loaded.
    pub(super) fn svg(image: &str) -> Self {
        Self::of("image/svg+xml", image.as_bytes())
    }

    /// A PNG image.
    pub(super) fn png(image: &[u8]) -> Self {
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
