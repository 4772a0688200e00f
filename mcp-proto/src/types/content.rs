//! Content blocks: what tools return and prompts say (`server/tools`, "Tool Result").

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::annotations::Annotations;
use super::resource::ResourceContents;
use crate::Version;
use crate::wire::write_str;

/// One block of content: text, a picture, sound, a link to a resource, or its contents.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Content {
    /// Text.
    Text(Text),
    /// A picture.
    Image(Image),
    /// Sound.
    Audio(Audio),
    /// A link to a resource.
    Link(ResourceLink),
    /// The contents of a resource.
    Embedded(Embedded),
}

/// A block of text.
#[derive(Clone, Debug, PartialEq)]
pub struct Text {
    text: String,
    annotations: Annotations,
}

/// A picture, made of the bytes of its file. They are encoded as Base64 when they are sent.
#[derive(Clone, Debug, PartialEq)]
pub struct Image(Media);

/// Sound, made of the bytes of its file. They are encoded as Base64 when they are sent.
#[derive(Clone, Debug, PartialEq)]
pub struct Audio(Media);

#[derive(Clone, Debug, PartialEq)]
struct Media {
    data: Vec<u8>,
    mime: String,
    annotations: Annotations,
}

/// A link to a resource that the client may read. Clients before 2025-06-18 get it as text.
#[derive(Clone, Debug, PartialEq)]
pub struct ResourceLink {
    uri: String,
    name: String,
    title: Option<String>,
    description: Option<String>,
    mime: Option<String>,
    size: Option<u64>,
    annotations: Annotations,
}

/// The contents of a resource, within a result.
#[derive(Clone, Debug, PartialEq)]
pub struct Embedded {
    contents: ResourceContents,
    annotations: Annotations,
}

impl Content {
    /// A block of text.
    pub fn text(text: impl Into<String>) -> Self {
        Self::Text(Text::new(text))
    }

    /// Appends the block as `version` knows it. A kind that it lacks becomes text.
    pub fn write(&self, out: &mut Vec<u8>, version: Version) {
        match self {
            Self::Text(text) => text.write(out, version),
            Self::Image(Image(media)) => media.write(out, "image", version),
            Self::Audio(Audio(media)) if version.has_audio() => media.write(out, "audio", version),
            Self::Audio(Audio(media)) => {
                Text::new(format!("[audio, {}, {} bytes]", media.mime, media.data.len())).write(out, version);
            }
            Self::Link(link) if version.has_resource_links() => link.write(out, version),
            Self::Link(link) => {
                Text::new(format!("{}: {}", link.title.as_ref().unwrap_or(&link.name), link.uri)).write(out, version);
            }
            Self::Embedded(embedded) => embedded.write(out, version),
        }
    }
}

impl Text {
    /// A block of text.
    pub fn new(text: impl Into<String>) -> Self {
        Self { text: text.into(), annotations: Annotations::new() }
    }

    /// Adds hints: for whom it is, and how important.
    #[must_use]
    pub fn annotated(mut self, annotations: Annotations) -> Self {
        self.annotations = annotations;
        self
    }

    fn write(&self, out: &mut Vec<u8>, version: Version) {
        out.extend_from_slice(br#"{"type":"text","text":"#);
        write_str(out, &self.text);
        self.annotations.write(out, version);
        out.push(b'}');
    }
}

impl Image {
    /// A picture of any MIME type.
    pub fn new(data: impl Into<Vec<u8>>, mime: impl Into<String>) -> Self {
        Self(Media::new(data, mime))
    }

    /// A PNG picture.
    pub fn png(data: impl Into<Vec<u8>>) -> Self {
        Self::new(data, "image/png")
    }

    /// A JPEG picture.
    pub fn jpeg(data: impl Into<Vec<u8>>) -> Self {
        Self::new(data, "image/jpeg")
    }

    /// Adds hints: for whom it is, and how important.
    #[must_use]
    pub fn annotated(mut self, annotations: Annotations) -> Self {
        self.0.annotations = annotations;
        self
    }
}

impl Audio {
    /// Sound of any MIME type.
    pub fn new(data: impl Into<Vec<u8>>, mime: impl Into<String>) -> Self {
        Self(Media::new(data, mime))
    }

    /// WAV sound.
    pub fn wav(data: impl Into<Vec<u8>>) -> Self {
        Self::new(data, "audio/wav")
    }

    /// MP3 sound.
    pub fn mp3(data: impl Into<Vec<u8>>) -> Self {
        Self::new(data, "audio/mpeg")
    }

    /// Adds hints: for whom it is, and how important.
    #[must_use]
    pub fn annotated(mut self, annotations: Annotations) -> Self {
        self.0.annotations = annotations;
        self
    }
}

impl Media {
    fn new(data: impl Into<Vec<u8>>, mime: impl Into<String>) -> Self {
        Self { data: data.into(), mime: mime.into(), annotations: Annotations::new() }
    }

