//! Icons (`basic/index`, "icons").

use serde::Serialize;

/// A picture that stands for a server, a tool, a resource or a prompt.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Icon {
    src: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    mime_type: Option<&'static str>,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    sizes: &'static [&'static str],
    #[serde(skip_serializing_if = "Option::is_none")]
    theme: Option<&'static str>,
}

impl Icon {
    /// The icon at an `https:` or `data:` URI.
    pub const fn new(src: &'static str) -> Self {
        Self { src, mime_type: None, sizes: &[], theme: None }
    }

    /// Sets the MIME type, if the URI does not tell it.
    #[must_use]
    pub const fn mime(mut self, mime: &'static str) -> Self {
        self.mime_type = Some(mime);
        self
    }

    /// Sets the sizes: `48x48`, or `any` for an icon that scales.
    #[must_use]
    pub const fn sizes(mut self, sizes: &'static [&'static str]) -> Self {
        self.sizes = sizes;
        self
    }

    /// Sets the theme: the background, `light` or `dark`, that the icon is made for.
    #[must_use]
    pub const fn theme(mut self, theme: &'static str) -> Self {
        self.theme = Some(theme);
        self
    }
}
