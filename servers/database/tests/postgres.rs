//! The server with a PostgreSQL of its own, where one is installed.
#![cfg(all(unix, feature = "postgres"))]

#[path = "../../test-support/certificates.rs"]
mod certificates;
#[path = "support/postgres.rs"]
mod server;
mod support;

use certificates::Authority;
use mcp_runtime::client::{Client, Completing};
use serde_json::{Value, json};
use server::Server;
use support::{TABLES, call, launch, query, read, serve, withstand};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;

/// Beside the tables that all tests have: a role that only reads, and what it might be tempted by.
const MORE: &str = "
    CREATE TABLE secret (a text);
    CREATE SEQUENCE counter;
    CREATE FUNCTION remove_customers() RETURNS int LANGUAGE sql SECURITY DEFINER AS 'DELETE FROM purchase; SELECT 1';
    CREATE PROCEDURE remove_all() LANGUAGE sql AS 'DELETE FROM purchase';
    CREATE ROLE reader LOGIN;
    CREATE ROLE climber LOGIN NOINHERIT IN ROLE owner;
    CREATE ROLE files LOGIN IN ROLE pg_read_server_files;
    GRANT ALL ON ALL TABLES IN SCHEMA public TO reader;
    GRANT ALL ON counter TO reader;
    GRANT CREATE ON SCHEMA public TO reader;
    REVOKE ALL ON secret FROM reader;";

fn start() -> Option<Server> {
    Server::start(&format!("{TABLES}{MORE}"))
}

async fn reader(server: &Server, words: &[&str]) -> Client {
    serve(&[&["--database", &*server.url("reader")], words].concat()).await
}

/// Everything in the database that the role could have changed.
fn contents(server: &Server) -> String {
    let counted = "SELECT (SELECT json_agg(c) FROM customer c), (SELECT json_agg(p) FROM purchase p), (SELECT last_value FROM counter), \
                   (SELECT count(*) FROM pg_class), (SELECT count(*) FROM pg_proc), (SELECT count(*) FROM pg_largeobject_metadata)";
    server.execute(counted)
}

#[tokio::test]
async fn attacks_are_refused() {
    let Some(server) = start() else {
        return;
    };
    let before = contents(&server);
    // One connection, so that each attack meets what the one before has left behind.
    let client = reader(&server, &["--query-timeout", "300", "--connections", "1"]).await;
    let hasty = reader(&server, &["--query-timeout", "1", "--connections", "1"]).await;
    let count = withstand(&client, &hasty, include_str!("attacks/postgres.txt"), |text| {
        text.replace("NUL", "\0")
            .replace("DEEP", &format!("{}1{}", "(".repeat(20_000), ")".repeat(20_000)))
            .replace("COLUMNS", &vec!["1"; 5000].join(","))
    })
    .await;
    assert!(count >= 90, "{count} attacks");
    assert_eq!(contents(&server), before, "nothing was changed");
    let settings =
        query(&client, "SELECT current_setting('search_path'), current_setting('transaction_read_only')").await;
    assert!(settings.as_ref().is_ok_and(|text| text.contains("| \"$user\", public | on |")), "{settings:?}");
    assert!(query(&client, "SELECT name FROM customer").await.is_ok_and(|text| text.contains("Ada")));
}

/// What a session keeps beyond its transaction is not there for the next query.
#[tokio::test]
async fn nothing_of_a_query_is_left() {
    let Some(server) = start() else {
        return;
    };
    let client = reader(&server, &["--connections", "1"]).await;
    let locked = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'";
    for sql in ["SELECT pg_advisory_lock(7)", "SELECT pg_advisory_lock(7), 1 / 0"] {
        let _ = query(&client, sql).await;
        assert_eq!(server.execute(locked), "0", "{sql}");
    }
    let open = "SELECT count(*) FROM pg_stat_activity WHERE usename = 'reader' AND state <> 'idle'";
    assert_eq!(server.execute(open), "0", "no transaction is open between queries");
}

#[tokio::test]
async fn roles_that_may_too_much_are_refused() {
    let Some(server) = start() else {
        return;
    };
    for (url, why) in [
        (server.url("owner"), "superuser"),
        (server.url("climber"), "superuser"),
        (server.url("files"), "superuser"),
        (server.url("nobody"), "role \"nobody\" does not exist"),
        (server.url("reader:secret") + "?port=x", "the URL"),
        (server.url("reader").replace("postgres?", "x"), ""),
        ("postgres://reader:secret@%2Fnowhere/x".to_owned(), "cannot connect"),
    ] {
        let Err(failed) = Client::spawn(launch(&["--database", &url])).await else {
            assert!(why.is_empty(), "{url}");
            continue;
        };
        let failed = failed.to_string();
        assert!(failed.contains(why) && !failed.contains("secret"), "{url}: {failed}");
    }
}

