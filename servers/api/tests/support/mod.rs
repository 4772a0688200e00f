//! An API of the tests' own. It answers requests with what it was told to, in order, and notes them.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

pub struct Site {
    pub url: String,
    told: Arc<Mutex<Told>>,
}

#[derive(Default)]
struct Told {
    answers: VecDeque<String>,
    requests: Vec<String>,
}

impl Site {
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let url = format!("http://{}/v1", listener.local_addr().expect("bound"));
        let told = Arc::<Mutex<Told>>::default();
        tokio::spawn({
            let told = Arc::clone(&told);
            async move {
                while let Ok((stream, _)) = listener.accept().await {
                    tokio::spawn(answer(stream, Arc::clone(&told)));
                }
            }
        });
        Self { url, told }
    }

    /// What comes next: `STATUS|HEADER: VALUE|…|BODY` for each request. `URL` is the API's own, `HANG` sends nothing and keeps the
    /// connection, `CLOSE` closes it, `RAW …` is sent as it is, `LONG` stands for two megabytes.
    pub fn will_answer(&self, answers: &[&str]) {
        let mut told = self.told.lock().expect("a lock");
        told.answers = answers.iter().map(|answer| answer.replace("URL", &self.url)).collect();
        told.requests.clear();
    }

    /// The requests since then, and how many answers nobody has asked for.
    pub fn heard(&self) -> (Vec<String>, usize) {
        let told = self.told.lock().expect("a lock");
        (told.requests.clone(), told.answers.len())
    }
}

async fn answer(mut stream: TcpStream, told: Arc<Mutex<Told>>) -> std::io::Result<()> {
    let request = read(&mut stream).await?;
    let answer = {
        let mut told = told.lock().expect("a lock");
        told.requests.push(request);
        told.answers.pop_front().unwrap_or_else(|| "599|nobody has told what to answer".to_owned())
    };
    match &*answer {
        "HANG" => std::future::pending().await,
        "CLOSE" => Ok(()),
        raw if raw.starts_with("RAW ") => stream.write_all(raw.trim_start_matches("RAW ").as_bytes()).await,
        answer => {
            let mut parts: Vec<&str> = answer.split('|').collect();
            let body = parts.pop().unwrap_or_default().replace("LONG", &"x".repeat(2 * 1024 * 1024));
            let mut head =
                format!("HTTP/1.1 {} Said\r\nConnection: close\r\nContent-Length: {}\r\n", parts[0], body.len());
            for header in &parts[1..] {
                head += &format!("{header}\r\n");
            }
            stream.write_all(format!("{head}\r\n{body}").as_bytes()).await
        }
    }
}

/// A whole request, as text.
async fn read(stream: &mut TcpStream) -> std::io::Result<String> {
    let (mut bytes, mut part) = (Vec::new(), [0; 4096]);
    loop {
        let text = String::from_utf8_lossy(&bytes).into_owned();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length =
                head.lines().find_map(|line| line.to_lowercase().strip_prefix("content-length: ")?.parse().ok());
            if body.len() >= length.unwrap_or(0) {
                return Ok(text);
            }
        }
        match stream.read(&mut part).await? {
            0 => return Ok(text),
            count => bytes.extend_from_slice(&part[..count]),
        }
    }
}
