//! The server with SQLite.

mod support;

use std::fs;
use std::path::PathBuf;

use mcp_runtime::client::{Client, Completing};
use rusqlite::Connection;
use serde_json::{Value, json};
use support::{TABLES, call, launch, query, read, serve, withstand};
use tempfile::TempDir;

struct World(TempDir);

impl World {
    fn new() -> Self {
        let world = Self(tempfile::tempdir().expect("a directory"));
        let connection = Connection::open(world.path("shop.db")).expect("opened");
        connection.execute_batch(TABLES).expect("made");
        let other = Connection::open(world.path("other.db")).expect("opened");
        other.execute_batch("CREATE TABLE secret (a); INSERT INTO secret VALUES ('TOP-SECRET')").expect("made");
        world
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn text(&self, name: &str) -> String {
        self.path(name).to_str().expect("text").to_owned()
    }

    /// Does something to the database that the server could not do.
    fn execute(&self, sql: &str) {
        Connection::open(self.path("shop.db")).expect("opened").execute_batch(sql).expect("done");
    }

    async fn serve(&self, words: &[&str]) -> Client {
        serve(&[&["--database", &*self.text("shop.db")], words].concat()).await
    }

    /// All files, with their contents.
    fn files(&self) -> Vec<(PathBuf, Vec<u8>)> {
        let entries = fs::read_dir(self.0.path()).expect("read");
        let mut files: Vec<_> = entries.map(|entry| entry.expect("an entry").path()).collect();
        files.sort();
        files.into_iter().map(|path| (path.clone(), fs::read(path).expect("read"))).collect()
    }
}

#[tokio::test]
async fn attacks_are_refused() {
    let world = World::new();
    let names =
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 3000) SELECT 'name ' || i FROM n";
    world.execute(&format!(
        "CREATE TABLE big AS SELECT * FROM ({names}); ALTER TABLE big RENAME COLUMN \"'name ' || i\" TO name"
    ));
    let files = world.files();
    let client = world.serve(&["--query-timeout", "300"]).await;
    let hasty = world.serve(&["--query-timeout", "1"]).await;
    let count = withstand(&client, &hasty, include_str!("attacks/sqlite.txt"), |text| {
        text.replace("OTHER", &world.text("other.db"))
            .replace("NEW", &world.text("new.db"))
            .replace("%0A", "\n")
            .replace("NUL", "\0")
            .replace("LONG-LIKE", &format!("'x' LIKE '{}'", "%x".repeat(2000)))
            .replace("DEEP", &vec!["(1"; 1000].join("+").replace("(1", "1"))
            .replace("COMPOUND", &vec!["1"; 500].join(" UNION ALL SELECT "))
            .replace("COLUMNS", &vec!["1"; 5000].join(","))
            .replace("LONG", &"x".repeat(70_000))
    })
    .await;
    assert!(count >= 90, "{count} attacks");
    assert_eq!(world.files(), files, "no file was changed or made");
    // It goes on serving.
    assert!(query(&client, "SELECT name FROM customer").await.is_ok_and(|text| text.contains("Ada")));
}

/// What is sorted, and what is compared with what came before, stays in memory, of which there is little.
#[tokio::test]
async fn memory_is_limited() {
    let world = World::new();
    let client = world.serve(&["--query-timeout", "300"]).await;
    let many = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n)";
    for end in [
        "SELECT * FROM n ORDER BY i || hex(zeroblob(60000))",
        "SELECT count(*) FROM (SELECT DISTINCT i || hex(zeroblob(60000)) FROM n)",
        "SELECT count(*) FROM n GROUP BY i || hex(zeroblob(60000))",
    ] {
        let done = query(&client, &format!("{many} {end}")).await;
        assert!(done.as_ref().is_err_and(|why| why.contains("too much memory")), "{end}: {done:?}");
    }
    assert!(query(&client, "SELECT 1").await.is_ok());
}

