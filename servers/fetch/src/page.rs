//! The tool, and the pages that were read lately.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use encoding_rs::{Encoding, UTF_8};
use mcp_runtime::prelude::*;
use url::Url;

use crate::get::{Got, Web};
use crate::{markdown, robots};

/// The longest page.
const BYTES: usize = 2 * 1024 * 1024;
/// What is read of a `robots.txt`: RFC 9309 wants 500 KiB at least.
const ROBOTS_BYTES: usize = 512 * 1024;
/// How many pages are kept, so that the next part of one need not be got again, and for how long.
const KEPT: (usize, Duration) = (8, Duration::from_secs(300));

/// Reads pages.
pub struct Pages {
    web: Web,
    heeds_robots: bool,
    kept: Mutex<VecDeque<Arc<Page>>>,
}

/// A page that was read.
struct Page {
    asked: Url,
    /// Where it was found, after redirects.
    url: Url,
    is_raw: bool,
    text: String,
    read_at: Instant,
}

#[handlers]
impl Pages {
    /// Reads a web page as Markdown, a part at a time. Other text is given as it is, and pictures as pictures.
    #[tool(read_only, idempotent, open_world)]
    async fn fetch(
        &self,
        /// It begins with `http://` or `https://`.
        #[arg(length(1..=8000))]
        url: &str,
        /// The character to begin with.
        #[arg(default = 0)]
        start: usize,
        /// How many characters to read.
        #[arg(default = 20_000, range(1..=200_000))]
        length: usize,
        /// Whether HTML is given as it is.
        #[arg(default = false)]
        raw: bool,
    ) -> Result<ToolResult> {
        let url = Url::parse(url).map_err(|why| Error::invalid(format!("url: {why}")))?;
        Web::check(&url)?;
        let page = match self.kept(&url, raw) {
            Some(page) => page,
            None => {
                if self.heeds_robots {
                    self.ask_robots(&url).await?;
                }
                let got = self.web.get(url.clone(), BYTES).await?;
                if self.heeds_robots && got.url != url {
                    self.ask_robots(&got.url).await?;
                }
                if !(200..300).contains(&got.status) {
                    return Err(Error::new(format!("the server answers {}", got.status)));
                }
                if let Some(mime @ ("image/png" | "image/jpeg" | "image/gif" | "image/webp")) =
                    got.kind.split(';').next()
                {
                    return Ok(ToolResult::new().with(Image::new(got.bytes, mime)));
                }
                self.keep(Page::read(url, got, raw)?)
            }
        };
        Ok(page.part(start, length))
    }

    pub fn new(web: Web, heeds_robots: bool) -> Self {
        Self { web, heeds_robots, kept: Mutex::default() }
    }

    /// Refuses what a site keeps programs from. A site without a `robots.txt` allows everything; one that fails, nothing.
    async fn ask_robots(&self, url: &Url) -> Result<()> {
        let robots = url.join("/robots.txt")?;
        let got = self.web.beginning(robots, ROBOTS_BYTES).await?;
        let path = &url[url::Position::BeforePath..url::Position::AfterQuery];
        let is_allowed = match got.status {
            200..=299 => robots::allows(&String::from_utf8_lossy(whole_lines(&got)), path),
            400..=499 => true,
            _ => false,
        };
        if is_allowed { Ok(()) } else { Err(Error::new("the site's robots.txt keeps programs from this page")) }
    }

    fn kept(&self, url: &Url, is_raw: bool) -> Option<Arc<Page>> {
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let is_it = |page: &&Arc<Page>| page.asked == *url && page.is_raw == is_raw && page.read_at.elapsed() < KEPT.1;
        kept.iter().find(is_it).cloned()
    }

    fn keep(&self, page: Page) -> Arc<Page> {
        let page = Arc::new(page);
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.push_front(Arc::clone(&page));
        kept.truncate(KEPT.0);
        page
    }
}

/// A text without the line that it was cut in: the beginning of a rule is another rule.
fn whole_lines(got: &Got) -> &[u8] {
    let end = if got.is_cut { got.bytes.iter().rposition(|byte| *byte == b'\n').unwrap_or(0) } else { got.bytes.len() };
    &got.bytes[..end]
}

impl Page {
    fn read(asked: Url, got: Got, is_raw: bool) -> Result<Self> {
        let Got { url, kind, bytes, .. } = got;
        let (mime, options) = kind.split_once(';').unwrap_or((&kind, ""));
        let mime = mime.trim().to_ascii_lowercase();
        let is_text = mime.starts_with("text/") || mime.ends_with("json") || mime.ends_with("xml") || mime.is_empty();
        if !is_text || (mime.is_empty() && bytes.contains(&0)) {
            return Err(Error::new(format!("it is not text but {mime:?}")));
        }
        let charset = options.split_once("charset=").map(|(_, name)| name.trim_matches([' ', '"', '\'']));
        let encoding = charset.and_then(|name| Encoding::for_label(name.as_bytes())).unwrap_or(UTF_8);
        let (text, _, _) = encoding.decode(&bytes);
        let is_html = mime == "text/html" || mime == "application/xhtml+xml";
        let text = if is_html && !is_raw { markdown::from_html(&text, &url) } else { text.into_owned() };
        Ok(Self { asked, url, is_raw, text, read_at: Instant::now() })
    }

    fn part(&self, start: usize, length: usize) -> ToolResult {
        let part: String = self.text.chars().skip(start).take(length).collect();
        let end = start + part.chars().count();
        let mut note = format!("From {}.", self.url);
        if self.text.chars().nth(end).is_some() {
            note += &format!(" There is more: go on with start={end}.");
        } else if part.is_empty() && start > 0 {
            note += " It ends before that.";
        }
        ToolResult::text(part).with(Content::text(note))
    }
}
