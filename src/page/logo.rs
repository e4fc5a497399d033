use std::fmt;

use base64ct::{Base64, Encoding};

/// A logo, of the host or of an application.
///
/// It is a part of each page that shows it and adds to its size, so that nothing is fetched from anywhere. Scripts in an
/// SVG image do not run, and nothing that it refers to is loaded.
///
/// ```
/// use device_grant::page::Logo;
///
/// let logo = Logo::svg("<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 1 1'><path d='M0 0h1v1z'/></svg>");
/// # let _ = logo;
/// ```
#[derive(Clone, Eq, PartialEq)]
pub struct Logo {
    uri: String,
}

impl Logo {
    /// Takes an SVG image.
    #[must_use]
    pub fn svg(image: &str) -> Self {
        Self::of("image/svg+xml", image.as_bytes())
    }

    /// Takes a PNG image.
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

impl fmt::Debug for Logo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Logo({} bytes)", self.uri.len())
    }
}