/// What a file that somebody prepared brings along may do no more than the statement that reads it.
#[tokio::test]
async fn a_prepared_file_does_no_harm() {
    let world = World::new();
    world.execute(
        "CREATE VIEW trap AS SELECT load_extension('x') AS a;
         CREATE VIEW endless AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT sum(i) AS a FROM n;
         CREATE TABLE computed (a, b AS (a || upper(a)));
         CREATE VIEW pages AS SELECT name FROM pragma_database_list;",
    );
    let client = world.serve(&["--query-timeout", "1"]).await;
    for (sql, refusal) in [
        ("SELECT * FROM trap", "unsafe use"),
        ("SELECT * FROM endless", "more than 1 second:"),
        ("SELECT * FROM pages", "unsafe use"),
    ] {
        let done = query(&client, sql).await;
        assert!(done.as_ref().is_err_and(|why| why.contains(refusal)), "{sql}: {done:?}");
    }
    // A file that is no database, a directory and nothing at all stop the start.
    fs::write(world.path("text.db"), "hello ".repeat(1000)).expect("written");
    for (name, why) in [("text.db", "not a database"), ("", ""), ("new.db", "unable to open")] {
        let failed = Client::spawn(launch(&["--database", &world.text(name)])).await.expect_err("it does not start");
        assert!(failed.to_string().contains(why), "{name}: {failed}");
    }
    assert!(!world.path("new.db").exists());
}

#[tokio::test]
async fn rows_are_text_and_structured() {
    let world = World::new();
    world.execute("CREATE TABLE mixed (a, b, c, d); INSERT INTO mixed VALUES (NULL, 1.5, x'00ff', 9007199254740993), ('ü', 9e999, '', -1)");
    let client = world.serve(&[]).await;
    let result = client.call("query", json!({ "sql": "SELECT * FROM mixed" })).await.expect("read");
    let text = "| a | b | c | d |\n| --- | --- | --- | --- |\n| NULL | 1.5 | x'00ff' | 9007199254740993 |\n| ü | inf |  | -1 |\n\n2 rows.";
    assert_eq!(result.text(), text);
    let structured: Value = serde_json::from_str(result.structured().expect("structured")).expect("JSON");
    let rows = json!([[null, 1.5, "x'00ff'", 9007199254740993_i64], ["ü", "inf", "", -1]]);
    assert_eq!(structured, json!({ "columns": ["a", "b", "c", "d"], "rows": rows }));
    let text =
        query(&client, "SELECT name, note FROM customer c JOIN purchase p ON p.customer = c.id ORDER BY p.id").await;
    let expected = "| name | note |\n| --- | --- |\n| Ada | tea |\n| Kari \\| Nordmann | NULL |\n| Kari \\| Nordmann | two\\nlines |\n\n3 rows.";
    assert_eq!(text.as_deref(), Ok(expected));
}

#[tokio::test]
async fn values_are_bound() {
    let world = World::new();
    let client = world.serve(&[]).await;
    for (sql, params, expected) in [
        ("SELECT count(*) FROM customer WHERE country = $1", json!(["NO"]), Ok("| 2 |")),
        ("SELECT count(*) FROM customer WHERE country = $1", json!(["NO' OR 1 = 1 --"]), Ok("| 0 |")),
        ("SELECT count(*) FROM customer WHERE id > $1 AND id < $2", json!([1, 3.5]), Ok("| 2 |")),
        (
            "SELECT typeof($1), typeof($2), typeof($3), $4",
            json!([1, "x", null, true]),
            Ok("| integer | text | null | 1 |"),
        ),
        ("SELECT $2 || $1 || $2", json!(["a", "b"]), Ok("| bab |")),
        ("SELECT ?2 || ? || ?1", json!(["a", "b", "c"]), Ok("| bca |")),
        ("SELECT $1", json!([]), Err("1 parameters, and 0 params")),
        ("SELECT 1", json!([1]), Err("0 parameters, and 1 params")),
        ("SELECT $1", json!([[1]]), Err("params[0]")),
        ("SELECT $1", json!([{ "a": 1 }]), Err("params[0]")),
    ] {
        let done = call(&client, "query", json!({ "sql": sql, "params": params })).await;
        let holds = match (&done, expected) {
            (Ok(text), Ok(row)) => text.contains(row),
            (Err(why), Err(refusal)) => why.contains(refusal),
            _ => false,
        };
        assert!(holds, "{sql} {params}: {done:?}");
    }
}

