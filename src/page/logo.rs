use std::fmt;

use base64ct::{Base64, Encoding};

/// The logo of your server or of an application.
///
/// It is embedded in each page that shows it, and adds to its size. Scripts in an
/// SVG image do not run, and its references are not loaded.
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
    /// A logo from an SVG image.
    #[must_use]
    pub fn svg(image: &str) -> Self {
        Self::of("image/svg+xml", image.as_bytes())
    }

    /// A logo from a PNG image.
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
        // Not the image, which would fill a log.
        write!(f, "Logo({} bytes)", self.uri.len())
    }
}