#[tokio::test]
async fn values_go_both_ways() {
    let Some(server) = start() else {
        return;
    };
    let client = reader(&server, &[]).await;
    for (sql, params, expected) in [
        (
            "SELECT 1::int2, 2::int8, 1.50::numeric, 0.5::float8, 'NaN'::float8",
            json!([]),
            json!([1, 2, "1.50", 0.5, "NaN"]),
        ),
        (
            "SELECT true, NULL, 'x'::text, '\\x00ff'::bytea, 'a'::\"char\"",
            json!([]),
            json!([true, null, "x", "\\x00ff", "a"]),
        ),
        (
            "SELECT '{\"a\":[1]}'::jsonb, ARRAY[1,2], DATE '2026-01-02'",
            json!([]),
            json!([{ "a": [1] }, "{1,2}", "2026-01-02"]),
        ),
        ("SELECT interval '1 day', inet '::1', ROW(1, 'a')", json!([]), json!(["1 day", "::1", "(1,a)"])),
        (
            "SELECT $1::int + 1, $2::numeric, $3::text, $4::bool",
            json!([1, 2.5, "x", true]),
            json!([2, "2.5", "x", true]),
        ),
        (
            "SELECT $1::date, $2::int[], $3::jsonb, $4::text",
            json!(["2026-01-02", "{1}", "[1]", null]),
            json!(["2026-01-02", "{1}", [1], null]),
        ),
        ("SELECT count(*) FROM customer WHERE country = $1", json!(["NO"]), json!([2])),
        ("SELECT count(*) FROM customer WHERE country = $1", json!(["NO' OR 1 = 1 --"]), json!([0])),
        ("SELECT count(*) FROM customer WHERE id = ANY ($1)", json!(["{1,3}"]), json!([2])),
    ] {
        let result = client.call("query", json!({ "sql": sql, "params": params })).await.expect(sql);
        let structured: Value = serde_json::from_str(result.structured().expect("structured")).expect("JSON");
        assert_eq!(structured["rows"], json!([expected]), "{sql}");
    }
    for (sql, params, why) in [
        ("SELECT $1::int", json!([]), "1 parameters, and 0 params"),
        ("SELECT $1::int", json!(["one"]), "invalid input syntax"),
        ("SELECT nam FROM customer", json!([]), "Perhaps you meant to reference the column"),
    ] {
        let failed = call(&client, "query", json!({ "sql": sql, "params": params })).await;
        assert!(failed.as_ref().is_err_and(|text| text.contains(why)), "{sql}: {failed:?}");
    }
}

#[tokio::test]
async fn results_are_cut_at_their_limits() {
    let Some(server) = start() else {
        return;
    };
    let client = reader(&server, &["--query-timeout", "300", "--max-rows", "500", "--max-bytes", "100000"]).await;
    for (sql, limit, end) in [
        ("SELECT generate_series(1, 1000000000)", 3, "| 3 |\n\ncut after 3 rows: there are more."),
        ("SELECT generate_series(1, 1000000000)", 9999, "| 500 |\n\ncut after 500 rows: there are more."),
        ("SELECT * FROM generate_series(1, 200)", 200, "| 200 |\n\n200 rows."),
        ("SELECT * FROM generate_series(1, 200)", 100, "| 100 |\n\ncut after 100 rows: there are more."),
        (
            "SELECT repeat('x', 1000) FROM generate_series(1, 1000)",
            500,
            "the next would make more than 100000 bytes. Ask for fewer columns, or for parts of long values.",
        ),
        ("SELECT 1 WHERE false", 5, "\n0 rows."),
    ] {
        let text = call(&client, "query", json!({ "sql": sql, "limit": limit })).await.expect("read");
        assert!(text.ends_with(end), "{sql}: {text:.300}");
    }
}

/// The client gives up, and the server of the database stops: nothing is left running there.
#[tokio::test]
async fn a_cancelled_query_ends() {
    let Some(server) = start() else {
        return;
    };
    let client = reader(&server, &["--query-timeout", "100000", "--connections", "1"]).await;
    let running = "SELECT count(*) FROM pg_stat_activity WHERE query LIKE 'FETCH%' AND state = 'active'";
    let count = async |wanted: &str| {
        while server.execute(running) != wanted {
            tokio::task::yield_now().await;
        }
    };
    let mut waiting = Box::pin(query(&client, "SELECT pg_sleep(100000)"));
    tokio::select! {
        done = &mut waiting => panic!("{done:?}"),
        () = count("1") => {}
    }
    drop(waiting);
    tokio::time::timeout(support::PATIENCE, count("0")).await.expect("the query ends");
    assert!(query(&client, "SELECT 1").await.is_ok());
}

