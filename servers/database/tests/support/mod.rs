//! A database, and a client of the server that reads it.
#![allow(dead_code, reason = "each test uses a part of it")]

use std::time::Duration;

use mcp_runtime::client::{Client, Launch};
use serde_json::{Value, json};
use tokio::time::timeout;

/// How long anything may take before it counts as hanging.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// The tables of all tests, in SQL that both engines read.
pub const TABLES: &str = "
    CREATE TABLE customer (id integer PRIMARY KEY, name text NOT NULL, country text DEFAULT 'NO');
    CREATE TABLE purchase (
        id integer PRIMARY KEY, customer integer NOT NULL REFERENCES customer (id), total numeric(10, 2), note text);
    CREATE INDEX purchase_by_customer ON purchase (customer);
    CREATE VIEW big_purchase AS SELECT * FROM purchase WHERE total > 100;
    CREATE TABLE \"odd \"\"name\"\"/; DROP TABLE customer; --\" (a integer);
    INSERT INTO customer VALUES (1, 'Ada', 'GB'), (2, 'Kari | Nordmann', 'NO'), (3, 'Bjørn', 'NO');
    INSERT INTO purchase VALUES (1, 1, 120.5, 'tea'), (2, 2, 7, NULL), (3, 2, 300.25, 'two
lines');";

pub async fn serve(words: &[&str]) -> Client {
    Client::spawn(launch(words)).await.expect("it starts")
}

pub fn launch(words: &[&str]) -> Launch {
    Launch::new(env!("CARGO_BIN_EXE_mcp-database")).args(words)
}

/// What a call gives: its text, or why it fails.
pub async fn call(client: &Client, tool: &str, arguments: Value) -> Result<String, String> {
    let done = timeout(PATIENCE, client.call(tool, arguments.clone())).await;
    match done.unwrap_or_else(|_| panic!("{tool} {arguments}: it hangs")) {
        Ok(result) => Ok(result.text()),
        Err(error) => Err(error.to_string()),
    }
}

pub async fn query(client: &Client, sql: &str) -> Result<String, String> {
    call(client, "query", json!({ "sql": sql })).await
}

pub async fn read(client: &Client, uri: &str) -> Result<String, String> {
    let done = timeout(PATIENCE, client.read(uri)).await.unwrap_or_else(|_| panic!("{uri}: it hangs"));
    match done {
        Ok(result) => Ok(result.text()),
        Err(error) => Err(error.to_string()),
    }
}

/// Has the server withstand each line of a file: `query SQL => REFUSAL`, `describe TABLE => …`, `read URI => …`. With `OK` in
/// place of the refusal the line is harmless, and is answered; with `ANY` it may be refused as well.
///
/// Those that say that a query took more than a second are tried with the client whose server has that little patience, all others with
/// the patient one: a slow machine makes no difference.
pub async fn withstand(patient: &Client, hasty: &Client, attacks: &str, fill: impl Fn(&str) -> String) -> usize {
    let (mut count, mut wrong) = (0, Vec::new());
    for line in attacks.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
        let (attack, refusal) = line.rsplit_once(" => ").expect("a refusal");
        let (how, what) = attack.split_once(' ').expect("what to do");
        let client = if refusal.contains("more than 1 second") { hasty } else { patient };
        let what = fill(what);
        let done = match how {
            "query" => query(client, &what).await,
            "explain" => call(client, "explain", json!({ "sql": what })).await,
            "describe" => call(client, "describe", json!({ "table": what })).await,
            "read" => read(client, &what).await,
            other => panic!("{other}: what is that?"),
        };
        let holds = match refusal {
            "OK" => done.is_ok(),
            "ANY" => true,
            _ => done.as_ref().is_err_and(|why| why.contains(refusal)),
        };
        if !holds {
            wrong.push(format!("{line}\n    {done:.300?}"));
        }
        count += 1;
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    count
}