    fn write(&self, out: &mut Vec<u8>, kind: &str, version: Version) {
        out.extend_from_slice(br#"{"type":""#);
        out.extend_from_slice(kind.as_bytes());
        out.extend_from_slice(br#"","data":"#);
        write_base64(out, &self.data);
        out.extend_from_slice(br#","mimeType":"#);
        write_str(out, &self.mime);
        self.annotations.write(out, version);
        out.push(b'}');
    }
}

impl ResourceLink {
    /// A link to the resource at `uri`, shown as `name`.
    pub fn new(uri: impl Into<String>, name: impl Into<String>) -> Self {
        Self {
            uri: uri.into(),
            name: name.into(),
            title: None,
            description: None,
            mime: None,
            size: None,
            annotations: Annotations::new(),
        }
    }

    /// Sets a title to show instead of the name.
    #[must_use]
    pub fn title(mut self, title: impl Into<String>) -> Self {
        self.title = Some(title.into());
        self
    }

    /// Sets the description of the resource.
    #[must_use]
    pub fn description(mut self, description: impl Into<String>) -> Self {
        self.description = Some(description.into());
        self
    }

    /// Sets the MIME type.
    #[must_use]
    pub fn mime(mut self, mime: impl Into<String>) -> Self {
        self.mime = Some(mime.into());
        self
    }

    /// Sets the size in bytes.
    #[must_use]
    pub fn size(mut self, bytes: u64) -> Self {
        self.size = Some(bytes);
        self
    }

    /// Adds hints: for whom it is, and how important.
    #[must_use]
    pub fn annotated(mut self, annotations: Annotations) -> Self {
        self.annotations = annotations;
        self
    }

    fn write(&self, out: &mut Vec<u8>, version: Version) {
        out.extend_from_slice(br#"{"type":"resource_link","uri":"#);
        write_str(out, &self.uri);
        write_member(out, "name", Some(&self.name));
        write_member(out, "title", self.title.as_deref());
        write_member(out, "description", self.description.as_deref());
        write_member(out, "mimeType", self.mime.as_deref());
        if let Some(size) = self.size {
            out.extend_from_slice(format!(r#","size":{size}"#).as_bytes());
        }
        self.annotations.write(out, version);
        out.push(b'}');
    }
}

impl Embedded {
    /// Embeds a resource with these contents.
    pub fn new(contents: ResourceContents) -> Self {
        Self { contents, annotations: Annotations::new() }
    }

    /// A text resource.
    pub fn text(uri: impl Into<String>, mime: impl Into<String>, text: impl Into<String>) -> Self {
        Self::new(ResourceContents::text(text).uri(uri).mime(mime))
    }

    /// A binary resource.
    pub fn blob(uri: impl Into<String>, mime: impl Into<String>, data: impl Into<Vec<u8>>) -> Self {
        Self::new(ResourceContents::blob(data).uri(uri).mime(mime))
    }

    /// Adds hints: for whom it is, and how important.
    #[must_use]
    pub fn annotated(mut self, annotations: Annotations) -> Self {
        self.annotations = annotations;
        self
    }

    fn write(&self, out: &mut Vec<u8>, version: Version) {
        out.extend_from_slice(br#"{"type":"resource","resource":"#);
        self.contents.write(out, "", None);
        self.annotations.write(out, version);
        out.push(b'}');
    }
}

macro_rules! into_content {
    ($($kind:ident => $variant:ident),* $(,)?) => {$(
        impl From<$kind> for Content {
            fn from(block: $kind) -> Self {
                Self::$variant(block)
            }
        }
    )*};
}

into_content!(Text => Text, Image => Image, Audio => Audio, ResourceLink => Link, Embedded => Embedded);

impl From<String> for Content {
    fn from(text: String) -> Self {
        Self::text(text)
    }
}

impl From<&str> for Content {
    fn from(text: &str) -> Self {
        Self::text(text)
    }
}

/// Appends `,"name":"value"`, or nothing.
pub(super) fn write_member(out: &mut Vec<u8>, name: &str, value: Option<&str>) {
    let Some(value) = value else { return };
    out.extend_from_slice(b",\"");
    out.extend_from_slice(name.as_bytes());
    out.extend_from_slice(b"\":");
    write_str(out, value);
}

/// Appends `data` as a JSON string of Base64, encoded in place.
pub(super) fn write_base64(out: &mut Vec<u8>, data: &[u8]) {
    out.push(b'"');
    let start = out.len();
    let encoded = data.len().div_ceil(3) * 4;
    out.resize(start + encoded, 0);
    // The room is exactly what `STANDARD`, which pads, needs.
    let written = STANDARD.encode_slice(data, &mut out[start..]).unwrap_or(0);
    out.truncate(start + written);
    out.push(b'"');
}