/// The database is started again, and the next query finds it.
#[tokio::test]
async fn lost_connections_are_made_anew() {
    let Some(server) = start() else {
        return;
    };
    let client = reader(&server, &[]).await;
    assert!(query(&client, "SELECT 1").await.is_ok());
    server.execute("SELECT pg_terminate_backend(pid, 60000) FROM pg_stat_activity WHERE usename = 'reader'");
    assert!(query(&client, "SELECT 1").await.is_ok());
}

#[tokio::test]
async fn the_schema_and_declared_queries() {
    let Some(server) = start() else {
        return;
    };
    let file = server.path().join("queries.toml");
    let text = "[[query]]\nname = 'from_country'\ndescription = 'Customers of a country.'\n\
                sql = 'SELECT name FROM customer WHERE country = $1 AND id >= $2'\n\
                parameters = [{ name = 'country', type = 'text' }, { name = 'from', type = 'integer', default = 3 }]\n";
    std::fs::write(&file, text).expect("written");
    let client = reader(&server, &["--queries", file.to_str().expect("text")]).await;
    let rows = call(&client, "from_country", json!({ "country": "NO" })).await;
    assert_eq!(rows.as_deref(), Ok("| name |\n| --- |\n| Bjørn |\n\n1 row."));

    let described: Value =
        serde_json::from_str(&read(&client, "db://tables/public/purchase").await.expect("read")).expect("JSON");
    assert_eq!(
        described["columns"][2],
        json!({ "name": "total", "type": "numeric(10,2)", "nullable": true, "primary_key": false })
    );
    assert_eq!(described["foreign_keys"], json!(["FOREIGN KEY (customer) REFERENCES customer(id)"]));
    assert!(described["indexes"].to_string().contains("purchase_by_customer"), "{described}");
    let tables = read(&client, "db://tables").await.expect("read");
    assert!(tables.contains("big_purchase") && !tables.contains("secret"), "{tables}");
    let template = Completing::Template("db://tables/{schema}/{table}");
    let completion =
        client.complete(template, "table", "cust", json!({ "schema": "public" })).await.expect("completed");
    assert_eq!(completion.values, ["customer"]);

    std::fs::write(&file, text.replace("SELECT name", "DELETE")).expect("written");
    let words = ["--database", &*server.url("reader"), "--queries", file.to_str().expect("text")];
    let failed = Client::spawn(launch(&words)).await.expect_err("it does not start").to_string();
    assert!(failed.contains("query \"from_country\""), "{failed}");
}

