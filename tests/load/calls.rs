//! Many calls at once.

use mcp_tests::load::CROWD;

use super::client::{Client, Era};
use super::serve::{Running, alone};

/// None of them can be answered before all of them run.
async fn meet(mut clients: Vec<Client>) {
    assert_eq!(clients.len(), CROWD);
    for (n, client) in (1000..).zip(&mut clients) {
        client.begin(n, "meet", &format!(r#"{{"n":{n}}}"#)).await;
    }
    for (n, client) in (1000..).zip(&mut clients) {
        let answer = client.wire.answer().await.expect("an answer");
        assert!(answer.says(&format!("answer {n}")) && answer.body.contains(&format!(r#""id":{n}"#)), "{answer:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_hundred_stateless_calls_run_at_once_and_each_gets_its_own_answer() {
    let _alone = alone().await;
    let server = Running::start().await;
    let mut clients = Vec::new();
    for _ in 0..CROWD {
        clients.push(Client::open(server.address, Era::Stateless).await);
    }
    meet(clients).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_hundred_calls_of_one_session_run_at_once_and_each_gets_its_own_answer() {
    let _alone = alone().await;
    let server = Running::start().await;
    let mut clients = vec![Client::open(server.address, Era::Sessions).await];
    while clients.len() < CROWD {
        clients.push(clients[0].another().await);
    }
    meet(clients).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_hundred_calls_of_both_eras_run_at_once_and_each_gets_its_own_answer() {
    let _alone = alone().await;
    let server = Running::start().await;
    let mut clients = Vec::new();
    for n in 0..CROWD {
        let era = if n % 2 == 0 { Era::Sessions } else { Era::Stateless };
        clients.push(Client::open(server.address, era).await);
    }
    meet(clients).await;
}
