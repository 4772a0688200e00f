//! What a user asks, as a server sees it.

use serde_json::Value;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

use super::*;
use crate::tmdevlab::check::tests::{cart, found, receipt, tool};

/// Requests that a server takes before it is suspicious.
const MOST: usize = 100;

/// A request, as verb, session and what is asked.
type Seen = (String, Option<String>, String);

/// A server for one user, that gives out the sessions `1`, `2` and so on. It ends with the connection.
async fn serve() -> (Place, JoinHandle<Vec<Seen>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port is free");
    let place = Place { address: listener.local_addr().expect("it is bound"), path: "/mcp".to_owned() };
    let serving = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.expect("the user comes");
        let (mut seen, mut sessions) = (Vec::new(), 0);
        while let Some(request) = read(&mut stream).await {
            assert!(seen.len() < MOST, "it does not end");
            let (head, body) = answer(&request.2, &mut sessions);
            let text = format!("HTTP/1.1 {head}content-length: {}\r\n\r\n{body}", body.len());
            stream.write_all(text.as_bytes()).await.expect("the user listens");
            seen.push(request);
        }
        seen
    });
    (place, serving)
}

async fn read(stream: &mut TcpStream) -> Option<Seen> {
    let mut input = Vec::new();
    loop {
        let text = String::from_utf8_lossy(&input).into_owned();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let header = |name: &str| head.lines().find_map(|line| line.strip_prefix(name)).map(str::to_owned);
            let length: usize = header("Content-Length: ").expect("it has a length").parse().expect("a number");
            if body.len() == length {
                let verb = head.split(' ').next().unwrap_or_default().to_owned();
                let body: Value = serde_json::from_str(body).unwrap_or_default();
                let asked = [&body["params"]["name"], &body["method"]].into_iter().find_map(Value::as_str);
                return Some((verb, header("Mcp-Session-Id: "), asked.unwrap_or_default().to_owned()));
            }
        }
        if stream.read_buf(&mut input).await.ok()? == 0 {
            return None;
        }
    }
}

fn answer(asked: &str, sessions: &mut u32) -> (String, String) {
    let json = |body: String| ("200 OK\r\ncontent-type: application/json\r\n".to_owned(), body);
    match asked {
        "initialize" => {
            *sessions += 1;
            let head = format!("200 OK\r\nmcp-session-id: {sessions}\r\n");
            (head, r#"{"id":1,"result":{"protocolVersion":"2024-11-05"}}"#.to_owned())
        }
        "search_products" => json(tool(&found())),
        "get_user_cart" => json(tool(&cart())),
        "checkout" => json(tool(&receipt())),
        "tools/list" => {
            let tools = r#"[{"name":"checkout"},{"name":"get_user_cart"},{"name":"search_products"}]"#;
            json(format!(r#"{{"id":2,"result":{{"tools":{tools}}}}}"#))
        }
        _ => ("202 Accepted\r\n".to_owned(), String::new()),
    }
}

#[tokio::test]
async fn a_user_opens_a_session_for_each_errand_and_ends_it() {
    let (place, serving) = serve().await;
    let case = Case { revision: Revision::Original, pause: None };
    let mut user = User::arrive(7, case, &place).await.expect("it listens");
    user.try_all().await.expect("all is right");
    drop(user);
    let mut expected = Vec::new();
    for (session, errand) in ["search_products", "get_user_cart", "checkout", "tools/list"].into_iter().enumerate() {
        let session = Some((session + 1).to_string());
        expected.push(("POST".to_owned(), None, "initialize".to_owned()));
        expected.push(("POST".to_owned(), session.clone(), "notifications/initialized".to_owned()));
        expected.push(("POST".to_owned(), session.clone(), errand.to_owned()));
        expected.push(("DELETE".to_owned(), session, String::new()));
    }
    assert_eq!(serving.await.expect("it ends well"), expected);
}

#[tokio::test]
async fn a_user_goes_on_where_it_stopped() {
    let (place, serving) = serve().await;
    let case = Case { revision: Revision::Original, pause: Some(Duration::from_millis(1)) };
    let mut user = User::arrive(7, case, &place).await.expect("it listens");
    for _ in 0..5 {
        // A time that is over: one errand.
        let latencies = user.work(Instant::now()).await.expect("all is right");
        assert_eq!(latencies.iter().map(Vec::len).sum::<usize>(), 2);
    }
    drop(user);
    let seen = serving.await.expect("it ends well");
    let errands: Vec<&str> = seen.iter().skip(2).step_by(4).map(|(_, _, asked)| &**asked).collect();
    assert_eq!(errands, ["search_products", "get_user_cart", "checkout", "tools/list", "search_products"]);
}

#[tokio::test]
async fn what_is_answered_wrongly_ends_the_work() {
    let (place, _serving) = serve().await;
    let case = Case { revision: Revision::Session, pause: None };
    let mut user = User::arrive(7, case, &place).await.expect("it listens");
    // It agrees on 2024-11-05 only.
    assert!(matches!(user.try_all().await, Err(Trouble::Unserved(_))));
    // Whose cart it is matters.
    let (place, _serving) = serve().await;
    let case = Case { revision: Revision::Original, pause: None };
    let mut user = User::arrive(8, case, &place).await.expect("it listens");
    assert!(matches!(user.try_all().await, Err(Trouble::Wrong(_))));
}

#[test]
fn a_request_that_stands_alone_says_what_it_is() {
    let headers = stateless(Errand::Cart);
    assert!(headers.contains(&("Mcp-Name", "get_user_cart".to_owned())), "{headers:?}");
    assert_eq!(stateless(Errand::List).len(), 2);
}