#[tokio::test]
async fn results_are_cut_at_their_limits() {
    let world = World::new();
    let client = world.serve(&["--max-rows", "50", "--max-bytes", "10000"]).await;
    let many = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT";
    for (sql, limit, end) in [
        (format!("{many} i FROM n"), 3, "| 3 |\n\ncut after 3 rows: there are more."),
        (format!("{many} i FROM n"), 1000, "| 50 |\n\ncut after 50 rows: there are more."),
        (
            format!("{many} hex(zeroblob(1000)) FROM n"),
            50,
            "cut after 4 rows: the next would make more than 10000 bytes. Ask for fewer columns, or for parts of long values.",
        ),
        ("SELECT 1 LIMIT 0".to_owned(), 50, "\n0 rows."),
    ] {
        let text = call(&client, "query", json!({ "sql": sql, "limit": limit })).await.expect("read");
        assert!(text.ends_with(end) && text.len() < 11_000, "{sql}: {text}");
    }
}

/// The client gives up, and the query is over: with one connection, the next query could not run otherwise.
#[tokio::test]
async fn a_cancelled_query_ends() {
    let world = World::new();
    let client = world.serve(&["--connections", "1", "--query-timeout", "100000"]).await;
    let endless = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n";
    let mut running = Box::pin(query(&client, endless));
    // A client's messages are read in their order: once the ping is answered, the query runs.
    tokio::select! {
        biased;
        done = &mut running => panic!("{done:?}"),
        pong = client.ping() => pong.expect("it is there"),
    };
    drop(running);
    let done = query(&client, "SELECT count(*) FROM customer").await;
    assert!(done.is_ok_and(|text| text.contains("| 3 |")));
}

/// As many queries run at once as there are connections; the others wait for them.
#[tokio::test]
async fn queries_share_connections() {
    let world = World::new();
    let client = world.serve(&["--connections", "2"]).await;
    let queries = (0..50).map(|number| {
        let client = client.clone();
        tokio::spawn(async move { call(&client, "query", json!({ "sql": "SELECT $1 * 2", "params": [number] })).await })
    });
    for (number, query) in queries.collect::<Vec<_>>().into_iter().enumerate() {
        let text = query.await.expect("it ends").expect("read");
        assert!(text.contains(&format!("| {} |", number * 2)), "{number}: {text}");
    }
}

const QUERIES: &str = r#"
[[query]]
name = "customers"
description = "Customers of a country, by name."
sql = "SELECT name FROM customer WHERE country = $1 AND id >= $2 ORDER BY name"
rows = 2
[[query.parameters]]
name = "country"
type = "text"
description = "Two letters."
choices = ["NO", "GB"]
[[query.parameters]]
name = "from"
type = "integer"
default = 1
minimum = 0
"#;

#[tokio::test]
async fn declared_queries_are_tools() {
    let world = World::new();
    fs::write(world.path("queries.toml"), QUERIES).expect("written");
    let client = world.serve(&["--queries", &world.text("queries.toml"), "--only-declared"]).await;
    let tools = client.tools().await.expect("listed");
    let mut names: Vec<_> = tools.iter().map(|tool| &*tool.name).collect();
    names.sort_unstable();
    assert_eq!(names, ["customers", "describe", "tables"]);
    for (arguments, expected) in [
        (json!({ "country": "GB" }), Ok("| name |\n| --- |\n| Ada |\n\n1 row.")),
        (json!({ "country": "NO", "from": 3 }), Ok("| name |\n| --- |\n| Bjørn |\n\n1 row.")),
        (json!({ "country": "NO' OR 1=1 --" }), Err("country")),
        (json!({ "country": "NO", "from": -1 }), Err("from")),
        (json!({ "country": "NO", "from": "1; DROP TABLE customer" }), Err("from")),
        (json!({ "country": "NO", "sql": "SELECT 1" }), Err("sql")),
        (json!({}), Err("country")),
    ] {
        let done = call(&client, "customers", arguments.clone()).await;
        let holds = match (&done, expected) {
            (Ok(text), Ok(whole)) => text == whole,
            (Err(why), Err(part)) => why.contains(part),
            _ => false,
        };
        assert!(holds, "{arguments}: {done:?}");
    }
    let refused = query(&client, "SELECT 1").await;
    assert!(refused.is_err_and(|why| why.contains("query")), "no SQL is taken");
}