/// What a URL says of TLS, and what comes of it: whether the connection has it, or why there is none.
#[tokio::test]
async fn tls_is_as_the_url_wants_it() {
    let (authority, other) = (Authority::new("ours"), Authority::new("another"));
    let Some(server) = Server::start_with_tls(&format!("{TABLES}{MORE}"), &authority.leaf("localhost")) else {
        return;
    };
    let file = |name: &str, text: &str| {
        let path = server.path().join(name);
        std::fs::write(&path, text).expect("written");
        path.to_str().expect("text").to_owned()
    };
    let ours = file("our root.crt", &authority.pem()).replace(' ', "%20");
    let (another, empty) = (file("another.crt", &other.pem()), file("empty.crt", "no certificate"));
    let refused = "invalid peer certificate";
    for (host, wanted, expected) in [
        ("localhost", String::new(), Ok(true)),
        ("localhost", "sslmode=disable".to_owned(), Ok(false)),
        ("localhost", "sslmode=prefer".to_owned(), Ok(true)),
        ("localhost", format!("sslmode=prefer&sslrootcert={another}"), Ok(true)),
        ("127.0.0.1", "sslmode=require".to_owned(), Ok(true)),
        ("127.0.0.1", format!("sslmode=require&sslrootcert={ours}"), Ok(true)),
        ("127.0.0.1", format!("sslmode=require&sslrootcert={another}"), Err(refused)),
        ("127.0.0.1", format!("sslmode=verify-ca&sslrootcert={ours}"), Ok(true)),
        ("127.0.0.1", format!("sslrootcert={another}&sslmode=verify-ca"), Err(refused)),
        ("localhost", format!("sslmode=verify-full&sslrootcert={ours}"), Ok(true)),
        ("localhost", format!("application_name=x&sslmode=verify-full&sslrootcert={ours}&connect_timeout=9"), Ok(true)),
        ("127.0.0.1", format!("sslmode=verify-full&sslrootcert={ours}"), Err("not valid for name")),
        ("localhost", format!("sslmode=verify-full&sslrootcert={another}"), Err(refused)),
        ("localhost", "sslmode=verify-full&sslrootcert=system".to_owned(), Err(refused)),
        ("localhost", "sslrootcert=system".to_owned(), Err(refused)),
        ("localhost", "sslmode=require&sslrootcert=system".to_owned(), Err("goes with sslmode=verify-full")),
        ("localhost", "sslmode=verify-full".to_owned(), Err("needs the certificate of an authority")),
        ("localhost", "sslmode=verify-ca".to_owned(), Err("needs the certificate of an authority")),
        ("localhost", format!("sslmode=verify-full&sslrootcert={empty}"), Err("empty.crt: there is none")),
        ("localhost", "sslmode=verify-full&sslrootcert=/nowhere.crt".to_owned(), Err("/nowhere.crt")),
        ("localhost", "sslmode=allow".to_owned(), Err("sslmode=allow is unknown")),
        ("localhost", "sslmode=Require".to_owned(), Err("sslmode=Require is unknown")),
    ] {
        let url = format!("postgres://reader:secret@{host}:{}/postgres?{wanted}", server.port);
        let launch = launch(&["--database", &url]).env("HOME", server.path());
        match (Client::spawn(launch).await, expected) {
            (Ok(client), Ok(has_tls)) => {
                let ssl = query(&client, "SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()").await;
                let expected = format!("| {has_tls} |");
                assert!(ssl.as_ref().is_ok_and(|text| text.contains(&expected)), "{host} {wanted}: {ssl:?}");
            }
            (Err(failed), Err(why)) => {
                let failed = failed.to_string();
                assert!(failed.contains(why) && !failed.contains("secret"), "{host} {wanted}: {failed}");
            }
            (started, _) => panic!("{host} {wanted}: {started:?}"),
        }
    }

    // Where libpq looks, too.
    std::fs::create_dir(server.path().join(".postgresql")).expect("made");
    let url = format!("postgres://reader@127.0.0.1:{}/postgres?sslmode=require", server.port);
    for (root, is_good) in [(authority.pem(), true), (other.pem(), false)] {
        std::fs::write(server.path().join(".postgresql/root.crt"), root).expect("written");
        let started = Client::spawn(launch(&["--database", &url]).env("HOME", server.path())).await;
        assert_eq!(started.is_ok(), is_good, "{started:?}");
    }

    // A cancelled query ends: the request to cancel it goes over TLS as well.
    let ours = format!("postgres://reader@localhost:{}/postgres?sslmode=verify-full&sslrootcert={ours}", server.port);
    let client = serve(&["--database", &ours, "--query-timeout", "100000", "--connections", "1"]).await;
    let running = "SELECT count(*) FROM pg_stat_activity WHERE query LIKE 'FETCH%' AND state = 'active'";
    let count = async |wanted: &str| {
        while server.execute(running) != wanted {
            tokio::task::yield_now().await;
        }
    };
    let mut waiting = Box::pin(query(&client, "SELECT pg_sleep(100000)"));
    tokio::select! {
        done = &mut waiting => panic!("{done:?}"),
        () = count("1") => {}
    }
    drop(waiting);
    tokio::time::timeout(support::PATIENCE, count("0")).await.expect("the query ends");
}

/// Who stands between cannot take TLS away, nor slip in what was not encrypted.
#[tokio::test]
async fn tls_is_not_given_up() {
    for (answer, wanted, why) in [
        ("N", "sslmode=require", "the server has no TLS"),
        ("N", "sslrootcert=system", "the server has no TLS"),
        ("E", "sslmode=prefer", "does not know of TLS"),
        ("SR\0\0\0\x08\0\0\0\0", "sslmode=require", "cannot connect"),
        ("", "sslmode=require", "cannot connect"),
    ] {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let url = format!("postgres://reader@127.0.0.1:{}/x?{wanted}", listener.local_addr().expect("bound").port());
        let (heard, mut told) = tokio::sync::mpsc::unbounded_channel();
        // The program is started again where its first start has failed.
        let between = tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let mut asked = [0; 8];
                stream.read_exact(&mut asked).await.expect("a request");
                stream.write_all(answer.as_bytes()).await.expect("sent");
                stream.shutdown().await.expect("ended");
                let mut rest = Vec::new();
                // It may be reset, where something was sent that was not read.
                let _ = stream.read_to_end(&mut rest).await;
                heard.send((asked, rest)).expect("somebody listens");
            }
        });
        let failed = Client::spawn(launch(&["--database", &url])).await.expect_err("it does not start").to_string();
        assert!(failed.contains(why), "{answer} {wanted}: {failed}");
        let (asked, rest) = told.recv().await.expect("it has connected");
        between.abort();
        assert_eq!(asked, [0, 0, 0, 8, 4, 210, 22, 47]);
        let has_told = rest.windows(6).any(|part| part == b"reader");
        assert!(!has_told, "{answer} {wanted}: who calls is told in plain text");
    }
}