/// What could not run stops the start, and the message names the query.
#[tokio::test]
async fn declared_queries_are_checked_at_the_start() {
    let world = World::new();
    for (from, to, why) in [
        ("SELECT name", "SELECT nam", "no such column: nam"),
        (
            "SELECT name FROM customer WHERE country = $1 AND id >= $2 ORDER BY name",
            "DELETE FROM customer",
            "can only be read",
        ),
        (" AND id >= $2", "", "1 parameters, and 2 are declared"),
        ("default = 1", "default = \"one\"", "is no integer"),
        ("default = 1", "default = -1", "parameter \"from\": -1 is not between minimum and maximum"),
        ("minimum = 0", "maximum = 0", "1 is not between"),
        ("minimum = 0", "choices = [2, 3]", "the default 1 is none of the choices"),
        ("minimum = 0", "choices = [1, -2]\nminimum = 0", "-2 is not between"),
        ("minimum = 0", "choices = []", "choices are empty"),
        ("minimum = 0", "minimum = 2\nmaximum = 1", "no number between"),
        ("minimum = 0", "minimum = nan", "no number between"),
        ("\"integer\"\ndefault = 1", "\"number\"\ndefault = inf", "is no number"),
        ("choices = [\"NO\", \"GB\"]", "minimum = 2", "are for numbers, not for a string"),
        ("\"from\"", "\"country\"", "declared twice"),
        ("type = \"text\"", "type = \"date\"", "unknown variant"),
        ("rows = 2", "row = 2", "unknown field"),
        ("\"customers\"", "\"my customers\"", "my customers"),
        ("\"customers\"", "\"tables\"", "tables"),
    ] {
        assert!(QUERIES.contains(from), "{from}");
        fs::write(world.path("queries.toml"), QUERIES.replacen(from, to, 1)).expect("written");
        let words = ["--database", &*world.text("shop.db"), "--queries", &*world.text("queries.toml")];
        let failed = Client::spawn(launch(&words)).await.expect_err("it does not start").to_string();
        assert!(failed.contains(why), "{to}: {failed}");
    }
}

#[tokio::test]
async fn names_are_completed() {
    let world = World::new();
    let client = world.serve(&[]).await;
    let template = "db://tables/{schema}/{table}";
    for (variable, begun, others, expected) in [
        ("schema", "", json!({}), vec!["main"]),
        ("table", "cu", json!({ "schema": "main" }), vec!["customer"]),
        ("table", "", json!({ "schema": "elsewhere" }), vec![]),
        ("table", "' OR 1=1 --", json!({}), vec![]),
    ] {
        let completion =
            client.complete(Completing::Template(template), variable, begun, others).await.expect("completed");
        assert_eq!(completion.values, expected, "{variable} {begun}");
    }
}

#[tokio::test]
async fn the_schema_is_told() {
    let world = World::new();
    let client = world.serve(&[]).await;
    let tables: Value = serde_json::from_str(&read(&client, "db://tables").await.expect("read")).expect("JSON");
    let names: Vec<_> = tables.as_array().expect("a list").iter().map(|table| table["name"].as_str()).collect();
    let odd = "odd \"name\"/; DROP TABLE customer; --";
    assert_eq!(names, ["big_purchase", "customer", odd, "purchase"].map(Some));
    let described: Value =
        serde_json::from_str(&call(&client, "describe", json!({ "table": "purchase" })).await.expect("told"))
            .expect("JSON");
    assert_eq!(
        described["columns"][0],
        json!({ "name": "id", "type": "INTEGER", "nullable": false, "primary_key": true })
    );
    assert_eq!(described["foreign_keys"], json!(["FOREIGN KEY (customer) REFERENCES customer (id)"]));
    assert_eq!(described["indexes"], json!(["CREATE INDEX purchase_by_customer ON purchase (customer)"]));
    assert_eq!(
        read(&client, "db://tables/main/purchase")
            .await
            .map(|text| serde_json::from_str::<Value>(&text).expect("JSON")),
        Ok(described)
    );
}
